"""The one error a user is meant to read."""


class InputError(ValueError):
    """Input that cannot be used: says what was expected, what came, what to do.

    The command line prints it as one line and exits with status 2.
    """
