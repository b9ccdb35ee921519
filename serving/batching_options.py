"""How requests are batched."""

from __future__ import annotations

from dataclasses import dataclass

from v2v_tf.errors import InputError


@dataclass(frozen=True)
class BatchingOptions:
    """As TensorFlow Serving's BatchingParameters, of which these are used.

    Attributes:
        max_batch_size: examples of a batch.
        batch_timeout_micros: how long the first request of a batch waits for others.
        max_enqueued_batches: requests beyond them are refused.
        num_batch_threads: batches that run at once.
        allowed_batch_sizes: a batch is filled up to the next of them; none for any.
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
