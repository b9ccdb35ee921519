"""What a video holds: where it is damaged or lacks frames, and what it promises."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Sequence as ListOf
from pathlib import Path

from v2v_tf.data.sources.base import BadClip, Contents
from v2v_tf.data.sources.pairing import cut_runs
from v2v_tf.data.sources.video_decoding import decode
from v2v_tf.data.sources.video_ending import breaks_off
from v2v_tf.data.sources.video_file import VideoFacts, video_facts
from v2v_tf.data.sources.video_journal import Journal
from v2v_tf.data.sources.video_times import late_frames, uneven_steps, usual_step
from v2v_tf.errors import InputError

_UNREAD = "the decoder could not read all of this frame"
_CUT_SHORT = "it is damaged, or was not copied whole"
# What a file says of its length is rounded, and may count sound that is longer.
_SHORTER_SECONDS = 0.5
_SHORTER_SHARE = 0.05


def video_contents(path: Path, name: str) -> Contents:
    """Decodes a video and says what it holds, cut where frames are damaged or missing.

    Args:
        path: path of the file.
        name: name of the sequence.

    Raises:
        InputError: it is no video, or nothing of it can be decoded.
    """
    return _Survey(path, name).contents()


class _Survey:
    """One pass through a video, and what is told of it."""

    def __init__(self, path: Path, name: str) -> None:
        self._path = path
        self._name = name
        self._journal = Journal()
        self._times: list[float | None] = []
        self._orders: list[int] = []
        self._interlaced = False

    def contents(self) -> Contents:
        for frame in decode(self._path, self._journal):
            self._times.append(frame.time)
            self._orders.append(frame.order)
            self._interlaced |= frame.interlaced
        if not self._times:
            raise InputError(f"{self._path}: no frame in it can be decoded")
        suspects = self._journal.suspects()
        damaged = [i for i, order in enumerate(self._orders) if order in suspects]
        gaps = sorted({*late_frames(self._times), *self._journal.gaps(self._orders)})
        return Contents(
            len(self._times),
            cut_runs(len(self._times), gaps, damaged),
            (*self._damage(damaged), *self._gaps(gaps), *self._whole()),
            gaps=tuple(gaps),
            damaged=tuple(damaged),
        )

    def _damage(self, damaged: ListOf[int]) -> Iterator[BadClip]:
        for run in _consecutive(damaged):
            if self._journal.intra or len(run) == 1:
                yield from (self._problem(index, _UNREAD, 1) for index in run)
                continue
            after = f"{len(run) - 1} {'frame' if len(run) == 2 else 'frames'}"
            ends = run.stop == len(self._times)
            until = "the end" if ends else "the next keyframe"
            reason = f"{_UNREAD} and {after} after it, up to {until}"
            yield self._problem(run.start, reason, len(run))

    def _gaps(self, gaps: ListOf[int]) -> Iterator[BadClip]:
        for index in gaps:
            time = self._times[index]
            at = "" if time is None else f", at {time:.2f} s"
            yield BadClip.gap(*self._place(index), f"before this one{at}")

    def _whole(self) -> Iterator[BadClip]:
        """Tells what concerns the whole file."""
        facts = video_facts(self._path)
        missing = self._journal.missing_at_start(self._orders)
        if missing:
            first = self._times[0]
            at = "" if first is None else f", at {first:.2f} s"
            what = "first frame" if missing == 1 else f"first {missing} frames"
            reason = f"the {what} cannot be decoded: the video begins later{at}"
            yield self._problem(0, reason)
        yield from self._promises(facts)
        if self._interlaced:
            yield self._problem(
                0,
                "interlaced: each frame holds two moments, seen as combs where "
                "things move; deinterlace it first (ffmpeg -vf yadif)",
            )
        uneven = uneven_steps(self._times)
        if uneven:
            yield self._problem(
                0,
                f"variable frame rate: frames are shown for {uneven[0]:.3f} to "
                f"{uneven[1]:.3f} s; records keep one rate, {float(facts.fps):.4g} "
                "frames a second",
            )

    def _promises(self, facts: VideoFacts) -> Iterator[BadClip]:
        """Compares what the file promises with what came."""
        came, last = len(self._times), len(self._times) - 1
        if facts.num_frames is not None and facts.num_frames > came:
            reason = (
                f"the file promises {facts.num_frames} frames, {came} could be "
                f"decoded: {_CUT_SHORT}"
            )
            yield self._problem(last, reason, facts.num_frames - came)
            return
        times = [time for time in self._times if time is not None]
        ends = max(times, default=0.0) + usual_step(self._times)
        promised = ends if facts.seconds is None or not times else facts.seconds
        if promised - ends > max(_SHORTER_SECONDS, _SHORTER_SHARE * promised):
            reason = (
                f"the file says that it lasts {promised:.2f} s, its last frame "
                f"ends at {ends:.2f} s: {_CUT_SHORT}"
            )
            yield self._problem(last, reason)
        elif breaks_off(self._path):
            reason = "the file breaks off before its end: it was not copied whole"
            yield self._problem(last, reason)

    def _problem(self, index: int, reason: str, num_frames: int = 0) -> BadClip:
        return BadClip(*self._place(index), reason, num_frames)

    def _place(self, index: int) -> tuple[str, str]:
        return str(self._path), f"{self._name}@{index:06d}"


def _consecutive(indices: ListOf[int]) -> list[range]:
    """Returns the runs of numbers that follow each other."""
    runs: list[range] = []
    for index in indices:
        if runs and runs[-1].stop == index:
            runs[-1] = range(runs[-1].start, index + 1)
        else:
            runs.append(range(index, index + 1))
    return runs
