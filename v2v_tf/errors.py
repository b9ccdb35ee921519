"""Defines the one error that a user is meant to read."""

from __future__ import annotations


class InputError(ValueError):
    """Refuses unusable input: says what was expected, what came, what to do.

    The command line prints it as one line and exits with status 2.

    Args:
        *message: text for the user.
        field: name of the value of a frame that is at fault, such as `label_map`, so
            that whoever read the frame can name its file; None where it is no one's.

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

    def __init__(self, *message: object, field: str | None = None) -> None:
        super().__init__(*message)
        self.field = field
