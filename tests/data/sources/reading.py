"""Single frames of a sequence."""

from __future__ import annotations

from v2v_tf.data.sources.base import Sequence, SourceFrame


def read_frame(sequence: Sequence, index: int) -> SourceFrame:
    """Returns one frame of a sequence, opened for it alone."""
    with sequence.open() as reader:
        return reader.read(index)
