"""Defines the one error that a user is meant to read, and warnings of old names."""

from __future__ import annotations

import warnings

_WARNED: set[str] = set()


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


def warn_renamed(old: str, new: str) -> None:
    """Warns that a public name has a new one: once in a process, at the caller's line.

    Args:
        old: name that goes on working, as it is called.
        new: what to call in its place.
    """
    if old not in _WARNED:
        _WARNED.add(old)
        # Above this function and the old name is who called it.
        warnings.warn(f"{old} is now {new}", FutureWarning, stacklevel=3)
