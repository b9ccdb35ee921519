"""`v2v-tf annotate`: finds the conditions of raw videos, and writes them as a source.

The folder has the layout of NVIDIA/vid2vid (https://github.com/NVIDIA/vid2vid), so that
all other commands read it: frames, an annotation for each, one sequence for every shot.
`detections/` keeps everything that was found, before somebody was followed and
smoothed; `annotations.json` says by what, and how well; `previews/` shows it.
"""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

from absl import logging
from tqdm import tqdm

from v2v_tf.apps.annotation.choosing import detector_name
from v2v_tf.apps.annotation.conditions import Pictures, Points
from v2v_tf.apps.annotation.finding import plan_spans
from v2v_tf.apps.annotation.findings import FrameFindings, read_findings
from v2v_tf.apps.annotation.following import follow, most_people
from v2v_tf.apps.annotation.looking import require_inside, usable_sequences
from v2v_tf.apps.annotation.summary import ANNOTATIONS, SequenceSummary, write_summary
from v2v_tf.apps.annotation.working import (
    DETECTIONS,
    AnnotationOptions,
    begin,
    find,
    folder_of,
)
from v2v_tf.apps.annotation.writing import Shot, write_shots
from v2v_tf.apps.generation.identity import JOB_FILE
from v2v_tf.apps.generation.notices import say_problems
from v2v_tf.config import Config
from v2v_tf.config.plugins import DETECTORS
from v2v_tf.data.sources.base import Contents, Sequence
from v2v_tf.data.sources.rates import DEFAULT_RATE, FRAME_RATES, write_rates
from v2v_tf.detection.detector import DetectorOptions
from v2v_tf.errors import InputError
from v2v_tf.extras import doubt_of_opencv
from v2v_tf.storage.folders import require_replaceable, swap_in
from v2v_tf.tasks.registry import task_of


def annotate(
    source: str | Path,
    output: str | Path,
    config: Config,
    options: AnnotationOptions | None = None,
    *,
    overwrite: bool = False,
    resume: bool = False,
    say: Callable[[str], None] = lambda line: None,
) -> list[SequenceSummary]:
    """Finds the conditions of a task in videos, and writes them as a source.

    Args:
        source: video, folder of videos, or folders of frames.
        output: folder to write; it appears when all is done.
        config: configuration whose task says what is looked for; `data.max_gap` says
            which gaps the summary counts as bridged.
        options: detector, person and smoothing; None for the defaults.
        overwrite: replace an earlier result, once the new one is complete.
        resume: go on with an interrupted one; person and smoothing may be others.
        say: is given each line that a user should read.

    Returns:
        What was found, for each sequence of the source.

    Raises:
        AnnotationStopped: Ctrl-C or SIGTERM came; what was found is kept.
        InputError: a task without a detector, a network that is missing, a source
            that cannot be used, or nobody in it.
    """
    options = options or AnnotationOptions()
    for name, number, least in (
        ("--workers", options.workers, 1),
        ("--max-gap", config.data.max_gap, 0),
    ):
        if number < least:
            raise InputError(f"{name} must be {least} or more, got {number}")
    doubt = doubt_of_opencv()
    if doubt:
        logging.warning("%s", doubt)
    name = detector_name(config, options.detector)
    form = _form(config, options)
    loaded = DetectorOptions(options.network, options.labels, config)
    detector = DETECTORS.get(name)(loaded)
    output = Path(output).resolve()
    require_replaceable(
        output,
        overwrite=overwrite,
        is_ours=lambda folder: (folder / ANNOTATIONS).is_file(),
        what="result of annotate",
        option="--output",
        inputs=[Path(source)],
    )
    working = output.with_name(f".{output.name}.partial")
    sequences = usable_sequences(source)
    begin(working, sequences, detector, overwrite, resume)
    try:
        contents = {one.name: one.contents() for one in sequences}
        if options.person.kind == "point":
            for one in sequences:
                require_inside(options.person.point, one, contents[one.name])
        spans = {
            one.name: plan_spans(
                one, contents[one.name].num_frames, folder_of(working, one.name)
            )
            for one in sequences
        }
        total = sum(one.num_frames for one in contents.values())
        every = [span for group in spans.values() for span in group]
        find(every, total, name, loaded, working, options)
        summaries = []
        for one in sequences:
            say_problems(one.name, contents[one.name], say)
            found = [
                frame for span in spans[one.name] for frame in read_findings(span.file)
            ]
            shots = _shots(one, contents[one.name], found, options)
            summary = _write(working, one, shots, found, form, _frames(config))
            summaries.append(summary)
            max_gap = config.data.max_gap if form.gaps_are_bridged else None
            for line in summary.lines(max_gap, config.data.min_frames):
                say(line)
        if not any(one.num_found for one in summaries):
            # What was looked at in vain is of no use to another try.
            shutil.rmtree(working)
            raise InputError(
                f"{source}: {detector.name} found nobody in any of {total} frames, "
                f"with a confidence of {detector.threshold:g} or more"
            )
        write_summary(working, config, detector, options, form.smoothing, summaries)
        rates = {shot: Fraction(one.fps) for one in summaries for shot in one.shots}
        write_rates(working / FRAME_RATES, rates)
        (working / JOB_FILE).unlink()
        swap_in(working, output)
    finally:
        if not any((working / DETECTIONS).glob("*/*.npz")):
            shutil.rmtree(working, ignore_errors=True)
    return summaries


def _form(config: Config, options: AnnotationOptions) -> Points | Pictures:
    """Returns what turns findings into the files of a task."""
    task = task_of(config)
    points, pictures = task.points(), task.found_pictures(config)
    if points is not None:
        return Points(points, config, options.smoothing)
    if pictures is not None:
        return Pictures(pictures, options.smoothing)
    raise InputError(f"task {config.task} says of no file that a detector could write")


def _frames(config: Config) -> str:
    """Returns the folder that a task reads frames from, without the phase."""
    kinds = task_of(config).files(config)
    return next(kind.folder for kind in kinds if kind.field == "image")


def _shots(
    sequence: Sequence,
    contents: Contents,
    found: list[FrameFindings],
    options: AnnotationOptions,
) -> list[Shot]:
    """Returns the shots of a sequence that show somebody, with who is followed."""
    parts = [
        part
        for part in _parts(found, contents)
        if any(found[index].people for index in part)
    ]
    shots: list[Shot] = []
    for part in parts:
        frames = [found[index] for index in part]
        name = sequence.name
        if len(parts) > 1:
            name += f"_{len(shots):03d}"
        names = tuple(
            one.name or f"{index:06d}" for index, one in zip(part, frames, strict=True)
        )
        people = follow([one.people for one in frames], options.person)
        shots.append(Shot(name, part.start, names, tuple(people)))
    return shots


def _write(
    working: Path,
    sequence: Sequence,
    shots: list[Shot],
    found: list[FrameFindings],
    form: Points | Pictures,
    frames: str,
) -> SequenceSummary:
    fps = sequence.fps() or DEFAULT_RATE
    written = write_shots(working, sequence, shots, form, fps, frames)
    total = sum(len(shot.names) for shot in shots)
    for _ in tqdm(written, desc=f"write {sequence.name}", total=total, unit="frame"):
        pass
    return SequenceSummary.of(
        sequence.name,
        shots,
        [form.seen(shot.people) for shot in shots],
        fps,
        len(found),
        most_people([one.people for one in found]),
    )


def _parts(found: list[FrameFindings], contents: Contents) -> Iterator[range]:
    """Yields the frames of each shot that follow each other undamaged."""
    for run in contents.runs:
        cuts = [index for index in run[1:] if found[index].begins_shot]
        for start, stop in itertools.pairwise([run.start, *cuts, run.stop]):
            yield range(start, stop)
