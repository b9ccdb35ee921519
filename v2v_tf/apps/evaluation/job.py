"""One evaluation from its checks to its folder, whatever the methods."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from absl import logging
from tqdm import tqdm

from v2v_tf.apps.evaluation.gathering import Gathering, Summary
from v2v_tf.apps.evaluation.judges import JudgeOptions, Judges
from v2v_tf.apps.evaluation.output import COMPARISON_FILE, Output
from v2v_tf.apps.evaluation.tables import REAL
from v2v_tf.config import Config
from v2v_tf.data.clips import Clip
from v2v_tf.data.input.dataset import count_clips, read_clips
from v2v_tf.errors import InputError
from v2v_tf.inference.frames import Synthesized
from v2v_tf.storage.folders import making, require_replaceable

# From a whole clip to the frames of each method, all from the same first one on.
Methods = Callable[[Clip], Mapping[str, Synthesized]]


@dataclass(frozen=True)
class Job:
    """What is evaluated and where to.

    Attributes:
        run_dir: that keeps the segmentation network.
        data_dir: clip records.
        output: folder to write; None to measure alone.
        split: of the records.
        fps: of the videos.
        overwrite: replace a former result.
        others: further runs that are read.
    """

    run_dir: Path
    data_dir: Path
    output: Path | None
    split: str
    fps: float
    overwrite: bool
    others: tuple[Path, ...] = ()

    def check(self) -> None:
        """Raises InputError for an output folder or a rate that cannot be."""
        if not self.fps > 0:
            raise InputError(f"--fps must be above 0, got {self.fps}")
        if self.output is not None:
            require_replaceable(
                self.output,
                overwrite=self.overwrite,
                is_ours=lambda folder: (folder / COMPARISON_FILE).is_file(),
                what="result of evaluate or compare",
                option="--output",
                inputs=(self.run_dir, self.data_dir, *self.others),
            )

    def run(
        self,
        config: Config,
        start: int,
        methods: Methods,
        options: JudgeOptions,
        facts: Mapping[str, object],
        notes: Sequence[str] = (),
    ) -> Summary:
        """Makes and measures every clip; the folder appears when all is done.

        Args:
            config: that the clips are read by.
            start: first frame of a clip that the methods make.
            methods: what makes them.
            options: which networks look at them.
            facts: of the methods, for `metrics.json`.
            notes: what readers of the table are to know of the methods.

        Raises:
            InputError: records or networks that do not fit, clips too short.
        """
        clips = read_clips(self.data_dir, config, self.split)
        self._count_usable(start)
        judges = Judges.load(
            options, config, self.run_dir, self.data_dir, self.split, start
        )
        gathering = Gathering(judges, config, start, notes)
        if self.output is None:
            self._walk(clips, methods, gathering, None)
            return gathering.summary()
        final = self.output.resolve()
        with making(final) as working:
            output = Output(working, self.fps)
            self._walk(clips, methods, gathering, output)
            summary = gathering.summary()
            known = {
                "model": str(self.run_dir),
                "data": str(self.data_dir),
                "split": self.split,
                "first_frame": start,
            }
            title = f"Generated clips, split {self.split}"
            output.finish(summary, title, {**known, **facts})
        return summary

    def _walk(
        self,
        clips: Iterator[Clip],
        methods: Methods,
        gathering: Gathering,
        output: Output | None,
    ) -> None:
        start = gathering.start
        usable = (clip for clip in clips if len(clip) > start)
        total = count_clips(self.data_dir, self.split, start + 1)
        for clip in tqdm(usable, total=total, unit="clip", disable=None):
            results = methods(clip)
            gathering.add(clip, results)
            if output is not None:
                made = {name: result.fake_frames for name, result in results.items()}
                real = clip.require("frames")[start:]
                output.add(clip.clip_id, start, {REAL: real, **made})

    def _count_usable(self, start: int) -> None:
        """Refuses clips that are all too short; warns of those that are."""
        total = count_clips(self.data_dir, self.split)
        usable = count_clips(self.data_dir, self.split, start + 1)
        if not usable:
            raise InputError(
                f"{self.data_dir}: no clip of split '{self.split}' has the {start + 1} "
                "frames that it takes to measure one: prepare longer sequences"
            )
        if usable < total:
            logging.warning(
                "%s: %d of %d clips are shorter than %d frames and left out",
                *(self.data_dir, total - usable, total, start + 1),
            )
