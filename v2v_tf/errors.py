"""Defines the one error that a user is meant to read."""


class InputError(ValueError):
    """Refuses unusable input: says what was expected, what came, what to do.

    The command line prints it as one line and exits with status 2.

    Example:
        ```python
        >>> from v2v_tf import load_config
        >>> load_config(None, ("data.resize.load_sise=256",))
        Traceback (most recent call last):
            ...
        v2v_tf.errors.InputError: --set data.resize.load_sise=256: unknown key
        'data.resize.load_sise'; did you mean 'load_size'?
        ```
    """
