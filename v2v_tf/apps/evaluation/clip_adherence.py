"""Finds conditions again in generated and in real frames, and compares them.

A real clip is looked at twice, once mirrored: how far both differ is the floor below
which nothing can be told by this detector.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import numpy as np

from v2v_tf.apps.annotation.findings import Found
from v2v_tf.apps.annotation.following import Follower, PersonChoice, same_person
from v2v_tf.apps.annotation.shots import CutFinder
from v2v_tf.apps.evaluation.distances import FLOOR
from v2v_tf.detection.detector import Detection, Detector
from v2v_tf.tasks.adherence import Adherence

_REAL, _MIRRORED = "", "mirrored"  # of the real clip; methods have names of their own


class ClipAdherence:
    """Follows one clip and what methods made of it, frame by frame.

    Args:
        adherence: comparison of the task.
        detector: what finds conditions; None where the task looks for itself.
    """

    def __init__(self, adherence: Adherence, detector: Detector | None) -> None:
        self._adherence = adherence
        self._detector = detector
        self._cuts = None if detector is None else CutFinder()
        self._follower = Follower(PersonChoice())
        self._before: dict[str, list[Detection]] = {}
        self._sums: dict[str, dict[str, list[float]]] = {}
        self.num_frames = 0
        self.num_counted = 0

    def add(self, real: np.ndarray, generated: Mapping[str, np.ndarray]) -> None:
        """Looks at the next frame.

        Args:
            real: uint8 [H, W, 3], RGB.
            generated: method to its frame, of the same size.
        """
        begins = self._cuts is not None and self._cuts.begins_shot(real)
        if begins:
            self._before.clear()
            self._follower = Follower(PersonChoice())
        person = self._follower.step(self._people(_REAL, real))
        mirrored = np.ascontiguousarray(real[:, ::-1])
        again = [
            self._mirrored(one, real.shape[1])
            for one in self._people(_MIRRORED, mirrored)
        ]
        values = {_REAL: self._compare(person, again)}
        for method, frame in generated.items():
            values[method] = self._compare(person, self._people(method, frame))
        self.num_frames += 1
        self.num_counted += any(values.values())
        for name, numbers in values.items():
            sums = self._sums.setdefault(name, defaultdict(list))
            for metric, value in numbers.items():
                sums[metric].append(value)

    def values(self) -> dict[str, dict[str, float]]:
        """Returns method to metrics: means over frames, `x_floor` beside `x`."""
        means = {
            name: {metric: float(np.mean(numbers)) for metric, numbers in sums.items()}
            for name, sums in self._sums.items()
        }
        floor = means.pop(_REAL, {})
        floors = {f"{metric}{FLOOR}": value for metric, value in floor.items()}
        return {method: {**found, **floors} for method, found in means.items()}

    def _people(self, video: str, frame: np.ndarray) -> list[Found]:
        """Returns everybody in the next frame of a video."""
        if self._detector is None:
            assert self._adherence.look is not None
            height, width = frame.shape[:2]
            picture = self._adherence.look(frame)
            return [Found((0.0, 0.0, float(width), float(height)), 1.0, picture)]
        found = self._detector.detect(frame, self._before.get(video, ()))
        self._before[video] = found
        return [Found(one.box, one.score, one.value) for one in found]

    def _mirrored(self, one: Found, width: int) -> Found:
        left, top, right, bottom = one.box
        box = (width - 1 - right, top, width - 1 - left, bottom)
        return Found(box, one.score, self._adherence.mirror(one.value, width))

    def _compare(self, person: Found | None, people: list[Found]) -> dict[str, float]:
        if person is None:
            same = max(people, key=lambda one: one.area, default=None)
        else:
            same = same_person(person, people)
        found = None if same is None else same.value
        return dict(
            self._adherence.compare(found, None if person is None else person.value)
        )
