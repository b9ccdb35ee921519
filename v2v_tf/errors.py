"""The one error a user is meant to read."""

from __future__ import annotations


class InputError(ValueError):
    """Input that cannot be used: says what was expected, what came, what to do.

    The command line prints it as one line and exits with status 2.

    Args:
        *message: text for the user.
        field: name of the value of a frame that is at fault, such as `label_map`, so
            that whoever read the frame can name its file; None where it is no one's.
    """

    def __init__(self, *message: object, field: str | None = None) -> None:
        super().__init__(*message)
        self.field = field
