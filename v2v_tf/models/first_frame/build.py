"""The image generator that a configuration describes (method.md 1.8)."""

from __future__ import annotations

import tensorflow as tf

from v2v_tf.config import Config
from v2v_tf.models.first_frame.networks import GlobalGenerator, LocalEnhancerGenerator

ImageNetwork = GlobalGenerator | LocalEnhancerGenerator


def build_image_network(config: Config) -> ImageNetwork:
    """Returns an untrained image generator, with enhancers where there are any."""
    parts = config.first_frame
    sizes = (parts.num_filters, parts.num_downsamples, parts.num_blocks)
    kinds = (parts.affine_norms, parts.upsampling)
    if not parts.num_enhancers:
        return GlobalGenerator(*sizes, *kinds, name="generator")
    local = (parts.num_enhancers, parts.num_local_blocks)
    return LocalEnhancerGenerator(*sizes, *local, *kinds, name="generator")


def build_weights(network: ImageNetwork, num_channels: int) -> None:
    """Makes every weight, by an image of the smallest size.

    Args:
        network: image generator.
        num_channels: C, channels of an encoded condition frame.
    """
    side = 4 * network.multiple
    network(tf.zeros([1, side, side, num_channels]))


def parts_of(network: ImageNetwork) -> dict[str, tf.keras.layers.Layer]:
    """Returns the parts of an image generator, coarsest first, by shared names.

    `global` is the same in both kinds; `enhancer 1` comes after it, and so on. The head
    belongs to the finest part, which its name tells.
    """
    if isinstance(network, GlobalGenerator):
        return {"global": network.body, "global head": network.head}
    parts: dict[str, tf.keras.layers.Layer] = {"global": network.coarse}
    for number, enhancer in enumerate(network.enhancers, start=1):
        parts[f"enhancer {number}"] = enhancer
    parts[f"enhancer {len(network.enhancers)} head"] = network.head
    return parts
