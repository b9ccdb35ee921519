"""Loads a trained model to make frames with, one at a time: of a run, or an export."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from v2v_tf.apps.generation.export_stepper import ExportStepper
from v2v_tf.apps.generation.run_stepper import (
    ImageStepper,
    RunStepper,
    WholeClips,
    whole_clips_alone,
)
from v2v_tf.apps.generation.stepper import LoadedModel
from v2v_tf.errors import InputError
from v2v_tf.export.exported_model import ExportedModel
from v2v_tf.export.versions import EXTRA
from v2v_tf.inference.frame_by_frame import FrameByFrame
from v2v_tf.inference.loading import open_run
from v2v_tf.inference.style_mixture import STYLES_FILE
from v2v_tf.models.registry import family_of
from v2v_tf.storage import packs, runs
from v2v_tf.storage.runs import CONFIG_FILE
from v2v_tf.training.bundling import check_bundle
from v2v_tf.training.run_state import trained_sizes


def load_stepper(
    path: str | Path,
    precision: str | None = None,
    whole_clips: bool = False,
    first_frames: Path | None = None,
) -> LoadedModel:
    """Loads a model to make frames with.

    Args:
        path: run folder, folder of an export's version, or folder of versions, of which
            the newest is taken.
        precision: policy to compute in, of a run; None for its own.
        whole_clips: take models too that have `rollout` alone.
        first_frames: run of a network for first frames, of a run that brings none.

    Raises:
        InputError: the folder is neither, or its model makes no frames.
    """
    folder = Path(path)
    if runs.is_run(folder):
        stepper = _of_run(folder, precision, whole_clips, first_frames)
        stepper.trained_sizes = trained_sizes(folder)
        stepper.training_labels = runs.training_labels(folder)
        return stepper
    version = _version(folder)
    if first_frames is not None:
        raise InputError(
            f"{folder} is an exported model, which brings what makes its first frames: "
            "leave --first-frame-model out, or export the run again with it"
        )
    if precision is not None:
        raise InputError(
            f"{folder} is an exported model, whose precision is fixed: leave "
            "--precision out, or export the run again"
        )
    return ExportStepper(ExportedModel(version))


def model_files(path: str | Path) -> Iterator[tuple[str, Path]]:
    """Lists the files that say what frames a model makes, in a fixed order.

    Args:
        path: run folder, or folder of an export, as `load_stepper` takes it.

    Yields:
        A name that is the same wherever the model lies, and the file.

    Raises:
        InputError: the folder is neither a run nor an export.
    """
    folder = Path(path)
    if not runs.is_run(folder):
        version = _version(folder)
        for file in sorted(version.rglob("*")):
            if file.is_file():
                yield str(file.relative_to(version)), file
        return
    for part in (folder, folder / runs.FIRST_FRAME_FOLDER):
        found = runs.weight_files(part) if part == folder or runs.is_run(part) else []
        named = (part / CONFIG_FILE, part / STYLES_FILE)
        for file in (*filter(Path.is_file, named), *found):
            yield str(file.relative_to(folder)), file


def _version(folder: Path) -> Path:
    version = _newest_version(folder)
    if version is None:
        raise InputError(
            f"{folder} is neither a run of v2v-tf train (no {CONFIG_FILE} and "
            "checkpoints/) nor a model of v2v-tf export (no saved_model.pb)"
            f"{packs.hint(folder)}"
        )
    return version


def _of_run(
    folder: Path, precision: str | None, whole_clips: bool, first: Path | None
) -> LoadedModel:
    config = runs.load_config(folder, needs="makes_frames")
    family = family_of(config)
    if first is not None:
        check_bundle(config, first)
    if family.makes_first_frames:
        return ImageStepper(FrameByFrame.load(folder, precision))
    if not family.makes_video:
        if whole_clips:
            return WholeClips(folder, open_run(folder, precision))
        raise whole_clips_alone(folder, family.name)
    bundled = first or folder / runs.FIRST_FRAME_FOLDER
    if not bundled.is_dir():
        return RunStepper(folder, open_run(folder, precision), None)
    synthesizer = open_run(folder, precision, "generated", bundled)
    return RunStepper(folder, synthesizer, FrameByFrame.load(bundled, precision))


def _newest_version(folder: Path) -> Path | None:
    candidates = [folder, *sorted(_numbered(folder), key=lambda f: -int(f.name))]
    for candidate in candidates:
        needed = (candidate / "saved_model.pb", candidate / EXTRA / CONFIG_FILE)
        if all(file.is_file() for file in needed):
            return candidate
    return None


def _numbered(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from (f for f in folder.iterdir() if f.is_dir() and f.name.isdigit())
