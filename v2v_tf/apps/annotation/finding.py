"""Runs a detector over the frames of sequences: the Beam half of `annotate`.

A sequence is cut into spans of equal length, whatever the number of workers, and each
is one file: so results do not depend on the workers, and an interrupted run goes on
after the spans that are there.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path

from v2v_tf.apps.annotation.findings import FindingsWriter
from v2v_tf.apps.annotation.shots import CutFinder
from v2v_tf.config.plugins import DETECTORS
from v2v_tf.data.prepare.progress import ProgressBoard
from v2v_tf.data.sources.base import Sequence, SequenceReader
from v2v_tf.detection.detector import Detection, DetectorOptions
from v2v_tf.errors import InputError
from v2v_tf.extras import needed
from v2v_tf.storage.files import write_text

with needed("prepare"):
    import apache_beam as beam

SPAN = 120  # frames
_FAILED = ".failed"
# In the folder of the board: whoever puts it there asks workers to end.
STOP = "stop"


@dataclass(frozen=True)
class Span:
    """Names frames of a sequence that one worker looks at.

    Attributes:
        sequence: sequence of the source.
        start: first frame.
        stop: frame after the last one.
        file: where the result is written.
    """

    sequence: Sequence
    start: int
    stop: int
    file: Path


def plan_spans(sequence: Sequence, num_frames: int, folder: Path) -> list[Span]:
    """Returns the spans of a sequence, in order.

    Args:
        sequence: sequence of the source.
        num_frames: number of its frames.
        folder: existing folder that all workers reach, of this sequence alone.
    """
    return [
        Span(
            sequence, start, min(start + SPAN, num_frames), folder / f"{start:07d}.npz"
        )
        for start in range(0, num_frames, SPAN)
    ]


def find_all(
    spans: list[Span],
    detector: str,
    options: DetectorOptions,
    board: ProgressBoard,
    workers: int = 1,
    beam_args: tuple[str, ...] = (),
) -> None:
    """Looks at all spans that have no file yet.

    Args:
        spans: spans of all sequences, in order.
        detector: name of the detector.
        options: its networks.
        board: counts the frames that are done.
        workers: processes that share the work on this machine.
        beam_args: further options of Apache Beam.

    Raises:
        InputError: a frame that cannot be read; it names the file.
    """
    from apache_beam.options.pipeline_options import PipelineOptions

    several: list[str] = []
    if workers > 1:
        several.append("--direct_running_mode=multi_processing")
        several.append(f"--direct_num_workers={workers}")
    missing = [one for one in spans if not one.file.exists()]
    # Each worker walks through its part of a video once.
    share = -(-len(missing) // workers)
    parts = [missing[i : i + share] for i in range(0, len(missing), share or 1)]
    with beam.Pipeline(options=PipelineOptions([*several, *beam_args])) as pipeline:
        (
            pipeline
            | "Parts" >> beam.Create(parts)
            | "Spread" >> beam.Reshuffle()
            | "Detect" >> beam.ParDo(_Detect(detector, options, board))
        )
    for span in missing:
        failed = span.file.with_suffix(_FAILED)
        if failed.is_file():
            raise InputError(failed.read_text(encoding="utf-8"))


class _Detect(beam.DoFn):
    def __init__(
        self, detector: str, options: DetectorOptions, board: ProgressBoard
    ) -> None:
        self._name = detector
        self._options = options
        self._board = board

    def setup(self) -> None:
        """Loads the networks, once a worker."""
        self._detector = DETECTORS.get(self._name)(self._options)

    def process(self, spans: list[Span]) -> None:
        """Looks at the frames of spans, and writes what they show."""
        for _, group in itertools.groupby(spans, lambda one: one.file.parent):
            part = list(group)
            with part[0].sequence.open() as reader:
                for span in part:
                    if (self._board.folder / STOP).exists():
                        return
                    try:
                        self._look_at(span, reader)
                    except InputError as error:
                        # Beam would wrap it in errors of its own.
                        write_text(span.file.with_suffix(_FAILED), str(error))
                        return

    def _look_at(self, span: Span, reader: SequenceReader) -> None:
        label = f"{span.file.parent.name}-{span.file.stem}"
        self._board.start_shard(label)
        writer = FindingsWriter(span.file)
        # Nothing is known of the frames before the span, whoever looked at them; but
        # for the last one, which says whether a shot begins with the first.
        people: list[Detection] = []
        cuts = CutFinder()
        size: tuple[int, ...] | None = None
        for index in range(max(span.start - 1, 0), span.stop):
            frame = reader.read(index)
            image = frame.raw.image
            assert image is not None  # sequences of pictures are listed
            if size not in (None, image.shape):
                raise InputError(
                    f"{span.sequence.name}, frame {frame.name or index}: expected "
                    f"{size[1]}x{size[0]} as the frame before, got "
                    f"{image.shape[1]}x{image.shape[0]}: bring all frames to one size"
                )
            size = image.shape
            begins = cuts.begins_shot(image)
            if index < span.start:
                continue
            people = self._detector.detect(image, () if begins else people)
            writer.add(frame.name, begins, people)
            self._board.clip_done(label)
        writer.finish()
