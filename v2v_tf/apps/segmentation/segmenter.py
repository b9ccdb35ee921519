"""Loads a trained segmentation network from its folder, and reads frames with it.

The folder: `segmenter.json` (what it was trained on, how, and how well it reads real
frames) and `segmenter.weights.h5`, whose SHA-256 the JSON names.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from v2v_tf.apps.segmentation.network import SegmentationNetwork
from v2v_tf.errors import InputError
from v2v_tf.inference.frames import from_uint8
from v2v_tf.layers.precision import policy_scope
from v2v_tf.metrics.checks import check_frames

FACTS_FILE = "segmenter.json"
WEIGHTS_FILE = "segmenter.weights.h5"
FORMAT_VERSION = 1
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
        folder = Path(folder)
        facts = read_facts(folder)
        path = folder / WEIGHTS_FILE
        if not path.is_file() or sha256(path) != facts["weights_sha256"]:
            raise InputError(
                f"{path} is not the file that {FACTS_FILE} names: copy the whole "
                "folder, or make it again with `v2v-tf train-segmenter`"
            )
        network = build(int(facts["num_labels"]))
        network.load_weights(path)
        return cls(network, facts)

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


def build(num_labels: int, seed: int = 0) -> SegmentationNetwork:
    """Returns an untrained network with weights made, in float32."""
    with policy_scope("float32"):
        network = SegmentationNetwork(num_labels, seed)
        network(tf.zeros([1, 8, 8, 3]))
    return network


def read_facts(folder: Path) -> dict[str, Any]:
    """Returns what `segmenter.json` holds.

    Raises:
        InputError: no such file, or one of another version.
    """
    path = folder / FACTS_FILE
    if not path.is_file():
        raise InputError(
            f"{folder} holds no segmentation network (no {FACTS_FILE}): make one with "
            "`v2v-tf train-segmenter`"
        )
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        version = facts["format_version"]
        int(facts["num_labels"]), str(facts["weights_sha256"])
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{path}: not what `v2v-tf train-segmenter` writes ({error}): make it again"
        ) from error
    if version != FORMAT_VERSION:
        raise InputError(
            f"{path} has format_version {version}, expected {FORMAT_VERSION}: make it "
            "again with `v2v-tf train-segmenter`"
        )
    return facts


def sha256(path: Path) -> str:
    """Returns the SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
