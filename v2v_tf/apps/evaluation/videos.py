"""Measures videos that any tool made beside real ones; no model is needed."""

from __future__ import annotations

import contextlib
import itertools
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from v2v_tf.apps.evaluation.adherence import AdherenceMeasure, AdherenceOptions
from v2v_tf.apps.evaluation.clip_features import FeatureNetworks, NetworkOptions
from v2v_tf.apps.evaluation.distances import set_distances, size_notes
from v2v_tf.apps.evaluation.gathering import Summary
from v2v_tf.apps.evaluation.networks import InceptionFeatures, VideoNetwork
from v2v_tf.apps.evaluation.output import COMPARISON_FILE, Output
from v2v_tf.apps.evaluation.tables import REAL
from v2v_tf.apps.evaluation.video_metrics import VideoMetrics
from v2v_tf.apps.evaluation.video_pairs import VideoPair, pair_videos
from v2v_tf.apps.evaluation.window_features import WindowFeatures
from v2v_tf.config import Config, load_config
from v2v_tf.errors import InputError
from v2v_tf.inference.job import Destination, Job
from v2v_tf.metrics.summary import mean_of

GENERATED = "generated"
_LOG_INTERVAL = 30.0  # seconds between lines of a log; a terminal has a moving bar
_TITLE = "Generated videos beside real ones"


@dataclass(frozen=True)
class VideoFolders:
    """Says where the videos lie.

    Attributes:
        videos: generated videos, see `pair_videos`.
        real: real videos.
        task: task whose conditions are found again; None for no such metrics.
    """

    videos: str | Path
    real: str | Path
    task: str | None = None


def evaluate_videos(
    folders: VideoFolders,
    destination: Destination | None = None,
    networks: NetworkOptions | None = None,
    adherence: AdherenceOptions | None = None,
    *,
    say: Callable[[str], None] = lambda line: None,
) -> Summary:
    """Measures generated videos beside real ones of the same names.

    Args:
        folders: the videos, and the task whose conditions are found again in them.
        destination: folder of videos and numbers; None to measure alone.
        networks: networks of Fréchet distances; a segmentation network is not used.
        adherence: detector and its networks; None for that of the task.
        say: is given each line that a user should read before the work begins.

    Returns:
        The numbers of the method `generated`; `clips` has them by pair.

    Raises:
        InputError: videos that cannot be paired or read, a task or a network that is
            missing, a used output folder.
    """
    job = None
    if destination is not None:
        inputs = (folders.videos, folders.real)
        job = Job("result of evaluate", (COMPARISON_FILE,), destination, inputs)
        job.check()
    config = load_config(
        None, () if folders.task is None else (f"task={folders.task}",)
    )
    measure = _adherence(config, folders.task, adherence or AdherenceOptions())
    feature_networks = _networks(networks or NetworkOptions())
    lines: list[str] = []
    pairs = pair_videos(folders.videos, folders.real, lines.append)
    for line in lines:
        say(line)
    gathering = _Gathering(config, feature_networks, measure, tuple(lines))
    if job is None:
        _run(pairs, gathering, None, None)
        return gathering.summary()
    with job.making() as working:
        output = Output(working)
        _run(pairs, gathering, output, job.destination)
        summary = gathering.summary()
        facts = {
            "videos": str(folders.videos),
            "real": str(folders.real),
            "task": folders.task,
            "first_frame": 0,
        }
        output.finish(summary, _TITLE, facts)
    return summary


class _Gathering:
    """Keeps the numbers of all pairs."""

    def __init__(
        self,
        config: Config,
        networks: FeatureNetworks,
        adherence: AdherenceMeasure,
        notes: tuple[str, ...],
    ) -> None:
        self.config = config
        self.networks = networks
        self.adherence = adherence
        self._notes = notes
        self._clips: dict[str, dict[str, dict[str, float]]] = {}
        self._features: dict[str, dict[str, list[np.ndarray]]] = {
            REAL: defaultdict(list),
            GENERATED: defaultdict(list),
        }

    def measure(
        self,
        pair: VideoPair,
        frames: Iterator[tuple[np.ndarray, np.ndarray]],
        append: Callable[[dict[str, np.ndarray]], None] | None,
    ) -> None:
        """Measures one pair, whose frames are read once, and gives them on."""
        metrics, follower = VideoMetrics(self.config), self.adherence.begin()
        features = {name: WindowFeatures(self.networks) for name in self._features}
        for frame, real in frames:
            metrics.add(frame, real)
            if follower is not None:
                follower.add(real, {GENERATED: frame})
            features[GENERATED].add(frame)
            features[REAL].add(real)
            if append is not None:
                append({REAL: real, GENERATED: frame})
        followed = self.adherence.finish(pair.name, follower, pair.size)
        self._clips[pair.name] = {
            GENERATED: metrics.values() | followed.get(GENERATED, {})
        }
        for name, one in features.items():
            for kind, rows in one.features().items():
                self._features[name][kind].append(rows)

    def summary(self) -> Summary:
        """Returns the means over pairs, and the distances between all of them."""
        clips = [clip[GENERATED] for clip in self._clips.values()]
        real, generated = self._features[REAL], self._features[GENERATED]
        mean = mean_of(clips) | set_distances(real, generated)
        count = sum(int(clip["num_frames"]) for clip in clips)
        preset = self.config.data.flow_preset
        notes = (
            f"pairs of videos: {len(clips)}, with {count} frames in all",
            f"the flow is estimated on the real videos (DIS, {preset})",
            *self._notes,
            *self.adherence.notes(),
            *size_notes(real),
        )
        networks = self.networks.describe() | self.adherence.describe()
        return Summary(
            {GENERATED: mean}, self._clips, notes, networks, self.adherence.infos()
        )


def _run(
    pairs: list[VideoPair],
    gathering: _Gathering,
    output: Output | None,
    destination: Destination | None,
) -> None:
    every = ((pair, frames) for pair in pairs for frames in pair.frames())
    total = sum(pair.num_frames for pair in pairs)
    interval = 0.5 if sys.stderr.isatty() else _LOG_INTERVAL
    bar = tqdm(every, "measure", total, unit="frame", mininterval=interval)
    for _, group in itertools.groupby(bar, key=lambda item: item[0].name):
        first = next(group)
        pair = first[0]
        frames = (item[1] for item in itertools.chain([first], group))
        with contextlib.ExitStack() as stack:
            append = None
            if output is not None and destination is not None:
                known = pair.generated.fps() or pair.real.fps()
                rate = destination.rate(None if known is None else float(known))
                name, length = pair.name.replace("/", "_"), pair.num_frames
                writing = output.clip(name, 0, (REAL, GENERATED), length, rate)
                append = stack.enter_context(writing)
            gathering.measure(pair, frames, append)


def _adherence(
    config: Config, task: str | None, options: AdherenceOptions
) -> AdherenceMeasure:
    if task is not None:
        needed = AdherenceOptions(options.detector, options.network, is_needed=True)
        return AdherenceMeasure.load(config, needed)
    if (options.detector, options.network) != (None, None):
        raise InputError(
            "--detector and --network find what a task reads: name the task by --task"
        )
    return AdherenceMeasure(
        notes=("no --task was named, so nothing says how closely conditions are kept",)
    )


def _networks(options: NetworkOptions) -> FeatureNetworks:
    if options.segmenter is not None:
        raise InputError(
            "--segmenter reads labels, which videos have not: leave it out"
        )
    return FeatureNetworks(
        inception=None
        if options.inception is None
        else InceptionFeatures(options.inception),
        video=None
        if options.video_network is None
        else VideoNetwork(options.video_network),
    )
