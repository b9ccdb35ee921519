"""What `prepare` made of a source."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from v2v_tf.data.sources.base import BadClip


@dataclass(frozen=True)
class PrepareSummary:
    """Says what `prepare` did.

    Attributes:
        output: folder of the records.
        num_clips: records per split.
        num_frames: frames per split.
        bad: clips put aside, as in `quarantine.jsonl`.
        max_bad_fraction: the share of bad clips that is still accepted.
        doubts: what training would likely suffer from, see `Task.doubts`; in
            `quarantine.jsonl` too.
    """

    output: Path
    num_clips: dict[str, int]
    num_frames: dict[str, int]
    bad: tuple[BadClip, ...]
    max_bad_fraction: float
    doubts: tuple[str, ...] = ()

    @property
    def lost(self) -> tuple[BadClip, ...]:
        """Returns the entries that cost frames."""
        return tuple(one for one in self.bad if one.num_frames != 0)

    @property
    def notes(self) -> tuple[BadClip, ...]:
        """Returns the entries that cost none, but that people should know of."""
        return tuple(one for one in self.bad if one.num_frames == 0)

    @property
    def bad_fraction(self) -> float:
        """Share of the frames that was put aside.

        Where frames could not be counted, as of a file that is no video, they are taken
        for as many as a clip has in the mean.
        """
        used, num_clips = sum(self.num_frames.values()), sum(self.num_clips.values())
        per_clip = used / num_clips if num_clips else 1.0
        lost = sum(
            per_clip if one.num_frames is None else one.num_frames for one in self.bad
        )
        return lost / max(lost + used, 1.0)

    @property
    def accepted(self) -> bool:
        """Returns whether there are records and few enough clips are bad."""
        has_records = sum(self.num_clips.values()) > 0
        return has_records and self.bad_fraction <= self.max_bad_fraction
