"""Noise on past frames in training, so that a generator learns to mend its mistakes.

Free-running videos feed a generator what it made itself, which is never quite what it
was trained on; with noise it has seen worse (Valevski et al., GameNGen, arXiv
2408.14837). Drawn from the step alone, so an interrupted training draws the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import tensorflow as tf

_LEVEL = 2.0 / 255.0  # of frames in [-1, 1]


@dataclass(frozen=True)
class HistoryNoise:
    """Adds noise to past frames.

    Attributes:
        levels: standard deviation, levels of 255.
        seed: seed of the experiment.
        step: number of the step, an integer tensor or variable.
    """

    levels: float
    seed: int
    step: tf.Tensor | tf.Variable

    def __call__(self, frames: tf.Tensor, index: int) -> tf.Tensor:
        """Returns frames with noise, still in [-1, 1].

        Args:
            frames: float32 [B, n - 1, h, w, 3].
            index: number of the frame in the chunk that is made from them.
        """
        # Scales have sizes of their own, and so draws of their own.
        low = tf.cast(self.step, tf.int32)
        seed = tf.stack([self.seed + index, low])
        noise = tf.random.stateless_normal(tf.shape(frames), seed)
        disturbed = frames + self.levels * _LEVEL * noise
        return tf.clip_by_value(disturbed, -1.0, 1.0)
