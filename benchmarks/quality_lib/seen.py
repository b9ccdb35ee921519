"""What the frozen segmentation network sees in generated frames and in real ones.

The network is one file for all studies, so that numbers of different days compare:
`v2v-tf train-segmenter --config toy_street`, 800 steps on the training clips of the
studies of the toy street, which no measured clip is one of.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from v2v_tf.apps.evaluation.clip_features import ClipFeatures, FeatureNetworks
from v2v_tf.apps.evaluation.distances import set_distances
from v2v_tf.apps.segmentation.segmenter import Segmenter
from v2v_tf.config import Config
from v2v_tf.data.clips import Clip
from v2v_tf.metrics.segmentation import mean_iou
from v2v_tf.tasks.registry import num_labels_of, task_of

HISTORY = 2  # frames that no model is measured on: the video models are given them
SEGMENTER = Path(__file__).resolve().parents[1] / "segmenter"


class Seen:
    """Gathers what the network sees; nothing where its labels are not the model's.

    Args:
        config: configuration of the model.
    """

    def __init__(self, config: Config) -> None:
        segmenter = None
        if task_of(config).has_labels:
            segmenter = Segmenter.load(SEGMENTER)
            if segmenter.num_labels != num_labels_of(config):
                segmenter = None
        self._networks = FeatureNetworks(segmenter)
        self._seen: dict[str, list[ClipFeatures]] = {"real": [], "fake": []}

    def add(self, clip: Clip, frames: np.ndarray) -> None:
        """Looks at a clip.

        Args:
            clip: the real one.
            frames: uint8 [F, H, W, 3], generated after its first frames.
        """
        if self._networks.segmenter is None:
            return
        labels = clip.conditions[HISTORY:, ..., 0]
        for name, shown in (("real", clip.frames[HISTORY:]), ("fake", frames)):
            self._seen[name].append(self._networks.features(shown, labels))

    def numbers(self) -> dict[str, float]:
        """Returns distances with their floors, and the mean IoU, of all clips."""
        if not self._seen["real"]:
            return {}
        real, fake = (
            {"toyseg": [clip.features["toyseg"] for clip in self._seen[name]]}
            for name in ("real", "fake")
        )
        return set_distances(real, fake) | {
            f"miou_toyseg{end}": mean_iou(
                np.sum([clip.confusion for clip in self._seen[name]], axis=0)
            )
            for end, name in (("", "fake"), ("_real", "real"))
        }
