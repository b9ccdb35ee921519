"""Gathers in one place everything that is known of a kind of condition."""

from v2v_tf.tasks.task import FileKind, Task

__all__ = ["FileKind", "Task"]
