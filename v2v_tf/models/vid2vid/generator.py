"""The generators of all scales as one network (method.md 1.3, 6.1)."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from v2v_tf.config import Config, GeneratorConfig, StyleConfig
from v2v_tf.layers.pyramid import pyramid
from v2v_tf.models.common.checks import check_image
from v2v_tf.models.vid2vid.frame import FrameOutput
from v2v_tf.models.vid2vid.rollout import rollout
from v2v_tf.models.vid2vid.scales import CoarseGenerator, LocalEnhancer
from v2v_tf.models.vid2vid.states import States, merge_time, split_time
from v2v_tf.models.vid2vid.style_encoder import FeatureEncoder
from v2v_tf.tasks import registry
from v2v_tf.tasks.base import Conditioning


class SequentialGenerator(tf.keras.Model):
    """Makes a frame with the generators of all scales, from conditions and past frames.

    Args:
        config: the generator's configuration.
        num_channels: number of channels of one encoded condition frame, without styles.
        foreground_channels: channels of the foreground labels, with
            `config.use_foreground`.
        conditioning: encodes label ids for `rollout`; None where `rollout` is given
            channels.
        recompute: save memory in training, see `generate_chunk`.
        style: options of the style encoder; None for a generator without styles.

    Attributes:
        scales: the generator of each scale, coarsest first.
        style_encoder: network that finds the styles of real frames; None without
            styles.
        num_channels: C, number of channels that are read of a condition frame: the
            encoded ones, then the style of each pixel.

    Raises:
        InputError: a foreground branch has no labels.
    """

    def __init__(
        self,
        config: GeneratorConfig,
        num_channels: int,
        foreground_channels: tuple[int, ...] = (),
        conditioning: Conditioning | None = None,
        recompute: bool = False,
        style: StyleConfig | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(autocast=False, **kwargs)
        self.config = config
        self.style_encoder = None
        if style is not None and style.num_features:
            num_channels += style.num_features
            self.style_encoder = FeatureEncoder(
                style.num_features,
                style.num_filters,
                style.num_downsamples,
                affine=config.affine_norms,
                name="style_encoder",
            )
        self.num_channels = num_channels
        self.conditioning = conditioning
        self.recompute = recompute
        self.scales = [CoarseGenerator(config, foreground_channels, name="scale0")]
        for scale in range(1, config.num_scales):
            name = f"scale{scale}"
            self.scales.append(
                LocalEnhancer(config, foreground_channels, scale, name=name)
            )

    @property
    def multiple(self) -> int:
        """Downsampling factor, which height and width must be divisible by."""
        return 2 ** (self.config.num_downsamples + self.config.num_scales - 1)

    def call(
        self,
        conditions: tf.Tensor,
        prev_frames: tuple[tf.Tensor, ...],
        raw_only: bool | tf.Tensor = False,
    ) -> tuple[FrameOutput, ...]:
        """Generates one frame at every scale, or at the coarsest ones.

        Args:
            conditions: [B, H, W, n * C], the window at the resolution of the finest
                scale that takes part, oldest first.
            prev_frames: past frames of each scale that takes part, coarsest first:
                float32 [B, h, w, (n - 1) * 3], oldest first, range [-1, 1].
            raw_only: leave the warp out (past frames are zeros, method.md 6.2).

        Returns:
            One output a scale, coarsest first; the last is the result.

        Raises:
            InputError: ranks or channels are wrong, or the downsampling factor does
                not divide the size.
        """
        if tf.inside_function():
            # Not as a function of its own, whose gradient is dear (ARCHITECTURE.md).
            return self._all_scales(conditions, prev_frames, raw_only)
        return self._traced(conditions, prev_frames, raw_only)

    @tf.function(autograph=False)
    def _traced(
        self,
        conditions: tf.Tensor,
        prev_frames: tuple[tf.Tensor, ...],
        raw_only: bool | tf.Tensor,
    ) -> tuple[FrameOutput, ...]:
        return self._all_scales(conditions, prev_frames, raw_only)

    def _all_scales(
        self,
        conditions: tf.Tensor,
        prev_frames: tuple[tf.Tensor, ...],
        raw_only: bool | tf.Tensor,
    ) -> tuple[FrameOutput, ...]:
        num_scales = len(prev_frames)
        window = self.config.num_frames * self.num_channels
        multiple = 2 ** (self.config.num_downsamples + num_scales - 1)
        check_image("conditions", conditions, multiple, window)
        levels = pyramid(conditions, num_scales)[::-1]
        output, features = self.scales[0](levels[0], prev_frames[0], raw_only=raw_only)
        outputs = [output]
        for enhancer, level, frames in zip(
            self.scales[1:num_scales], levels[1:], prev_frames[1:], strict=True
        ):
            output, features = enhancer(level, frames, features, raw_only=raw_only)
            outputs.append(output)
        return tuple(outputs)

    def build_weights(self) -> None:
        """Makes every weight, by one frame of the smallest size."""
        side, num_scales = 4 * self.multiple, self.config.num_scales
        window = tf.zeros([1, side, side, self.config.num_frames * self.num_channels])
        seen = self.config.num_anchors + self.num_prev_frames
        frames = tf.zeros([1, side, side, 3 * seen])
        # Eagerly: a trace of this size would serve no one.
        self._all_scales(window, tuple(pyramid(frames, num_scales)[::-1]), False)
        if self.style_encoder is not None:
            side = 4 * self.style_encoder.multiple
            image = tf.zeros([1, side, side, 3])
            self.style_encoder(image, tf.zeros(image.shape[:3], tf.int32))
        self.built = True

    @property
    def num_prev_frames(self) -> int:
        """Number of past frames that a frame is made from."""
        return self.config.num_frames - 1

    def read_clip(self, clip: dict[str, tf.Tensor], frames: slice) -> tf.Tensor:
        """Returns the conditions of frames of a clip, with styles where there are any.

        The styles are those of the real frames, so gradients reach their encoder.

        Args:
            clip: `channels` [B, T, H, W, C'], encoded, without styles; with an encoder
                of styles also `frames` float32 [B, T, H, W, 3], range [-1, 1], and
                `regions` int32 [B, T, H, W], see `style_tables.region_ids`.
            frames: slice of the T frames, N frames long.

        Returns:
            [B, N, H, W, C].
        """
        channels = clip["channels"][:, frames]
        if self.style_encoder is None:
            return channels
        images, regions = clip["frames"][:, frames], clip["regions"][:, frames]
        styles = self.style_encoder(merge_time(images), merge_time(regions))
        return tf.concat([channels, split_time(styles, channels.shape[1])], axis=-1)

    def init_states(
        self, conditions: tf.Tensor, frames: tf.Tensor, num_scales: int | None = None
    ) -> States:
        """Returns the states before the first generated frame.

        With an anchor, that is the first of the frames.

        Args:
            conditions: [B, n - 1, H, W, C], encoded, oldest first.
            frames: float32 [B, n - 1, H, W, 3], range [-1, 1]; each scale starts from
                them average-pooled to its size.
            num_scales: number of coarsest scales that take part; None for all.
        """
        frames = tf.concat([frames[:, : self.config.num_anchors], frames], axis=1)
        levels = pyramid(merge_time(frames), num_scales or self.config.num_scales)
        num = self.config.num_anchors + self.num_prev_frames
        frames_of_scales = (split_time(level, num) for level in reversed(levels))
        return States(conditions, tuple(frames_of_scales))

    def rollout(
        self,
        conditions: np.ndarray,
        instances: np.ndarray | None = None,
        first_frames: np.ndarray | None = None,
    ) -> dict[str, np.ndarray]:
        """Generates a clip from arrays; see `v2v_tf.models.vid2vid.rollout.rollout`."""
        return rollout(self, conditions, instances, first_frames)


def build_generator(config: Config) -> SequentialGenerator:
    """Returns an untrained generator for `config`."""
    conditioning = registry.create(config)
    labels = registry.labels_of(config)
    return SequentialGenerator(
        config.generator,
        conditioning.num_channels,
        () if labels is None else labels.foreground,
        None if labels is None else conditioning,
        recompute=config.runtime.gradient_checkpointing,
        style=config.style,
        name="generator",
    )
