"""Reads the options of batching."""

from __future__ import annotations

from dataclasses import dataclass

from v2v_tf.errors import InputError


@dataclass(frozen=True)
class BatchingOptions:
    """Sizes and waiting times of batches, by TensorFlow Serving's names.

    Attributes:
        max_batch_size: largest number of examples in a batch, 1 or more.
        batch_timeout_micros: microseconds that the first request of a batch waits for
            others, 0 or more.
        max_enqueued_batches: number of batches that may wait, 1 or more; requests
            beyond them are refused.
        num_batch_threads: number of batches that run at once, 1 or more.
        allowed_batch_sizes: sizes that a batch is filled up to, rising, the last one
            equal to `max_batch_size`; empty for any size.

    Raises:
        InputError: a value is out of its range.
    """

    max_batch_size: int = 8
    batch_timeout_micros: int = 2000
    max_enqueued_batches: int = 64
    num_batch_threads: int = 2
    allowed_batch_sizes: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        for name in ("max_batch_size", "max_enqueued_batches", "num_batch_threads"):
            if getattr(self, name) < 1:
                raise InputError(f"{name} must be 1 or more, got {getattr(self, name)}")
        if self.batch_timeout_micros < 0:
            raise InputError(
                f"batch_timeout_micros must be 0 or more, got "
                f"{self.batch_timeout_micros}"
            )
        sizes = self.allowed_batch_sizes
        if sizes and (
            list(sizes) != sorted(set(sizes)) or sizes[-1] != self.max_batch_size
        ):
            raise InputError(
                "allowed_batch_sizes must rise and end with max_batch_size "
                f"({self.max_batch_size}), got {list(sizes)}"
            )
