"""`v2v-tf generate --source`: videos from conditions as they lie on disk."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from absl import logging

from v2v_tf.apps.generation.facts import read_facts
from v2v_tf.apps.generation.frames import Beginning, generate_frames
from v2v_tf.apps.generation.identity import Identity, identity, require_same
from v2v_tf.apps.generation.notices import announced, network_sizes, say_problems
from v2v_tf.apps.generation.recording import FRAMES_FILE, Forms, Recording, has_states
from v2v_tf.apps.generation.stepper import Stepper
from v2v_tf.apps.generation.steppers import load_stepper
from v2v_tf.config import Config
from v2v_tf.data.input.stream import (
    Sizes,
    SourcePicture,
    draw_pictures,
    find_sequence,
)
from v2v_tf.data.sources.base import BadClip, Sequence
from v2v_tf.data.sources.finding import list_sequences
from v2v_tf.errors import InputError
from v2v_tf.inference.job import with_progress
from v2v_tf.inference.memory import advice_for_source, last_words_for_source
from v2v_tf.inference.style_choice import StyleChoice
from v2v_tf.memory.exhaustion import explaining
from v2v_tf.memory.last_words import LastWords
from v2v_tf.storage.folders import require_replaceable, swap_in
from v2v_tf.tasks.registry import task_of

METRICS_FILE = "metrics.json"
_JOB_FILE = "job.json"
# Of folders of frames, which say nothing of time.
DEFAULT_FPS = Fraction(25)
_MEASURED = ("psnr", "ssim")


@dataclass(frozen=True)
class Wishes:
    """Holds what a user may ask of a generation besides its source.

    Attributes:
        first_frames: what videos begin with; None for the default of the model.
        style: appearance, of a model with styles; None for that of the first frames.
        sizes: sizes of source and network; None for those that follow.
        sequence: name of the one sequence to generate; None for all.
        max_gap: see `data.max_gap`; None for that of the model's configuration.
        label_map: table of the source's label ids or colours, as `--label-map` takes
            it; None for that of the model's configuration.
        fps: frames a second, above 0, also in place of the times of a video, whose
            sound is then left out; None for the source's own.
        audio: whether the sound of a source video is taken along.
        forms: what is written.

    Example:
        ```python
        >>> from v2v_tf.apps.generation.frames import parse_beginning
        >>> wishes = Wishes(parse_beginning("zeros"), fps=24.0)
        >>> str(wishes.first_frames), wishes.audio
        ('nothing: the model was trained to begin so', True)

        ```
    """

    first_frames: Beginning | None = None
    style: StyleChoice | None = None
    sizes: Sizes = field(default_factory=Sizes)
    sequence: str | None = None
    max_gap: int | None = None
    label_map: str | None = None
    fps: float | None = None
    audio: bool = True
    forms: Forms = field(default_factory=Forms)

    @property
    def look(self) -> StyleChoice | None:
        """The style, read by the same table of labels as the source."""
        if self.style is None or self.style.label_map is not None:
            return self.style
        return dataclasses.replace(self.style, label_map=self.label_map)

    def files(self) -> list[Path]:
        """Returns the files that are named, which no output may replace."""
        named = [
            None if self.first_frames is None else self.first_frames.image,
            None if self.style is None else self.style.image,
            Path(self.label_map) if self.label_map else None,
        ]
        return [path for path in named if path is not None and path.is_file()]


@dataclass(frozen=True)
class GeneratedVideo:
    """What became of one sequence.

    Attributes:
        name: of the sequence.
        folder: of its frames and video.
        num_frames: frames of the video.
        num_held: frames that repeat the one before, because points show nobody.
        num_measured: generated frames that have a real one to be measured by.
        metrics: means over those, by name; empty without any.
    """

    name: str
    folder: Path
    num_frames: int
    num_held: int
    num_measured: int
    metrics: dict[str, float]


def generate_source(
    model: str | Path,
    source: str | Path,
    output: str | Path,
    *,
    wishes: Wishes = Wishes(),
    precision: str | None = None,
    overwrite: bool = False,
    resume: bool = False,
    say: Callable[[str], None] = lambda line: None,
) -> list[GeneratedVideo]:
    """Generates a video for every sequence of a source.

    Args:
        model: run folder, or an export.
        source: folders of conditions, with or without frames, or videos.
        output: folder to write; a folder a sequence. It appears when all are done.
        wishes: what else is asked for.
        precision: policy to compute in, of a run; None for its own.
        overwrite: replace an earlier result, or begin an interrupted one anew.
        resume: go on with an interrupted one.
        say: is given a line on sizes and first frames of each video.

    Returns:
        Each video, in the order of the source.

    Raises:
        InputError: a model, source or output that cannot be used, or first frames that
            the model never began with; before any work where that can be known.

    Example:
        ```python
        >>> videos = generate_source("runs/toy", "clips", "results/from_clips")
        >>> videos[0].name, videos[0].num_frames, videos[0].num_measured
        ('toy_0000', 8, 6)

        ```
    """
    output = Path(output).resolve()
    _check_output(output, [Path(model), Path(source), *wishes.files()], overwrite)
    working = output.with_name(f".{output.name}.partial")
    stepper = load_stepper(model, precision)
    config = configured(stepper.config, wishes)
    sequences = _sequences(source, config, wishes.sequence)
    now = _identity(model, sequences, wishes, config, precision)
    _open_working(working, now, overwrite, resume)
    try:
        words = last_words_for_source(advice_for_source(config, ()))
        with LastWords(words) as last_words:
            done = [
                _generate(stepper, sequence, config, working, wishes, last_words, say)
                for sequence in sequences
            ]
    finally:
        # What has nothing to go on from is not kept.
        if not any(working.glob(f"*/{FRAMES_FILE}")) and not has_states(working):
            shutil.rmtree(working)
    _write_metrics(working / METRICS_FILE, done)
    (working / _JOB_FILE).unlink()
    swap_in(working, output)
    return [dataclasses.replace(v, folder=output / v.folder.name) for v in done]


def _check_output(output: Path, inputs: list[Path], overwrite: bool) -> None:
    require_replaceable(
        output,
        overwrite=overwrite,
        is_ours=lambda folder: (folder / METRICS_FILE).is_file(),
        what="result of generate",
        option="--output",
        inputs=inputs,
    )


def configured(config: Config, wishes: Wishes) -> Config:
    """Returns the configuration by which a source is read."""
    if wishes.label_map is not None:
        config = task_of(config).with_label_map(config, wishes.label_map)
    if wishes.max_gap is None:
        return config
    data = dataclasses.replace(config.data, max_gap=wishes.max_gap)
    return dataclasses.replace(config, data=data)


def _sequences(
    source: str | Path, config: Config, wanted: str | None
) -> list[Sequence]:
    if wanted is not None:
        return [find_sequence(source, config, wanted)]
    found = list(list_sequences(source, config, need_frames=False))
    usable = [one for one in found if isinstance(one, Sequence)]
    for one in found:
        if isinstance(one, BadClip):
            logging.warning("%s: left out, %s", one.path, one.reason)
    if not usable:
        raise InputError(f"{source} holds no sequence that can be used")
    return usable


def _identity(
    model: str | Path,
    sequences: list[Sequence],
    wishes: Wishes,
    config: Config,
    precision: str | None,
) -> Identity:
    """Returns what must be the same to go on: model, source and wishes."""
    # Of a table of labels the rows count, not where its file lies.
    options = {
        "wishes": dataclasses.replace(wishes, label_map=None, style=wishes.look),
        "conditions": config.task_options,
        "precision": precision,
    }
    return identity(model, sequences, options)


def _open_working(working: Path, now: Identity, overwrite: bool, resume: bool) -> None:
    job = working / _JOB_FILE
    if working.exists() and overwrite and not resume:
        shutil.rmtree(working)
    if not working.exists():
        working.mkdir(parents=True)
        job.write_text(json.dumps({"identity": now}, indent=1), encoding="utf-8")
        return
    if not resume:
        raise InputError(
            f"{working} holds an interrupted generation: go on with --resume, or begin "
            "anew with --overwrite"
        )
    before = json.loads(job.read_text("utf-8")) if job.is_file() else {}
    begun = before.get("identity")
    require_same(begun if isinstance(begun, dict) else {}, now, working)


def _generate(
    stepper: Stepper,
    sequence: Sequence,
    config: Config,
    working: Path,
    wishes: Wishes,
    last_words: LastWords,
    say: Callable[[str], None],
) -> GeneratedVideo:
    folder = working / sequence.name.replace("/", "_")
    fps = Fraction(wishes.fps) if wishes.fps else sequence.fps() or DEFAULT_FPS
    # At another rate the pictures would run away from the sound.
    keeps_sound = wishes.audio and not wishes.fps and sequence.has_audio()
    sound = Path(sequence.path) if keeps_sound else None
    if not (folder / FRAMES_FILE).is_file():
        contents = sequence.contents()
        say_problems(sequence.name, contents, say)
        # What is kept of it does not grow with the sequence.
        contents = dataclasses.replace(contents, names=(), problems=())
        recording = Recording(
            folder,
            fps.limit_denominator(1 << 16),
            wishes.forms,
            sound,
            keeps_times=not wishes.fps,
            marks={
                "after_gap": frozenset(contents.gaps),
                "damaged": frozenset(contents.damaged),
            },
        )
        pictures = draw_pictures(sequence, config, wishes.sizes)
        trained = network_sizes(stepper.trained_sizes, config)
        advice = [advice_for_source(config, ())]
        pictures = _advised(pictures, config, advice, last_words)
        pictures = announced(pictures, sequence.name, trained, say)
        made = generate_frames(
            stepper, pictures, wishes.first_frames, wishes.look, recording.progress
        )
        begun = recording.progress.num_frames
        frames = recording.write(made)
        with explaining(lambda: advice[-1]):
            for frame in with_progress(frames, contents.num_frames, "frame", begun):
                if not frame.index:
                    say(f"{sequence.name}: begins with {recording.progress.beginning}")
    return _summary(sequence.name, folder)


def _advised(
    pictures: Iterator[SourcePicture],
    config: Config,
    advice: list[str],
    last_words: LastWords,
) -> Iterator[SourcePicture]:
    """Gives pictures on; at the first, whose size says it, what would save memory."""
    known = False
    for picture in pictures:
        if picture.drawn is not None and not known:
            known = True
            advice.append(advice_for_source(config, picture.drawn.planes.shape[:2]))
            last_words.say(last_words_for_source(advice[-1]))
        yield picture


def _summary(name: str, folder: Path) -> GeneratedVideo:
    """Reads what a finished video says of its frames."""
    counts: Counter[str] = Counter()
    sums: Counter[str] = Counter()
    for frame in read_facts(folder / FRAMES_FILE):
        counts["frames"] += 1
        counts[frame["origin"]] += 1
        for key in _MEASURED:
            if key in frame:
                counts[key] += 1
                sums[key] += frame[key]
    return GeneratedVideo(
        name,
        folder,
        counts["frames"],
        counts["held"],
        counts[_MEASURED[0]],
        {key: sums[key] / counts[key] for key in _MEASURED if counts[key]},
    )


def _write_metrics(path: Path, videos: list[GeneratedVideo]) -> None:
    values = {
        video.name: {
            "num_frames": video.num_frames,
            "num_held": video.num_held,
            "num_measured": video.num_measured,
            **video.metrics,
        }
        for video in videos
    }
    path.write_text(json.dumps(values, indent=1), encoding="utf-8")
