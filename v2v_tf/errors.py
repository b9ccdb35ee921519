"""Defines the one error that a user is meant to read."""


class InputError(ValueError):
    """Refuses unusable input: says what was expected, what came, what to do.

    The command line prints it as one line and exits with status 2.
    """
