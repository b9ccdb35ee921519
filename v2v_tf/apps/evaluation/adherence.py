"""Measures how closely clips follow their conditions, and says what was left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from v2v_tf.apps.annotation.choosing import detector_name
from v2v_tf.apps.annotation.shots import CutFinder
from v2v_tf.apps.evaluation.clip_adherence import ClipAdherence
from v2v_tf.config import Config
from v2v_tf.config.plugins import DETECTORS
from v2v_tf.detection.detector import Detector, DetectorOptions
from v2v_tf.errors import InputError
from v2v_tf.metrics.summary import MetricInfo
from v2v_tf.tasks.adherence import Adherence
from v2v_tf.tasks.registry import task_of

NOTHING = "none"  # as a detector's name: adherence is left out
_NAMED = 3  # clips that a note names
_FLOOR_NOTE = "real: the real clip found twice, once mirrored, the floor"


@dataclass(frozen=True)
class AdherenceOptions:
    """Says by what conditions are found again.

    Attributes:
        detector: name of the detector; None for that of the task, `none` to leave
            adherence out.
        network: its networks, see `DetectorOptions`; None for those of its package.
        is_needed: whether what is missing is an error; else it is noted.
    """

    detector: str | None = None
    network: str | None = None
    is_needed: bool = False


class AdherenceMeasure:
    """Measures adherence of clips, and says what a reader must know of it.

    Args:
        adherence: comparison of the task; None to measure nothing.
        detector: what finds conditions; None where the task looks for itself.
        notes: sentences on what is left out.
    """

    def __init__(
        self,
        adherence: Adherence | None = None,
        detector: Detector | None = None,
        notes: tuple[str, ...] = (),
    ) -> None:
        self._adherence = adherence
        self._detector = detector
        self._notes = notes
        self._seen: dict[str, tuple[int, int]] = {}
        self._sizes: set[tuple[int, int]] = set()

    @classmethod
    def load(cls, config: Config, options: AdherenceOptions) -> AdherenceMeasure:
        """Loads the detector of a task.

        Args:
            config: configuration with the task.
            options: the detector; where it was named, what is missing is an error.

        Raises:
            InputError: it cannot be measured, and was asked for.
        """
        if options.detector == NOTHING:
            return cls()
        adherence = task_of(config).adherence(config)
        asked = options.is_needed or (options.detector, options.network) != (None, None)
        try:
            return cls(adherence, _detector(adherence, config, options))
        except InputError as error:
            if asked:
                raise
            return cls(notes=(f"adherence to conditions is left out: {error}",))

    @property
    def measures(self) -> bool:
        """Whether anything is measured."""
        return self._adherence is not None

    @property
    def num_passes(self) -> int:
        """Number of times that each real frame is looked at."""
        return 2 if self.measures else 0

    def begin(self) -> ClipAdherence | None:
        """Returns what follows a clip; None where nothing is measured."""
        if self._adherence is None:
            return None
        return ClipAdherence(self._adherence, self._detector)

    def finish(
        self, clip_id: str, clip: ClipAdherence | None, size: tuple[int, int]
    ) -> dict[str, dict[str, float]]:
        """Returns the numbers of a clip, and keeps what notes say of it.

        Args:
            clip_id: name of the clip.
            clip: what followed it.
            size: (height, width) of its frames.
        """
        if clip is None:
            return {}
        self._seen[clip_id] = (clip.num_counted, clip.num_frames)
        self._sizes.add(size)
        return clip.values()

    def measure(
        self, clip_id: str, real: np.ndarray, made: Mapping[str, np.ndarray]
    ) -> dict[str, dict[str, float]]:
        """Measures a clip that lies in memory.

        Args:
            clip_id: name of the clip.
            real: uint8 [T, H, W, 3], RGB.
            made: method to its frames, of that shape.

        Returns:
            Method to metrics, `x_floor` beside `x`; nothing where nothing is measured.
        """
        clip = self.begin()
        if clip is not None:
            for time, frame in enumerate(real):
                clip.add(frame, {name: frames[time] for name, frames in made.items()})
        return self.finish(clip_id, clip, (real.shape[1], real.shape[2]))

    def infos(self) -> dict[str, MetricInfo]:
        """Returns what tables note on each metric, by name."""
        if self._adherence is None:
            return {}
        return {
            one.name: MetricInfo(one.title, f"{one.note}; {_FLOOR_NOTE}")
            for one in self._adherence.metrics
        }

    def notes(self) -> tuple[str, ...]:
        """Returns sentences: what was left out, and where nothing was found."""
        if self._adherence is None or not self._seen:
            return self._notes
        counted, total = np.sum(list(self._seen.values()), axis=0)
        what = self._adherence.what
        empty = [name for name, (frames, _) in self._seen.items() if not frames]
        if not counted:
            sizes = " and ".join(f"{w}x{h}" for h, w in sorted(self._sizes))
            note = f"no {what} found in the real clips at {sizes}"
            return (*self._notes, f"{note}: adherence to conditions is not measured")
        note = (
            f"adherence is measured in {counted} of {total} frames, those whose real "
            f"frame shows {what}"
        )
        if empty:
            named = ", ".join(empty[:_NAMED]) + (", ..." if len(empty) > _NAMED else "")
            note += f"; none in {len(empty)} of {len(self._seen)} clips ({named})"
        return (*self._notes, note)

    def describe(self) -> dict[str, Any]:
        """Returns what found the conditions, for `metrics.json`."""
        if self._adherence is None:
            return {}
        if self._detector is None:
            return {"adherence": {"detector": "the task's own, without a network"}}
        files = self._detector.files()
        return {
            "adherence": {
                "detector": self._detector.name,
                "threshold": self._detector.threshold,
                "networks": ", ".join(
                    f"{one.path.name} (sha256 {one.sha256[:12]}, weights "
                    f"{one.licences.weights})"
                    for one in files
                ),
            }
        }


def _detector(
    adherence: Adherence | None, config: Config, options: AdherenceOptions
) -> Detector | None:
    if adherence is None:
        raise InputError(
            f"task {config.task} with these options has nothing that could be found "
            "again in frames"
        )
    if adherence.look is not None:
        if (options.detector, options.network) != (None, None):
            raise InputError(
                f"task {config.task} is found in frames without a network: leave "
                "--detector and --network out"
            )
        return None
    name = detector_name(config, options.detector)
    CutFinder()  # needs an extra: said before networks are read
    return DETECTORS.get(name)(DetectorOptions(options.network, None, config))
