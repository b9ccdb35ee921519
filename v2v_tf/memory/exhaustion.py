"""Turns all ways in which memory runs out into one error with one line.

TensorFlow, Python, oneDNN and CUDA each have errors of their own for it. They are told
by their names and messages, so that nothing here imports TensorFlow.
"""

from __future__ import annotations

import contextlib
import errno
import re
from collections.abc import Callable, Iterator

_NAMES = ("ResourceExhaustedError", "MemoryError", "_ArrayMemoryError")
# Of errors that have many causes: memory is the cause where the message says so.
_OTHERS = ("OpError", "RuntimeError", "SystemError", "error")
_SAYS_SO = re.compile(
    r"out of memory|OUT_OF_MEMORY|\bOOM\b|bad_alloc|cannot allocate memory"
    r"|failed to allocate|could not create a memory|insufficient memory"
    r"|can't start new thread",
    re.IGNORECASE,
)


# TensorFlow has one error for all that is used up.
_OTHER_ENDS = re.compile(r"No space left|Disk quota exceeded|Too many open files")


class OutOfMemory(MemoryError):
    """Says that memory ran out, and what would need less.

    The command line prints it as one line and exits with status 1.

    Example:
        ```python
        >>> from v2v_tf.memory.exhaustion import OutOfMemory, explaining
        >>> with explaining(lambda: "give smaller frames"):
        ...     raise MemoryError
        Traceback (most recent call last):
            ...
        v2v_tf.memory.exhaustion.OutOfMemory: out of memory: give smaller frames

        ```
    """


def is_out_of_memory(error: BaseException) -> bool:
    """Returns whether an error says that memory ran out; not that a disk is full.

    Args:
        error: error of any library, such as `tf.errors.OpError` or `OSError`.
    """
    text = str(error)
    if _OTHER_ENDS.search(text):
        return False
    kinds = {kind.__name__ for kind in type(error).__mro__}
    if kinds & set(_NAMES) or getattr(error, "errno", None) == errno.ENOMEM:
        return True
    return bool(kinds & set(_OTHERS) and _SAYS_SO.search(text))


@contextlib.contextmanager
def explaining(advice: Callable[[], str]) -> Iterator[None]:
    """Raises `OutOfMemory` with advice where memory runs out in the block.

    Args:
        advice: returns what to do, the end of a sentence; called then alone.

    Raises:
        OutOfMemory: memory ran out; the cause is the error of the library.
    """
    try:
        yield
    except OutOfMemory:
        raise
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        raise OutOfMemory(f"out of memory: {advice()}") from error
