"""Loads a synthesizer from a run, or from a configuration and its network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np

from v2v_tf.config import Config
from v2v_tf.config.plugins import MODELS, imported
from v2v_tf.data.clips import Clip
from v2v_tf.errors import InputError, warn_renamed
from v2v_tf.inference.condition_reader import styled
from v2v_tf.inference.frame_by_frame import FrameByFrame
from v2v_tf.inference.frames import Synthesized
from v2v_tf.inference.style_choice import StyleChoice
from v2v_tf.models.registry import family_of
from v2v_tf.storage import runs

FirstFrames = Literal["given", "generated", "zeros"]
FIRST_FRAMES: tuple[FirstFrames, ...] = ("given", "generated", "zeros")


class AnySynthesizer(Protocol):
    """What makes frames with a trained network, whatever its model family.

    Attributes:
        config: configuration of the model.
        generator: network of the model.
    """

    config: Config
    generator: Any

    @property
    def history(self) -> int:
        """Number of past frames that a frame is generated from."""

    def rollout(self, clip: Clip | Mapping[str, np.ndarray]) -> Synthesized:
        """Generates the frames of a clip after its first `history`."""


@dataclass(frozen=True)
class ModelOptions:
    """Names a run, and says how videos are generated with it; see `open_run`.

    Attributes:
        run_dir: run folder of any model that generates frames.
        precision: policy to compute in; None for each run's own.
        first_frames: kind of the first frames of a video; None for the kind that the
            model was trained with.
        first_frame_model: run of a first_frame model, with `generated` first frames.
        style: the appearance of every video; None for that of each clip's own frames.
    """

    run_dir: str | Path
    precision: str | None = None
    first_frames: FirstFrames | None = None
    first_frame_model: str | Path | None = None
    style: StyleChoice | None = None

    @property
    def folders(self) -> tuple[Path, ...]:
        """Returns the runs that are read."""
        folders = (self.run_dir, self.first_frame_model)
        return tuple(Path(folder) for folder in folders if folder is not None)

    def load(self) -> AnySynthesizer:
        """Returns the loaded model; errors as of `open_run`."""
        return open_run(
            self.run_dir,
            self.precision,
            self.first_frames,
            self.first_frame_model,
            self.style,
        )


def build_synthesizer(config: Config, generator: Any) -> AnySynthesizer:
    """Returns the synthesizer of a trained network.

    Args:
        config: the configuration that the network was built by.
        generator: the network.

    Raises:
        InputError: the model family makes no frames.
    """
    return _synthesizer_class(config)(config, generator)


def open_run(
    run_dir: str | Path,
    precision: str | None = None,
    first_frames: FirstFrames | None = None,
    first_frame_model: str | Path | None = None,
    style: StyleChoice | None = None,
) -> AnySynthesizer:
    """Loads the newest checkpoint of a run, of a video model or an image generator.

    Args:
        run_dir: run folder of `v2v-tf train` or `v2v-tf import-nvidia`.
        precision: policy to compute in, as `runtime.precision` (`float32` or
            `mixed_bfloat16`); None for that of each run.
        first_frames: first frames that a video begins with: `given`, real ones;
            `generated`, those of `first_frame_model`; `zeros`, none. None for what the
            model was trained with, `given` where it was trained with both.
        first_frame_model: run folder of a first_frame model; goes with `generated`.
        style: appearance of the instances of every video, of a model with styles; None
            for that of each clip's own frames.

    Returns:
        A `Synthesizer` for a video model, a `FrameByFrame` for a first_frame model, or
        what another model family names. All have `rollout(clip)`.

    Raises:
        InputError: no run or no checkpoint, first frames that the model was never
            trained to begin with, or two models that do not go together.

    Example:
        ```python
        >>> synthesizer = open_run("runs/toy")
        >>> synthesizer.history
        2
        ```
    """
    run_dir = Path(run_dir)
    config = runs.load_config(run_dir, needs="makes_frames")
    _check(run_dir, config, first_frames, first_frame_model)
    if style is not None and not styled(config):
        raise InputError(
            f"{run_dir} is the run of a model without styles: leave --style out, or "
            "train one with style.num_features above 0"
        )
    kind = _synthesizer_class(config)
    if first_frame_model is None:
        synthesizer = kind.load(run_dir, precision)
    else:
        first = FrameByFrame.load(first_frame_model, precision)
        synthesizer = kind.load(run_dir, precision, first)
    if first_frames == "zeros":
        synthesizer.ignores_frames = True
    if style is not None:
        synthesizer.styles = style.table(run_dir, config, synthesizer.painter)
    return synthesizer


def load_synthesizer(
    run_dir: str | Path,
    precision: str | None = None,
    first_frames: FirstFrames | None = None,
    first_frame_model: str | Path | None = None,
    style: StyleChoice | None = None,
) -> AnySynthesizer:
    """Loads a run, under the name that version 0.1 had for it.

    Use `v2v_tf.from_pretrained`, whose models have `rollout(clip)` too; this name goes
    on working and warns once. Arguments, result and errors are those of `open_run`.

    Example:
        ```python
        >>> import warnings
        >>> with warnings.catch_warnings():
        ...     warnings.simplefilter("ignore")
        ...     synthesizer = load_synthesizer("runs/toy")
        >>> synthesizer.history
        2
        ```
    """
    warn_renamed("load_synthesizer(run)", "v2v_tf.from_pretrained(run)")
    return open_run(run_dir, precision, first_frames, first_frame_model, style)


def _synthesizer_class(config: Config) -> Any:
    """Returns the class that makes frames with the networks of a model family."""
    name = family_of(config).synthesizer
    if name is None:
        raise InputError(
            f"model: {config.model} makes no frames: choose one of "
            f"{', '.join(MODELS.names_with('makes_frames'))}"
        )
    return imported(name)


def _check(
    run_dir: Path,
    config: Config,
    first_frames: FirstFrames | None,
    first_frame_model: str | Path | None,
) -> None:
    """Raises InputError for first frames that do not go with the run."""
    if first_frames not in (None, *FIRST_FRAMES):
        raise InputError(
            f"first frames are one of {', '.join(FIRST_FRAMES)}, got '{first_frames}'"
        )
    if first_frames == "generated" and first_frame_model is None:
        raise InputError(
            "--first-frames generated needs the network that makes them: name the run "
            "of a first_frame model with --first-frame-model"
        )
    if first_frames != "generated" and first_frame_model is not None:
        raise InputError(
            "--first-frame-model is used with --first-frames generated alone: add "
            "that, or leave the model out"
        )
    if first_frames is None:
        return
    if not family_of(config).makes_video:
        raise InputError(
            f"{run_dir} is the run of a {config.model} model, which makes every frame "
            "from its own condition: leave --first-frames out"
        )
    begins = config.generator
    if first_frames == "zeros" and not begins.begins_alone:
        raise InputError(
            f"{run_dir} was trained with given first frames, never with "
            "past frames of zeros and would warp black pixels: use given or generated, "
            "or train with generator.first_frames=either or zeros"
        )
    if first_frames == "given" and not begins.takes_frames:
        raise InputError(
            f"{run_dir} was trained with past frames of zeros: its first frame is made "
            "without the warp, and it has never begun with frames of others: use "
            "zeros, or train with generator.first_frames=given"
        )
    if first_frames == "generated" and begins.begins_alone:
        raise InputError(
            f"{run_dir} was trained with past frames of zeros, and makes its first "
            "frames itself: use zeros"
        )
