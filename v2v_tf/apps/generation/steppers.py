"""A trained model, one frame at a time: of a run, or of an export.

States are kept by whoever steps, so that they can be stored and gone on from.
"""

from __future__ import annotations

import abc
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from v2v_tf.config import Config
from v2v_tf.errors import InputError
from v2v_tf.export.exported_model import ExportedModel
from v2v_tf.export.versions import EXTRA
from v2v_tf.inference.frame_by_frame import FrameByFrame
from v2v_tf.inference.frames import to_uint8
from v2v_tf.inference.loading import load_synthesizer
from v2v_tf.inference.style_choice import StyleChoice
from v2v_tf.models.registry import family_of
from v2v_tf.models.vid2vid.states import States
from v2v_tf.storage import runs
from v2v_tf.storage.runs import CONFIG_FILE
from v2v_tf.tasks.base import DrawnFrame

# Arrays by name: what a model keeps between two frames.
Memory = dict[str, np.ndarray]


class Stepper(abc.ABC):
    """Makes the frames of one video after the other.

    Attributes:
        config: of the model.
        history: past frames that a frame is made from.
        begins_with_zeros: whether past frames of zeros are all that it begins with.
        makes_first_frames: whether it brings a network for first frames.
        training_labels: label ids of its training clips; None where nobody knows.
    """

    config: Config
    history: int
    begins_with_zeros: bool
    makes_first_frames: bool
    training_labels: tuple[int, ...] | None = None

    @abc.abstractmethod
    def first_frames(self, past: Sequence[DrawnFrame]) -> np.ndarray:
        """Returns frames made of conditions alone, uint8 [N, H, W, 3]."""

    @abc.abstractmethod
    def begin(
        self,
        past: Sequence[DrawnFrame],
        frames: np.ndarray | None,
        style: StyleChoice | None = None,
    ) -> Memory:
        """Returns what is kept before the first frame that is made.

        Args:
            past: the conditions of the last `history` frames.
            frames: uint8 [history, H, W, 3], those frames; None for a model that begins
                with zeros, or makes them itself.
            style: appearance of the video, of a model with styles.

        Raises:
            InputError: something that the model needs is missing.
        """

    @abc.abstractmethod
    def step(self, drawn: DrawnFrame, memory: Memory) -> tuple[np.ndarray, Memory]:
        """Makes the next frame, uint8 [H, W, 3], and returns what is kept after it."""


def load_stepper(path: str | Path, precision: str | None = None) -> Stepper:
    """Loads a model to make frames with.

    Args:
        path: run folder, folder of an export's version, or folder of versions, of which
            the newest is taken.
        precision: policy to compute in, of a run; None for its own.

    Raises:
        InputError: the folder is neither, or its model makes no frames.
    """
    folder = Path(path)
    if runs.is_run(folder):
        return _of_run(folder, precision)
    version = _newest_version(folder)
    if version is None:
        raise InputError(
            f"{folder} is neither a run of v2v-tf train (no {CONFIG_FILE} and "
            "checkpoints/) nor a model of v2v-tf export (no saved_model.pb)"
        )
    if precision is not None:
        raise InputError(
            f"{folder} is an exported model, whose precision is fixed: leave "
            "--precision out, or export the run again"
        )
    return ExportStepper(ExportedModel(version))


def _of_run(folder: Path, precision: str | None) -> Stepper:
    family = family_of(runs.load_config(folder, needs="makes_frames"))
    if family.makes_first_frames:
        return ImageStepper(folder, FrameByFrame.load(folder, precision))
    if not family.makes_video:
        raise InputError(
            f"{folder}: models of family {family.name} make whole clips alone: use "
            "--data with prepared records"
        )
    bundled = folder / runs.FIRST_FRAME_FOLDER
    if not bundled.is_dir():
        return RunStepper(folder, load_synthesizer(folder, precision), None)
    synthesizer = load_synthesizer(folder, precision, "generated", bundled)
    return RunStepper(folder, synthesizer, FrameByFrame.load(bundled, precision))


class RunStepper(Stepper):
    """Steps a video model of a run.

    Args:
        folder: the run, which holds mixtures of styles.
        synthesizer: its model, a `Synthesizer` or what works as one.
        first: makes first frames; None where the run has none.
    """

    def __init__(
        self, folder: Path, synthesizer: Any, first: FrameByFrame | None
    ) -> None:
        self.config = synthesizer.config
        self.history = synthesizer.history
        self.begins_with_zeros = self.config.generator.first_frames == "zeros"
        self.makes_first_frames = first is not None
        self.training_labels = runs.training_labels(folder)
        self._folder = folder
        self._synthesizer = synthesizer
        self._first = first

    def first_frames(self, past: Sequence[DrawnFrame]) -> np.ndarray:
        """See base class."""
        assert self._first is not None
        return np.stack([_draw(self._first, one) for one in past])

    def begin(
        self,
        past: Sequence[DrawnFrame],
        frames: np.ndarray | None,
        style: StyleChoice | None = None,
    ) -> Memory:
        """See base class."""
        planes = np.stack([one.planes for one in past])
        ids = _instances(past)
        styles = self._styles(planes, ids, frames, style)
        states = self._synthesizer.init_states(planes, ids, frames, styles)
        return _stored(states, starts_raw=self.begins_with_zeros)

    def step(self, drawn: DrawnFrame, memory: Memory) -> tuple[np.ndarray, Memory]:
        """See base class."""
        states, raw_only = _restored(memory)
        output, states = self._synthesizer.step(
            drawn.planes, drawn.instances, states, raw_only
        )
        return output.fake_frames, _stored(states, starts_raw=False)

    def _styles(
        self,
        planes: np.ndarray,
        ids: np.ndarray | None,
        frames: np.ndarray | None,
        style: StyleChoice | None,
    ) -> np.ndarray | None:
        painter = self._synthesizer.painter
        if painter is None:
            if style is not None:
                raise InputError(
                    f"{self._folder} is the run of a model without styles: leave "
                    "--style out"
                )
            return None
        table = None
        if style is not None:
            table = style.table(self._folder, self.config, painter)
        if table is None and frames is not None:
            return painter.table_of(planes, ids, frames)
        return table


class ImageStepper(Stepper):
    """Steps an image generator, which makes each frame from its condition alone."""

    history = 0
    begins_with_zeros = False
    makes_first_frames = False

    def __init__(self, folder: Path, frame_by_frame: FrameByFrame) -> None:
        self.config = frame_by_frame.config
        self.training_labels = runs.training_labels(folder)
        self._frame_by_frame = frame_by_frame

    def first_frames(self, past: Sequence[DrawnFrame]) -> np.ndarray:
        """See base class; none are needed."""
        raise AssertionError

    def begin(
        self,
        past: Sequence[DrawnFrame],
        frames: np.ndarray | None,
        style: StyleChoice | None = None,
    ) -> Memory:
        """See base class: nothing is kept."""
        if style is not None:
            raise InputError("image generators have no styles: leave --style out")
        return {}

    def step(self, drawn: DrawnFrame, memory: Memory) -> tuple[np.ndarray, Memory]:
        """See base class."""
        return _draw(self._frame_by_frame, drawn), memory


class ExportStepper(Stepper):
    """Steps an exported model by its own signatures."""

    def __init__(self, model: ExportedModel) -> None:
        self.config = model.config
        self.history = model.config.history
        self.begins_with_zeros = self.config.generator.first_frames == "zeros"
        self.makes_first_frames = model.begins_alone and not self.begins_with_zeros
        self.training_labels = model.training_labels
        self._model = model

    def first_frames(self, past: Sequence[DrawnFrame]) -> np.ndarray:
        """See base class: those that the states of its own beginning hold."""
        states = self._model.begin_alone(_clip(past))
        return self._model.past_frames(states)

    def begin(
        self,
        past: Sequence[DrawnFrame],
        frames: np.ndarray | None,
        style: StyleChoice | None = None,
    ) -> Memory:
        """See base class."""
        if style is not None and style.kind != "own":
            raise InputError(
                "exported models take their styles from the first frames here: leave "
                "--style out, or name the run"
            )
        clip = _clip(past)
        if frames is None:
            states = self._model.begin_alone(clip)
        else:
            states = self._model.begin({**clip, "frames": frames})
        return {name: tensor.numpy() for name, tensor in states.items()}

    def step(self, drawn: DrawnFrame, memory: Memory) -> tuple[np.ndarray, Memory]:
        """See base class."""
        states = {name: tf.constant(array) for name, array in memory.items()}
        outputs, after = self._model.step(_clip([drawn]), 0, states)
        kept = {name: tensor.numpy() for name, tensor in after.items()}
        return outputs["fake_frames"].numpy()[0], kept


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


def _draw(model: FrameByFrame, drawn: DrawnFrame) -> np.ndarray:
    ids = None if drawn.instances is None else drawn.instances[None]
    (frame,) = model.frames(drawn.planes[None], ids)
    return to_uint8(frame).numpy()


def _instances(frames: Sequence[DrawnFrame]) -> np.ndarray | None:
    found = [one.instances for one in frames if one.instances is not None]
    return np.stack(found) if found else None


def _clip(frames: Sequence[DrawnFrame]) -> Mapping[str, Any]:
    clip: dict[str, Any] = {"conditions": np.stack([one.planes for one in frames])}
    ids = _instances(frames)
    return clip if ids is None else {**clip, "instances": ids.astype(np.int32)}


def _stored(states: States, starts_raw: bool) -> Memory:
    """Returns states as arrays by name."""
    memory: Memory = {"conditions": states.conditions.numpy()}
    memory |= {f"frames_{i}": x.numpy() for i, x in enumerate(states.frames)}
    memory |= {f"styles_{i}": x.numpy() for i, x in enumerate(states.styles)}
    return {**memory, "starts_raw": np.array(starts_raw)}


def _restored(memory: Memory) -> tuple[States, bool]:
    def group(prefix: str) -> tuple[tf.Tensor, ...]:
        found = sum(name.startswith(prefix) for name in memory)
        return tuple(tf.constant(memory[f"{prefix}{i}"]) for i in range(found))

    states = States(
        tf.constant(memory["conditions"]), group("frames_"), group("styles_")
    )
    return states, bool(memory["starts_raw"])
