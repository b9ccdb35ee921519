"""Which discriminators of two models correspond, for a warm start (method.md 4.6)."""

from __future__ import annotations

from collections.abc import Iterator

import tensorflow as tf

from v2v_tf.models.common.discriminators import MultiScaleDiscriminator

# A name for messages, a network, and the one whose weights it may begin with.
Pair = tuple[str, tf.keras.layers.Layer, tf.keras.layers.Layer | None]


def pair_copies(
    name: str, mine: MultiScaleDiscriminator, theirs: MultiScaleDiscriminator | None
) -> Iterator[Pair]:
    """Pairs the copies of a discriminator that read the same resolution.

    The coarsest copies are the last ones.

    Args:
        name: name of the discriminator, as checkpoints have it.
        mine: discriminator of the model that begins.
        theirs: discriminator of the run that it begins with; None where the run has
            none.
    """
    copies = [] if theirs is None else theirs.copies
    more = len(mine.copies) - len(copies)
    for index, copy in enumerate(mine.copies):
        fits = 0 <= index - more < len(copies)
        part = name.replace("_", " ")
        yield f"{part}, copy {index}", copy, copies[index - more] if fits else None
