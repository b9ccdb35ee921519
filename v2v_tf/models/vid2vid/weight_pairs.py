"""Which networks of two vid2vid models correspond, for a warm start (method.md 4.6).

Scales of the generator are matched from the coarsest, copies of discriminators by the
resolution that they read; the style encoder is one network for all scales.
"""

from __future__ import annotations

from collections.abc import Iterator

from v2v_tf.models.common.weight_pairs import Pair, pair_copies
from v2v_tf.models.vid2vid.model import Vid2Vid


def weight_pairs(model: Vid2Vid, other: Vid2Vid, there: set[str]) -> Iterator[Pair]:
    """Yields pairs of networks; see `ModelFamily.weight_pairs`."""
    scales = other.generator.scales if "generator" in there else []
    for index, scale in enumerate(model.generator.scales):
        theirs = scales[index] if index < len(scales) else None
        yield f"generator scale {index}", scale, theirs
    if model.generator.style_encoder is not None:
        encoder = other.generator.style_encoder if "generator" in there else None
        yield "style encoder", model.generator.style_encoder, encoder
    discriminators: list[tuple] = [
        ("image_discriminator", model.image_discriminator, other.image_discriminator)
    ]
    if model.face_discriminator is not None:
        face = (model.face_discriminator, other.face_discriminator)
        discriminators.append(("face_discriminator", *face))
    for name, mine, theirs in discriminators:
        yield from pair_copies(name, mine, theirs if name in there else None)
    temporal = other.temporal_discriminators
    if "temporal_discriminators" not in there:
        temporal = []
    for index, mine in enumerate(model.temporal_discriminators):
        theirs = temporal[index] if index < len(temporal) else None
        yield from pair_copies(f"temporal_discriminator {index}", mine, theirs)
