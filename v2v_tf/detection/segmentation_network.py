"""Defines a small U-shaped segmentation network.

Input: float32 frames [B, H, W, 3] in [-1, 1], any size. Output: logits [B, H, W, L].
Two stride-2 convolutions down, two bilinear steps up, each joined with the maps of its
size on the way down; the last 3x3 convolution gives the features that distances
compare, a 1x1 convolution reads labels off them.

There is no norm in it: an instance norm would take away contrast and colour of a frame,
which is just what its features are to tell apart, and batch statistics would make a
frame's features depend on its neighbours.
"""

from __future__ import annotations

import tensorflow as tf

NUM_FILTERS = 16


class SegmentationNetwork(tf.keras.Model):
    """Computes label logits of frames.

    Args:
        num_labels: L.
        seed: seed of the initial weights.
        num_filters: channels at full size, and of the features; twice and four times
            as many further down.
    """

    def __init__(
        self, num_labels: int, seed: int = 0, num_filters: int = NUM_FILTERS
    ) -> None:
        super().__init__()
        seeds = iter(range(8 * seed, 8 * seed + 8))

        def convolution(
            filters: int, size: int = 3, stride: int = 1, relu: bool = True
        ) -> tf.keras.layers.Layer:
            return tf.keras.layers.Conv2D(
                filters,
                size,
                stride,
                padding="same",
                activation="relu" if relu else None,
                kernel_initializer=tf.keras.initializers.HeNormal(next(seeds)),
            )

        self.full = convolution(num_filters)
        self.half = convolution(2 * num_filters, stride=2)
        self.quarter = convolution(4 * num_filters, stride=2)
        self.inner = convolution(4 * num_filters)
        self.up_half = convolution(2 * num_filters)
        self.up_full = convolution(num_filters)
        self.head = convolution(num_labels, size=1, relu=False)

    def call(self, frames: tf.Tensor) -> tf.Tensor:
        """Returns logits, float32 [B, H, W, L]."""
        return self.head(self.features(frames))

    def features(self, frames: tf.Tensor) -> tf.Tensor:
        """Returns the penultimate maps, float32 [B, H, W, num_filters], 0 or more."""
        return self.maps(frames)[-1]

    def maps(self, frames: tf.Tensor) -> list[tf.Tensor]:
        """Returns the maps of each depth, in order; the last are the `features`."""
        full = self.full(frames)
        half = self.half(full)
        quarter = self.inner(self.quarter(half))
        up_half = self.up_half(_joined(quarter, half))
        return [full, half, quarter, up_half, self.up_full(_joined(up_half, full))]

    @property
    def kept_maps(self) -> float:
        """Numbers of a pixel of the input that the backward pass needs."""
        filters = self.full.filters
        # Inputs and results of the six convolutions, by the area of each.
        return filters * (1 + 2 / 4 + 2 * 4 / 16 + (6 + 2) / 4 + 3 + 1)


def _joined(coarse: tf.Tensor, fine: tf.Tensor) -> tf.Tensor:
    """Resizes coarse maps to the size of fine ones and joins the channels."""
    return tf.concat([tf.image.resize(coarse, tf.shape(fine)[1:3]), fine], axis=-1)
