"""`v2v-tf generate --source`: videos from conditions as they lie on disk."""

from __future__ import annotations

import dataclasses
import shutil
import signal
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

from absl import logging

from v2v_tf.apps.generation.frames import generate_frames
from v2v_tf.apps.generation.generated_video import (
    GeneratedVideo,
    read_generated,
    write_metrics,
)
from v2v_tf.apps.generation.identity import (
    JOB_FILE,
    Identity,
    identity,
    open_working,
)
from v2v_tf.apps.generation.notices import announced, network_sizes, say_problems
from v2v_tf.apps.generation.recording import FRAMES_FILE, Recording, has_states
from v2v_tf.apps.generation.stepper import Stepper
from v2v_tf.apps.generation.steppers import load_stepper
from v2v_tf.apps.generation.wishes import Wishes, configured
from v2v_tf.config import Config
from v2v_tf.data.input.stream import SourcePicture, draw_pictures, find_sequence
from v2v_tf.data.sources.base import BadClip, Sequence
from v2v_tf.data.sources.finding import list_sequences
from v2v_tf.data.sources.rates import DEFAULT_RATE
from v2v_tf.errors import InputError
from v2v_tf.inference.job import with_progress
from v2v_tf.inference.memory import advice_for_source, last_words_for_source
from v2v_tf.memory.exhaustion import explaining
from v2v_tf.memory.last_words import LastWords
from v2v_tf.storage.folders import require_replaceable, swap_in
from v2v_tf.training.interruption import StopRequest

METRICS_FILE = "metrics.json"


class GenerationStopped(Exception):
    """Tells that a signal stopped a generation, and that it can be gone on with.

    Args:
        signum: the signal.
        sequence: name of the sequence that was being made.
        num_frames: frames of it that are done.
    """

    def __init__(self, signum: int, sequence: str, num_frames: int) -> None:
        super().__init__(
            f"stopped by {signal.Signals(signum).name} after {num_frames} frames of "
            f"{sequence}: give the same command with --resume to go on"
        )
        self.signum = signum


def generate_source(
    model: str | Path,
    source: str | Path,
    output: str | Path,
    *,
    wishes: Wishes | None = None,
    precision: str | None = None,
    first_frame_model: str | Path | None = None,
    overwrite: bool = False,
    resume: bool = False,
    say: Callable[[str], None] = lambda line: None,
) -> list[GeneratedVideo]:
    """Generates a video for every sequence of a source.

    Args:
        model: run folder, or an export.
        source: folders of conditions, with or without frames, or videos.
        output: folder to write; a folder a sequence. It appears when all are done.
        wishes: what else is asked for; None for nothing.
        precision: policy to compute in, of a run; None for its own.
        first_frame_model: run of a first-frame network, for a run that brings none.
        overwrite: replace an earlier result, or begin an interrupted one anew.
        resume: go on with an interrupted one.
        say: is given a line on sizes and first frames of each video.

    Returns:
        Each video, in the order of the source.

    Raises:
        GenerationStopped: Ctrl-C or SIGTERM came; what is made is kept.
        InputError: a model, source or output that cannot be used, or first frames that
            the model never began with; before any work where that can be known.

    Example:
        ```python
        >>> videos = generate_source("runs/toy", "clips", "results/from_clips")
        >>> videos[0].name, videos[0].num_frames, videos[0].num_measured
        ('toy_0000', 8, 6)

        ```
    """
    wishes = wishes or Wishes()
    output = Path(output).resolve()
    first = None if first_frame_model is None else Path(first_frame_model)
    inputs = [Path(model), Path(source), *wishes.files(), *([first] if first else [])]
    _check_output(output, inputs, overwrite)
    working = output.with_name(f".{output.name}.partial")
    stepper = load_stepper(model, precision, first_frames=first)
    config = configured(stepper.config, wishes)
    sequences = _sequences(source, config, wishes.sequence)
    now = _identity(model, sequences, wishes, config, precision, first)
    open_working(working, now, overwrite, resume, "generation")
    try:
        words = last_words_for_source(advice_for_source(config, ()))
        with LastWords(words) as last_words, StopRequest("frame") as stop:
            done = [
                _generate(
                    *(stepper, sequence, config, working, wishes),
                    *(last_words, stop, say),
                )
                for sequence in sequences
            ]
    finally:
        # What has nothing to go on from is not kept.
        if not any(working.glob(f"*/{FRAMES_FILE}")) and not has_states(working):
            shutil.rmtree(working)
    write_metrics(working / METRICS_FILE, done)
    (working / JOB_FILE).unlink()
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
    first: Path | None = None,
) -> Identity:
    """Returns what must be the same to go on: model, source and wishes."""
    # Of a table of labels the rows count, not where its file lies.
    options = {
        "wishes": dataclasses.replace(wishes, label_map=None, style=wishes.look),
        "conditions": config.task_options,
        "precision": precision,
    }
    return identity(model, sequences, options, first)


def _generate(
    stepper: Stepper,
    sequence: Sequence,
    config: Config,
    working: Path,
    wishes: Wishes,
    last_words: LastWords,
    stop: StopRequest,
    say: Callable[[str], None],
) -> GeneratedVideo:
    folder = working / sequence.name.replace("/", "_")
    fps = Fraction(wishes.fps) if wishes.fps else sequence.fps() or DEFAULT_RATE
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
                if stop.signum is not None:
                    frames.close()
                    raise GenerationStopped(stop.signum, sequence.name, frame.index + 1)
    return read_generated(sequence.name, folder)


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
