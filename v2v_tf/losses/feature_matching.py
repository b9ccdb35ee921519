"""Feature matching on a discriminator's own maps (method.md 3.3)."""

from __future__ import annotations

from collections.abc import Sequence

import tensorflow as tf

from v2v_tf.losses.means import example_mean


def feature_matching_loss(
    real_maps: Sequence[Sequence[tf.Tensor]],
    fake_maps: Sequence[Sequence[tf.Tensor]],
    examples: tf.Tensor | None = None,
) -> tf.Tensor:
    """Returns the mean absolute difference of features, before its weight.

    Args:
        real_maps: `maps[scale][layer]` of the real input; the last layer, the
            scores, is left out. No gradient flows into them.
        fake_maps: `maps[scale][layer]` of the fake input.
        examples: float32 [N], 1 for an example (first axis) that counts and 0 for one
            that enters the means over all N as zero; None if all count.

    Returns:
        Scalar: (1 / scales) * (4 / layers) * sum of the layers' mean differences; the
        scales are those of the maps given, whatever other discriminators have.
    """
    num_scales, num_features = len(real_maps), len(real_maps[0]) - 1
    total = tf.add_n(
        [
            example_mean(
                tf.abs(_float(fake) - tf.stop_gradient(_float(real))), examples
            )
            for real_scale, fake_scale in zip(real_maps, fake_maps, strict=True)
            for real, fake in zip(real_scale[:-1], fake_scale[:-1], strict=True)
        ]
    )
    return total * (4.0 / num_features) / num_scales


def _float(x: tf.Tensor) -> tf.Tensor:
    return tf.cast(x, tf.float32)
