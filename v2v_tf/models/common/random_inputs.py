"""Random changes of what discriminators read in training, so that they stay useful.

Shifts and colours of real and generated inputs alike keep a discriminator from learning
a small data set by heart (Zhao et al., DiffAugment, arXiv 2006.10738); noise on real
ones shows how steep it is there (Lin et al., arXiv 2501.08316). All is drawn from the
step alone, so an interrupted training draws the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import tensorflow as tf

from v2v_tf.config import Config

NOISE = 0.1  # standard deviation of the noise, of frames in [-1, 1]
_MAX_SHIFT = 1 / 8  # of height and width
_MAX_BRIGHTNESS = 0.5
_CHANNELS = 3  # of a frame


@dataclass(frozen=True)
class RandomInputs:
    """Changes the inputs of discriminators; by default not at all.

    Attributes:
        augment: whether to shift and to colour, see `augmented`.
        disturb: whether to give a real input with noise, see `disturbed`.
        seed: seed of the experiment.
        step: number of the step, an integer tensor or variable.
    """

    augment: bool = False
    disturb: bool = False
    seed: int = 0
    step: tf.Tensor | tf.Variable | int = 0

    @classmethod
    def of(cls, config: Config, step: tf.Variable) -> RandomInputs:
        """Returns those that an experiment trains with, at a step."""
        disturb = config.losses.gradient_penalty > 0
        return cls(config.discriminator.augment, disturb, config.seed, step)

    def __call__(
        self, inputs: Sequence[tf.Tensor], first: int, num_frames: int, stream: int
    ) -> tuple[list[tf.Tensor], tf.Tensor | None]:
        """Returns the inputs, and the real one, which is the first, with noise.

        Arguments are those of `augmented`; see there and `disturbed`.
        """
        inputs = self.augmented(inputs, first, num_frames, stream)
        return inputs, self.disturbed(inputs[0], first, num_frames, stream)

    def augmented(
        self, inputs: Sequence[tf.Tensor], first: int, num_frames: int, stream: int
    ) -> list[tf.Tensor]:
        """Shifts and colours every example, the same in all inputs.

        What a shift brings in is zero. Frames get another brightness, saturation and
        contrast; all frames of a group the same.

        Args:
            inputs: float [N, H, W, C], real and generated ones of the same examples.
            first: channel that the frames begin at.
            num_frames: number of frames side by side, of three channels each.
            stream: number of the discriminator, which draws for itself.
        """
        if not self.augment:
            return list(inputs)
        stop = first + num_frames * _CHANNELS
        count = tf.shape(inputs[0])[0]
        draws = [
            tf.random.stateless_uniform([count], self._seed(stream, index))
            for index in range(5)
        ]
        found = []
        for one in inputs:
            frames = _coloured(one[..., first:stop], *draws[:3])
            whole = tf.concat([one[..., :first], frames, one[..., stop:]], -1)
            found.append(_shifted(_shifted(whole, draws[3], 1), draws[4], 2))
        return found

    def disturbed(
        self, real: tf.Tensor, first: int, num_frames: int, stream: int
    ) -> tf.Tensor | None:
        """Returns an input whose frames have noise of `NOISE`; None if not asked for.

        Arguments are those of `augmented`, of one input.
        """
        if not self.disturb:
            return None
        stop = first + num_frames * _CHANNELS
        shape = tf.shape(real[..., first:stop])
        noise = tf.random.stateless_normal(shape, self._seed(stream, 5))
        frames = real[..., first:stop] + tf.cast(NOISE * noise, real.dtype)
        return tf.concat([real[..., :first], frames, real[..., stop:]], -1)

    def _seed(self, stream: int, index: int) -> tf.Tensor:
        low = tf.cast(self.step, tf.int32)
        return tf.stack([self.seed, low * 64 + stream * 6 + index])


NO_CHANGES = RandomInputs()


def _coloured(
    frames: tf.Tensor, brightness: tf.Tensor, saturation: tf.Tensor, contrast: tf.Tensor
) -> tf.Tensor:
    """Changes frames [N, H, W, 3 * F] by draws [N] in [0, 1]."""

    def of(draw: tf.Tensor) -> tf.Tensor:
        return tf.cast(draw, frames.dtype)[:, None, None, None, None]

    shape = tf.shape(frames)
    x = tf.reshape(frames, tf.concat([shape[:3], [-1, _CHANNELS]], 0))
    x += (2.0 * of(brightness) - 1.0) * _MAX_BRIGHTNESS
    grey = tf.reduce_mean(x, axis=-1, keepdims=True)
    x = grey + (x - grey) * 2.0 * of(saturation)
    mean = tf.reduce_mean(x, axis=[1, 2, 3, 4], keepdims=True)
    x = mean + (x - mean) * (0.5 + of(contrast))
    return tf.reshape(x, shape)


def _shifted(x: tf.Tensor, draws: tf.Tensor, axis: int) -> tf.Tensor:
    """Shifts every example of [N, H, W, C] along an axis, by draws [N] in [0, 1]."""
    size = tf.shape(x)[axis]
    furthest = tf.cast(tf.cast(size, tf.float32) * _MAX_SHIFT, tf.int32)
    shift = tf.cast(draws * tf.cast(2 * furthest + 1, tf.float32), tf.int32)
    paddings = [[0, 0] for _ in range(4)]
    paddings[axis] = [furthest, furthest]
    places = tf.range(size)[None] + tf.minimum(shift, 2 * furthest)[:, None]
    moved = tf.gather(tf.pad(x, paddings), places, axis=axis, batch_dims=1)
    return tf.ensure_shape(moved, x.shape)
