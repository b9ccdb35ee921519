"""Measures the clips that methods make, and writes them into a folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from v2v_tf.apps.evaluation.adherence import AdherenceMeasure, AdherenceOptions
from v2v_tf.apps.evaluation.clip_features import FeatureNetworks, NetworkOptions
from v2v_tf.apps.evaluation.gathering import Gathering, Summary
from v2v_tf.apps.evaluation.output import COMPARISON_FILE, Output
from v2v_tf.apps.evaluation.tables import REAL
from v2v_tf.config import Config
from v2v_tf.data.clips import Clip
from v2v_tf.inference.frames import Synthesized
from v2v_tf.inference.job import ClipSelection, Destination, Job


@dataclass(frozen=True)
class Methods:
    """Says what is compared on every clip.

    Attributes:
        make: function from a whole clip to the frames of each method, all from frame
            `start` on.
        start: first frame of a clip that the methods make.
        facts: entries of `metrics.json` on the methods, beside their numbers.
        notes: sentences that readers of the table need about the methods.
    """

    make: Callable[[Clip], Mapping[str, Synthesized]]
    start: int
    facts: Mapping[str, object]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Evaluation:
    """Says what is evaluated, and where the result goes.

    Attributes:
        run_dir: run that keeps the segmentation network.
        clips: clips to measure.
        destination: folder of videos and numbers; None to measure alone.
        networks: networks that read features and labels.
        others: further runs that are read.
        adherence: what finds conditions again in frames.
    """

    run_dir: Path
    clips: ClipSelection
    destination: Destination | None
    networks: NetworkOptions
    others: tuple[Path, ...] = ()
    adherence: AdherenceOptions = field(default_factory=AdherenceOptions)

    @property
    def job(self) -> Job | None:
        """Returns the folder to write; None to measure alone."""
        if self.destination is None:
            return None
        return Job(
            "result of evaluate or compare",
            (COMPARISON_FILE,),
            self.destination,
            (self.run_dir, self.clips.data_dir, *self.others),
        )

    def check(self) -> None:
        """Raises InputError for a folder or a rate that cannot be."""
        if self.job is not None:
            self.job.check()

    def run(self, config: Config, methods: Methods) -> Summary:
        """Makes and measures every clip; the folder appears when all is done.

        Args:
            config: configuration that the clips are read by.
            methods: methods that make the clips.

        Raises:
            InputError: records or networks that do not fit, clips that are too short.
        """
        start, job = methods.start, self.job
        clips = self.clips.read(
            config,
            start + 1,
            "it takes to measure one: prepare longer sequences",
        )
        networks = FeatureNetworks.load(
            self.networks, config, self.run_dir, self.clips, start
        )
        adherence = AdherenceMeasure.load(config, self.adherence)
        gathering = Gathering(networks, config, start, methods.notes, adherence)
        if job is None:
            for clip in clips:
                gathering.add(clip, methods.make(clip))
            return gathering.summary()
        with job.making() as working:
            output = Output(working)
            for clip in clips:
                results = methods.make(clip)
                gathering.add(clip, results)
                made = {name: result.fake_frames for name, result in results.items()}
                real = clip.after(start).require("frames")
                rate = job.destination.rate(clip.fps)
                output.add(clip.clip_id, start, {REAL: real, **made}, rate)
            summary = gathering.summary()
            facts = {
                "model": str(self.run_dir),
                "data": str(self.clips.data_dir),
                "split": self.clips.split,
                "first_frame": start,
                **methods.facts,
            }
            title = f"Generated clips, split {self.clips.split}"
            output.finish(summary, title, facts)
        return summary
