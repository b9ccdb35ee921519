"""Edits the labels of a source, and generates its frames with a model.

Writes the edited sequence in the folder layout that `prepare` and `stream` read; with a
model also a picture of four: the labels, the frames that they give, the frames that the
edited labels give, and those of the opposite edit.
"""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from v2v_tf import config as configuration
from v2v_tf.apps.editing.label_edits import LabelEdit
from v2v_tf.apps.generation.beginning import Beginning
from v2v_tf.apps.generation.frames import Progress, generate_frames
from v2v_tf.apps.generation.notices import announced, network_sizes, say_problems
from v2v_tf.apps.generation.stepper import Stepper
from v2v_tf.apps.generation.steppers import load_stepper
from v2v_tf.config import Config
from v2v_tf.data.input.stream import (
    SequenceChoice,
    SourcePicture,
    draw_pictures,
    find_sequence,
)
from v2v_tf.data.sources.base import Sequence
from v2v_tf.data.sources.id_maps import write_ids
from v2v_tf.errors import InputError
from v2v_tf.inference.job import Destination, Job, with_progress
from v2v_tf.storage.runs import CONFIG_FILE, load_config
from v2v_tf.tasks.pictures import colorize_conditions
from v2v_tf.tasks.registry import labels_of, task_of
from v2v_tf.visualization.panels import panel, panel_video
from v2v_tf.visualization.video import write_png, write_video

PANELS = "panels.mp4"
_STILL = "panels.png"
_MAX_BYTE = 255


def edit(
    source: SequenceChoice,
    change: LabelEdit,
    destination: Destination,
    *,
    config: Config | None = None,
    run_dir: str | Path | None = None,
    first_frames: Beginning | None = None,
    say: Callable[[str], None] = lambda line: None,
) -> Path:
    """Edits a sequence, and generates it where there is a model.

    Args:
        source: the sequence whose labels are edited.
        change: labels to change, and the labels that they become.
        destination: folder to write: `source/`, the edited sequence; with a model also
            `edited.mp4`, `panels.mp4` and `panels.png`.
        config: configuration of the source; None for that of the run.
        run_dir: run of a video model; None to write the edited sequence alone.
        first_frames: what videos begin with; None for the default of the model. The
            source needs real frames only where they are what it begins with.
        say: is given lines on sizes and first frames.

    Returns:
        The output folder.

    Raises:
        InputError: unusable source, run or output, or labels that the sequence does
            not show.
    """
    if run_dir is not None:
        config = load_config(Path(run_dir), needs="makes_video")
    if config is None:
        raise InputError("edit needs a configuration or the run of a model")
    job = Job(
        "result of edit",
        (f"source/{CONFIG_FILE}", "source/train_A"),
        destination,
        (source.path,) if run_dir is None else (source.path, run_dir),
    )
    job.check()
    found = source.find(config)
    config = _of_labels(config)
    with job.making() as working:
        if not write_edited(found, working / "source", change, config):
            raise InputError(
                f"{found.path} shows no {_sources(change, config)} where it is to be "
                "edited: look at its labels, or give other --frames, --region or "
                "--instance"
            )
        if run_dir is not None:
            maker = _Maker(load_stepper(run_dir), first_frames, say)
            _generate(found, working, change, maker, destination.rate())
    return job.folder


def write_edited(
    sequence: Sequence, folder: Path, change: LabelEdit, config: Config
) -> int:
    """Writes a sequence with edited labels: `train_A`, `train_inst`, `train_B`.

    Returns:
        How many pixels of all frames have another label.

    Raises:
        InputError: a frame cannot be read, or there are no label maps.
    """
    changed = 0
    name = sequence.name.replace("/", "_")
    with sequence.open() as reader:
        for index in range(sequence.count_frames()):
            raw = reader.read(index).raw
            label_map = raw.get("label_map")
            if label_map is None:
                raise InputError(f"{sequence.path}: no label maps to edit")
            labels, ids = change.apply(label_map, raw.get("instance_map"), index)
            changed += int((labels != label_map).sum())
            file = f"{name}/{index:06d}.png"
            # What is ignored may have an id of more than 8 bits.
            kind = np.uint8 if labels.max() <= _MAX_BYTE else np.uint16
            write_ids(folder / "train_A" / file, labels.astype(kind))
            if ids is not None:
                write_ids(folder / "train_inst" / file, ids.astype(np.uint16))
            if raw.image is not None:
                write_png(folder / "train_B" / file, raw.image)
    text = configuration.to_yaml(config)
    (folder / CONFIG_FILE).write_text(text, encoding="utf-8")
    return changed


def _generate(
    sequence: Sequence, folder: Path, change: LabelEdit, maker: _Maker, fps: float
) -> None:
    config = _of_labels(maker.config)
    say_problems(sequence.name, sequence.contents(), maker.say)
    original, labels = maker.frames(sequence, announce=True)
    back = dataclasses.replace(change, swaps=tuple((b, a) for a, b in change.swaps))
    variants = {_title(change, config): change, _title(back, config): back}
    tiles = {"labels": colorize_conditions(labels, config), "generated": original}
    edited = original
    for title, one in with_progress(variants.items(), len(variants), "video"):
        with_labels = folder / ".variant"
        frames = original
        # As it is where nothing can be changed.
        if write_edited(sequence, with_labels, one, config):
            found = find_sequence(with_labels, config, None)
            frames, _ = maker.frames(found)
        shutil.rmtree(with_labels, ignore_errors=True)
        tiles[title] = frames
        if one is change:
            edited = frames
    write_video(folder / "edited.mp4", edited, fps)
    write_video(folder / PANELS, panel_video(tiles), fps)
    middle = len(edited) // 2
    still = panel({name: tile[middle] for name, tile in tiles.items()})
    write_png(folder / _STILL, still)


@dataclass(frozen=True)
class _Maker:
    """Makes the frames of sequences, all begun alike.

    Attributes:
        stepper: the model.
        first_frames: what videos begin with; None for the default of the model.
        say: is given lines on sizes and first frames.
    """

    stepper: Stepper
    first_frames: Beginning | None
    say: Callable[[str], None]

    @property
    def config(self) -> Config:
        """Configuration of the model."""
        return self.stepper.config

    def frames(
        self, sequence: Sequence, announce: bool = False
    ) -> tuple[np.ndarray, np.ndarray]:
        """Returns the frames that the model made, and the planes of their conditions.

        Args:
            sequence: the sequence whose conditions are drawn.
            announce: say how large it is, and what it begins with.
        """
        say = self.say if announce else lambda line: None
        planes: list[np.ndarray] = []
        made: list[np.ndarray] = []
        trained = network_sizes(self.stepper.trained_sizes, self.config)
        pictures = announced(
            _kept(draw_pictures(sequence, self.config), planes),
            *(sequence.name, trained, say),
        )
        progress = Progress()
        frames = generate_frames(
            self.stepper, pictures, self.first_frames, progress=progress
        )
        for frame in frames:
            if not frame.index:
                say(f"{sequence.name}: begins with {progress.beginning}")
            if frame.origin == "generated":
                made.append(frame.image)
        if not made:
            raise InputError(
                f"{sequence.path}: {len(planes)} frames, with which the video begins: "
                "give more, for the model to make some"
            )
        return np.stack(made), np.stack(planes[-len(made) :])


def _kept(
    pictures: Iterator[SourcePicture], planes: list[np.ndarray]
) -> Iterator[SourcePicture]:
    for picture in pictures:
        # Whatever has labels shows something in every frame.
        assert picture.drawn is not None
        planes.append(picture.drawn.planes)
        yield picture


def _of_labels(config: Config) -> Config:
    """Returns the configuration of what `write_edited` writes, labels already."""
    return task_of(config).with_label_map(config, "none")


def _sources(change: LabelEdit, config: Config) -> str:
    names = _names(config)
    return ", ".join(names[old] for old, _ in change.swaps)


def _names(config: Config) -> tuple[str, ...]:
    labels = labels_of(config)
    return () if labels is None else labels.names


def _title(change: LabelEdit, config: Config) -> str:
    names = _names(config)
    return ", ".join(f"{names[a]} to {names[b]}" for a, b in change.swaps)
