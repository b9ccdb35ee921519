"""Runs a network that `v2v-tf train-segmenter` trained."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import tensorflow as tf

from v2v_tf.detection.model_files import Licences
from v2v_tf.detection.networks.description import InputRules, NetworkDescription
from v2v_tf.detection.networks.picture_network import PictureNetwork
from v2v_tf.detection.segmenter_folder import load_network


class OwnSegmenter(PictureNetwork):
    """Runs the network of a folder of `train-segmenter`.

    Args:
        folder: holds `segmenter.json` and the weights.

    Raises:
        InputError: a damaged folder, or one of another version.

    Attributes:
        num_labels: number of labels that it tells apart.
        description: what `segmenter.json` says of it; its labels have no names where an
            earlier version wrote it.
    """

    def __init__(self, folder: Path) -> None:
        self._network, facts = load_network(folder)
        self._compute = tf.function(self._network, reduce_retracing=True)
        self.num_labels = int(facts["num_labels"])
        records = str(facts.get("records", "unknown"))
        self.description = NetworkDescription(
            labels=dict(enumerate(facts.get("labels") or ())),
            input=InputRules(-1.0, 1.0),
            licences=Licences(
                code="Apache-2.0 (v2v-tf)",
                weights="of whoever trained it, by v2v-tf train-segmenter",
                training_data=f"clip records, manifest of sha256 {records}",
            ),
        )

    def run(self, pictures: np.ndarray) -> np.ndarray:
        """See base class."""
        return self._compute(tf.constant(pictures)).numpy()
