"""Feature matching on a discriminator's own maps (spec 3.2)."""

from __future__ import annotations

from collections.abc import Sequence

import tensorflow as tf


def feature_matching_loss(
    real_maps: Sequence[Sequence[tf.Tensor]], fake_maps: Sequence[Sequence[tf.Tensor]]
) -> tf.Tensor:
    """Returns the mean absolute difference of features, before its weight.

    Args:
        real_maps: `maps[scale][layer]` of the real input; the last layer, the
            scores, is left out. No gradient flows into them.
        fake_maps: of the fake input.

    Returns:
        Scalar: (1 / scales) * (4 / layers) * sum of the layers' mean differences.
    """
    num_scales, num_features = len(real_maps), len(real_maps[0]) - 1
    total = tf.add_n(
        [
            tf.reduce_mean(tf.abs(_float(fake) - tf.stop_gradient(_float(real))))
            for real_scale, fake_scale in zip(real_maps, fake_maps, strict=True)
            for real, fake in zip(real_scale[:-1], fake_scale[:-1], strict=True)
        ]
    )
    return total * (4.0 / num_features) / num_scales


def _float(x: tf.Tensor) -> tf.Tensor:
    return tf.cast(x, tf.float32)
