"""Numbers of every clip and method, gathered until the means can be taken."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from v2v_tf.apps.evaluation.adherence import AdherenceMeasure
from v2v_tf.apps.evaluation.clip_features import ClipFeatures, FeatureNetworks
from v2v_tf.apps.evaluation.distances import set_distances, size_notes
from v2v_tf.config import Config
from v2v_tf.data.clips import Clip
from v2v_tf.inference.frames import Synthesized
from v2v_tf.inference.generation import measure
from v2v_tf.metrics.instances import color_drift, color_error
from v2v_tf.metrics.segmentation import mean_iou
from v2v_tf.metrics.summary import MetricInfo, mean_of
from v2v_tf.tasks.registry import task_of


@dataclass(frozen=True)
class Summary:
    """Holds what was measured.

    A key `x_real` holds the real clips' own value of `x`. `x_floor` of a distance holds
    that of one half of them against the other, of adherence that of the real clips
    against what is found in them mirrored.

    Attributes:
        mean: method to metrics, of all clips.
        clips: clip to method to metrics.
        notes: sentences that a reader of the numbers needs.
        networks: description of each network that read the frames.
        infos: what tables note on metrics of the task, by name.
    """

    mean: Mapping[str, Mapping[str, float]]
    clips: Mapping[str, Mapping[str, Mapping[str, float]]]
    notes: tuple[str, ...]
    networks: Mapping[str, Any]
    infos: Mapping[str, MetricInfo] = field(default_factory=dict)


class Gathering:
    """Measures clip by clip; keeps numbers and features, not frames.

    Args:
        feature_networks: networks that read the frames.
        config: configuration of the experiment.
        start: first frame of a clip that every method has made.
        notes: sentences about the methods.
        adherence: what holds frames to their conditions; None for nothing.
    """

    def __init__(
        self,
        feature_networks: FeatureNetworks,
        config: Config,
        start: int,
        notes: Sequence[str] = (),
        adherence: AdherenceMeasure | None = None,
    ) -> None:
        self.feature_networks = feature_networks
        self.config = config
        self.start = start
        self.notes = tuple(notes)
        self.adherence = adherence or AdherenceMeasure()
        self._clips: dict[str, dict[str, dict[str, float]]] = {}
        self._real: list[ClipFeatures] = []
        self._fake: dict[str, list[ClipFeatures]] = defaultdict(list)

    def add(
        self, clip: Clip, results: Mapping[str, Synthesized]
    ) -> dict[str, dict[str, float]]:
        """Measures the frames that methods made of one clip.

        Args:
            clip: all of it, as `read_clips` yields it.
            results: method to frames `start` and later.

        Returns:
            Method to the metrics of this clip.
        """
        real = clip.after(self.start).require("frames")
        labels = None
        if task_of(self.config).has_labels:
            labels = clip.conditions[self.start :, ..., 0]
        self._real.append(self.feature_networks.features(real, labels))
        made = {name: result.fake_frames for name, result in results.items()}
        followed = self.adherence.measure(clip.clip_id, real, made)
        found = {}
        for name, result in results.items():
            features = self.feature_networks.features(result.fake_frames, labels)
            self._fake[name].append(features)
            values = measure(clip, result, self.config, self.start)
            values |= self._colors(clip, result.fake_frames, real)
            values |= followed.get(name, {})
            found[name] = values | _read_labels([features], [self._real[-1]])
        self._clips[clip.clip_id] = found
        return found

    def summary(self) -> Summary:
        """Returns the means over clips, and the distances between all of them.

        Raises:
            InputError: no clip was added.
        """
        real = _by_kind(self._real)
        mean = {}
        for name, features in self._fake.items():
            values = mean_of([clip[name] for clip in self._clips.values()])
            # Of all pixels, as mean IoU is defined, not the mean over clips.
            values |= _read_labels(features, self._real)
            mean[name] = values | set_distances(real, _by_kind(features))
        notes = (
            f"{len(self._clips)} clips, each from frame {self.start} on",
            *self.notes,
            *self._zero_flow(mean),
            *self.adherence.notes(),
            *self.feature_networks.notes,
            *size_notes(real),
        )
        networks = self.feature_networks.describe() | self.adherence.describe()
        return Summary(mean, self._clips, notes, networks, self.adherence.infos())

    def _colors(
        self, clip: Clip, frames: np.ndarray, real: np.ndarray
    ) -> dict[str, float]:
        instances = clip.after(self.start).instances
        if instances is None:
            return {}
        values = {
            "color_error": color_error(frames, real, instances),
            "color_drift": color_drift(frames, instances),
            "color_drift_real": color_drift(real, instances),
        }
        return {name: value for name, value in values.items() if not np.isnan(value)}

    @staticmethod
    def _zero_flow(mean: Mapping[str, Mapping[str, float]]) -> list[str]:
        found = [v["flow_error_zero"] for v in mean.values() if "flow_error_zero" in v]
        if not found:
            return []
        return [f"predicting no motion would score a flow error of {found[0]:.3g}"]


def _read_labels(
    fake: list[ClipFeatures], real: list[ClipFeatures]
) -> dict[str, float]:
    """Returns the mean IoU of all clips together, generated and real."""
    values = {}
    for name, clips in (("miou_toyseg", fake), ("miou_toyseg_real", real)):
        found = [clip.confusion for clip in clips if clip.confusion is not None]
        if found:
            values[name] = mean_iou(np.sum(found, axis=0))
    return values


def _by_kind(clips: list[ClipFeatures]) -> dict[str, list[np.ndarray]]:
    """Returns the features of each clip, [N, D], by kind."""
    if not clips:
        return {}
    return {kind: [clip.features[kind] for clip in clips] for kind in clips[0].features}
