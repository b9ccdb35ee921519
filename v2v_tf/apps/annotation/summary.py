"""Says how well conditions were found, to people and to programs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from v2v_tf import __version__
from v2v_tf.apps.annotation.smoothing import Smoothing
from v2v_tf.apps.annotation.writing import Shot
from v2v_tf.config import Config
from v2v_tf.detection.detector import Detector

if TYPE_CHECKING:
    from v2v_tf.apps.annotation.working import AnnotationOptions

ANNOTATIONS = "annotations.json"
# Share of the frames below which something is probably wrong.
_FEW = 0.5


@dataclass(frozen=True)
class SequenceSummary:
    """Says what was found in one sequence of a source.

    Attributes:
        name: name of the sequence.
        fps: frames per second, as a fraction.
        num_frames: number of its frames.
        num_left_out: frames that are damaged, or of shots that show nobody.
        num_found: frames in which the person was found.
        most_people: people that one frame shows at most.
        shots: name of each sequence that was written to its number of frames.
        gaps: frames of each gap between two frames in which the person was found.
    """

    name: str
    fps: str
    num_frames: int
    num_left_out: int
    num_found: int
    most_people: int
    shots: dict[str, int]
    gaps: tuple[int, ...]

    @classmethod
    def of(
        cls,
        name: str,
        shots: Sequence[Shot],
        seen: Sequence[np.ndarray],
        fps: Fraction,
        num_frames: int,
        most: int,
    ) -> SequenceSummary:
        """Counts what shots show.

        Args:
            name: name of the sequence.
            shots: its shots.
            seen: which frames of each shot show what was followed, bool [T].
            fps: its frames per second.
            num_frames: number of its frames.
            most: people that one frame shows at most.
        """
        return cls(
            name,
            str(fps),
            num_frames,
            num_frames - sum(len(shot.names) for shot in shots),
            int(sum(one.sum() for one in seen)),
            most,
            {shot.name: len(shot.names) for shot in shots},
            tuple(gap for one in seen for gap in _gaps(one)),
        )

    def lines(self, max_gap: int | None, min_frames: int) -> Iterator[str]:
        """Yields what a user should read.

        Args:
            max_gap: longest gap in frames that `prepare` will bridge; None for
                conditions that are zeros in gaps.
            min_frames: least number of frames of a clip.
        """
        said = f"found in {self.num_found} of {self.num_frames} frames"
        said += "".join(self._of_gaps(max_gap))
        if len(self.shots) > 1:
            said += f"; {len(self.shots)} shots"
        if self.num_left_out:
            said += (
                f"; left out {self.num_left_out} frames that are damaged, or of shots "
                "that show nobody"
            )
        yield f"{self.name}: {said}"
        if self.num_found < _FEW * self.num_frames:
            yield (
                f"{self.name}: that is less than half of the frames: look at the "
                "preview before training, and choose another video or detector where "
                "the picture shows more"
            )
        short = [name for name, count in self.shots.items() if count < min_frames]
        if short:
            yield (
                f"{self.name}: too short for a clip, which has {min_frames} frames "
                f"(data.min_frames), and will be put aside: {', '.join(short)}"
            )
        if self.most_people > 1:
            yield (
                f"{self.name}: up to {self.most_people} people in one frame: look at "
                "the preview, and choose another by --person where it is the wrong one"
            )

    def _of_gaps(self, max_gap: int | None) -> Iterator[str]:
        if max_gap is None:
            empty = sum(self.shots.values()) - self.num_found
            if empty:
                yield f", the conditions of {empty} others are empty"
            return
        bridged = [gap for gap in self.gaps if gap <= max_gap]
        if bridged:
            yield f", {sum(bridged)} to be bridged"
        longer = len(self.gaps) - len(bridged)
        if longer:
            yield f", cut at {longer} gaps longer than data.max_gap={max_gap}"


def write_summary(
    folder: Path,
    config: Config,
    detector: Detector,
    options: AnnotationOptions,
    smoothing: Smoothing,
    summaries: Sequence[SequenceSummary],
) -> None:
    """Writes `annotations.json`.

    Args:
        folder: folder of the result.
        config: configuration with the task.
        detector: what found it.
        options: what was asked for.
        smoothing: over time.
        summaries: what was found.
    """
    person = asdict(options.person)
    values = {
        "tool": "v2v-tf annotate",
        "version": __version__,
        "task": config.task,
        "detector": detector.name,
        "threshold": detector.threshold,
        "settings": detector.facts(),
        "networks": [
            {
                "file": one.path.name,
                "sha256": one.sha256,
                "package": one.package or None,
                "licences": asdict(one.licences),
            }
            for one in detector.files()
        ],
        "person": person,
        "smooth": str(smoothing),
        "sequences": [asdict(one) for one in summaries],
    }
    text = json.dumps(values, indent=1)
    (folder / ANNOTATIONS).write_text(text, encoding="utf-8")


def _gaps(seen: np.ndarray) -> list[int]:
    """Returns the lengths of the gaps between frames that show somebody."""
    steps = np.diff(np.flatnonzero(seen))
    return [int(step) - 1 for step in steps if step > 1]
