"""Which parts of two image generators correspond, for a warm start (method.md 4.6).

A global network is what a local enhancer of half the width begins with.
"""

from __future__ import annotations

from collections.abc import Iterator

from v2v_tf.models.common.weight_pairs import Pair, pair_copies
from v2v_tf.models.first_frame.build import parts_of
from v2v_tf.models.first_frame.model import FirstFrameModel


def weight_pairs(
    model: FirstFrameModel, other: FirstFrameModel, there: set[str]
) -> Iterator[Pair]:
    """Yields pairs of networks; see `ModelFamily.weight_pairs`."""
    parts = parts_of(other.generator) if "generator" in there else {}
    for name, part in parts_of(model.generator).items():
        yield f"generator {name}", part, parts.get(name)
    theirs = other.image_discriminator if "image_discriminator" in there else None
    yield from pair_copies("image_discriminator", model.image_discriminator, theirs)
