"""Reads clips with a trained segmentation network, see `detection/segmenter_folder`."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from v2v_tf.detection.segmentation_network import SegmentationNetwork
from v2v_tf.detection.segmenter_folder import load_network
from v2v_tf.inference.frames import from_uint8
from v2v_tf.metrics.checks import check_frames

# Windows of video features: 8 frames, a new one every 4.
WINDOW = 8
WINDOW_STEP = 4
_CHUNK = 8  # frames in the network at once


class Segmented(NamedTuple):
    """Holds the labels and the features of a clip.

    Attributes:
        label_maps: uint8 [T, H, W], the likeliest labels.
        features: float64 [T, D], penultimate features, mean over space.
        changes: float64 [T - 1, D], |features of t - features of t - 1| at each pixel,
            mean over space: motion, and flicker with it.
    """

    label_maps: np.ndarray
    features: np.ndarray
    changes: np.ndarray

    def windows(self) -> np.ndarray:
        """Returns video features: one row for each window of 8 frames, every 4.

        Returns:
            float64 [N, 2 D]: the mean of the window's 8 `features`, then the mean of
            its 7 `changes`. N is 0 for clips of fewer than 8 frames.
        """
        starts = range(0, len(self.features) - WINDOW + 1, WINDOW_STEP)
        rows = [
            np.concatenate(
                [
                    self.features[t : t + WINDOW].mean(axis=0),
                    self.changes[t : t + WINDOW - 1].mean(axis=0),
                ]
            )
            for t in starts
        ]
        return np.array(rows).reshape(len(rows), 2 * self.features.shape[1])


class Segmenter:
    """Segments frames with a trained network.

    Args:
        network: built, of the labels of `facts`.
        facts: content of `segmenter.json`.
    """

    def __init__(self, network: SegmentationNetwork, facts: dict[str, Any]) -> None:
        self.network = network
        self.facts = facts
        self._read = tf.function(self._one_chunk, reduce_retracing=True)

    @classmethod
    def load(cls, folder: str | Path) -> Segmenter:
        """Loads a folder of `v2v-tf train-segmenter`.

        Raises:
            InputError: no such folder, one of another version, or damaged weights.
        """
        return cls(*load_network(Path(folder)))

    @property
    def num_labels(self) -> int:
        """Returns the number of labels that the network tells apart."""
        return int(self.facts["num_labels"])

    def segment(self, frames: np.ndarray) -> Segmented:
        """Reads the labels and the features of a clip.

        Args:
            frames: uint8 [T, H, W, 3].

        Raises:
            InputError: not such a clip.
        """
        check_frames("frames", frames)
        label_maps, features, changes = [], [], []
        for start in range(0, len(frames), _CHUNK):
            # The frame before comes along, for the first change of the chunk.
            first = max(start - 1, 0)
            parts = self._read(tf.constant(frames[first : start + _CHUNK]))
            labels, means, differences = (part.numpy() for part in parts)
            label_maps.append(labels[start - first :])
            features.append(means[start - first :].astype(np.float64))
            changes.append(differences.astype(np.float64))
        return Segmented(
            np.concatenate(label_maps),
            np.concatenate(features),
            np.concatenate(changes),
        )

    def _one_chunk(self, levels: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        maps = self.network.features(from_uint8(levels))
        labels = tf.argmax(self.network.head(maps), axis=-1, output_type=tf.int32)
        return (
            tf.cast(labels, tf.uint8),
            tf.reduce_mean(maps, axis=[1, 2]),
            tf.reduce_mean(tf.abs(maps[1:] - maps[:-1]), axis=[1, 2]),
        )
