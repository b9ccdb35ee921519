"""Where an annotation is made: looked into before, gone on with after a stop."""

from __future__ import annotations

import dataclasses
import json
import shutil
import signal
from dataclasses import dataclass
from pathlib import Path

from v2v_tf.apps.annotation.finding import SPAN, STOP, Span, find_all
from v2v_tf.apps.annotation.following import PersonChoice
from v2v_tf.apps.annotation.smoothing import Smoothing
from v2v_tf.apps.generation.identity import open_working, sources_identity
from v2v_tf.data.prepare.progress import ProgressBoard, show_progress
from v2v_tf.data.sources.base import Sequence
from v2v_tf.detection.detector import Detector, DetectorOptions
from v2v_tf.training.interruption import StopRequest

DETECTIONS = "detections"


class AnnotationStopped(Exception):
    """Tells that a signal stopped an annotation, and that it can be gone on with.

    Args:
        signum: the signal.
    """

    def __init__(self, signum: int) -> None:
        super().__init__(
            f"stopped by {signal.Signals(signum).name}: give the same command with "
            "--resume to go on"
        )
        self.signum = signum


@dataclass(frozen=True)
class AnnotationOptions:
    """Holds what a user may choose.

    Attributes:
        detector: name of the detector; None for the one of the task.
        network: file, folder or name of its networks; None for those of its package.
        labels: table of the names of labels; None for none.
        person: who is followed.
        smoothing: over time; None for what is usual for the task.
        workers: processes that share the work.
        beam_args: further options of Apache Beam.
    """

    detector: str | None = None
    network: str | None = None
    labels: str | None = None
    person: PersonChoice = dataclasses.field(default_factory=PersonChoice)
    smoothing: Smoothing | None = None
    workers: int = 1
    beam_args: tuple[str, ...] = ()


def begin(
    working: Path,
    sequences: list[Sequence],
    detector: Detector,
    overwrite: bool,
    resume: bool,
) -> None:
    """Makes the working folder, or goes on with what was found in it before.

    Args:
        working: the folder.
        sequences: sequences of the source.
        detector: what is run over them.
        overwrite: begin anew.
        resume: go on.

    Raises:
        InputError: it is there and neither was asked for, or it is of other work.
    """
    files = {one.path.name: one.sha256 for one in detector.files()}
    said = [detector.name, files, *([facts] if (facts := detector.facts()) else [])]
    now = {"detector": json.dumps(said)} | sources_identity(sequences)
    open_working(working, now, overwrite, resume, "annotation")
    for folder in working.iterdir():
        if folder.is_dir() and folder.name != DETECTIONS:
            shutil.rmtree(folder)


def find(
    spans: list[Span],
    total: int,
    detector: str,
    loaded: DetectorOptions,
    working: Path,
    options: AnnotationOptions,
) -> None:
    """Runs the detector over what was not looked at yet, with a progress bar.

    Args:
        spans: spans of all sequences.
        total: number of frames in all.
        detector: name of the detector.
        loaded: its networks.
        working: the working folder.
        options: workers and options of Beam.

    Raises:
        AnnotationStopped: Ctrl-C or SIGTERM came.
        InputError: a frame that cannot be read.
    """
    folder = working / ".progress"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    board = ProgressBoard(folder)
    board.planned("frames", total)
    done = sum(one.stop - one.start for one in spans if one.file.exists())
    (folder / "before.done").write_bytes(b"." * done)
    stop = StopRequest(f"stretch of {SPAN} frames", (folder / STOP).touch)
    with stop, show_progress(board, "annotate", "frame"):
        find_all(
            spans,
            detector,
            loaded,
            board,
            options.workers,
            options.beam_args,
        )
    shutil.rmtree(folder)
    if stop.signum is not None:
        raise AnnotationStopped(stop.signum)


def folder_of(working: Path, sequence: str) -> Path:
    """Returns the folder of what was found in a sequence; it is made."""
    folder = working / DETECTIONS / sequence.replace("/", "_")
    folder.mkdir(parents=True, exist_ok=True)
    return folder
