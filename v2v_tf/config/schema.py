"""Configuration: typed defaults here, YAML files with overrides only.

Order of precedence, lowest first: the defaults of these dataclasses, the file that
a file ``extends``, the file, then ``--set a.b=c``. Unknown keys and values of a
wrong type are errors that name the key, the file and the nearest right name. The
effective configuration is written into every run folder and exported model.

Names of the original's options are given in brackets (method.md 8.7).
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml

from v2v_tf.config import checks as config_checks
from v2v_tf.config import loading as config_loading
from v2v_tf.config.networks import (
    DiscriminatorConfig,
    FirstFrameConfig,
    GeneratorConfig,
    StyleConfig,
)
from v2v_tf.config.plugins import MODELS, TASKS, Blocks, did_you_mean
from v2v_tf.config.training import (
    LossConfig,
    OptimizerConfig,
    PreviewConfig,
    RuntimeConfig,
    StageConfig,
)
from v2v_tf.errors import InputError

PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")
_PACKAGE = Path(__file__).resolve().parents[1]
# Installed as package data; in a source checkout it lies beside the package.
PRESET_FOLDERS = (_PACKAGE / "configs", _PACKAGE.parent / "configs")


@dataclass(frozen=True)
class ResizeConfig:
    """Resize and crop rules (method.md 5.3) [resize_or_crop].

    Attributes:
        scale: which side `load_size` sets; `random_*` draw it per clip between
            `fine_size` and `load_size` in training; `square` sets both;
            `none` leaves frames as they are.
        load_size: pixels [loadSize].
        crop: `none`; `square`: fine_size x fine_size; `scaled_height` and
            `scaled_width`: keep the aspect ratio, that side is `fine_size`.
        fine_size: pixels [fineSize].
        central_half: then keep the central half of the width (pose).
        flip: mirror half of the training clips [not no_flip].
    """

    scale: Literal[
        "none", "square", "width", "height", "random_width", "random_height"
    ] = "width"
    load_size: int = 512
    crop: Literal["none", "square", "scaled_height", "scaled_width"] = "none"
    fine_size: int = 512
    central_half: bool = False
    flip: bool = True


@dataclass(frozen=True)
class DataConfig:
    """Clip records: how `prepare` writes them and training samples them.

    Attributes:
        resize: geometry of frames and conditions.
        orientation: of frames: `shown`, upright and with square pixels as viewers and
            players show them, by EXIF and the headers of videos; or `stored`.
        image_format: encoding of RGB frames in records.
        jpeg_quality: 1 .. 100.
        flow_preset: quality of the DIS teacher flow.
        max_gap: frames for which a face or a person may vanish and is drawn on the line
            between before and after; longer gaps end a clip. 0 for none.
        confidence_threshold: largest squared RGB error, summed over channels of
            images in [-1, 1], of a flow that is trusted (method.md 5.4).
        max_frames_per_record: longer sequences are cut into several records.
        min_frames: shorter sequences are quarantined.
        num_shards: record files written.
        max_bad_fraction: `prepare` fails when more clips are bad than this.
        max_black_fraction: clips of which this share of the pixels or more is black
            are quarantined.
        min_flow: and those whose flow, at its 95th percentile, is not longer than
            this, pixels; below 0 for none.
        max_stride: training draws the frame step from 1 .. this [max_t_step].
        shuffle_buffer: records held for shuffling.
        epoch: what a stage without `steps_per_epoch` counts: `clips`, one of each
            record, or `frames`, as many as frames can be generated [pose].
        eval_fraction: part of the sequences that `prepare` sets aside, by a hash
            of the sequence name; a sequence is never in both splits.
    """

    resize: ResizeConfig = field(default_factory=ResizeConfig)
    orientation: Literal["shown", "stored"] = "shown"
    image_format: Literal["png", "jpeg"] = "png"
    jpeg_quality: int = 95
    max_gap: int = 0
    flow_preset: Literal["ultrafast", "fast", "medium"] = "fast"
    confidence_threshold: float = 0.02
    max_frames_per_record: int = 130
    min_frames: int = 3
    num_shards: int = 4
    max_bad_fraction: float = 0.1
    max_black_fraction: float = 0.5
    min_flow: float = 0.0
    max_stride: int = 1
    shuffle_buffer: int = 64
    epoch: Literal["clips", "frames"] = "clips"
    eval_fraction: float = 0.0


@dataclass(frozen=True)
class Config:
    """The whole configuration of an experiment.

    Attributes:
        task: what conditions are: the name of a task, built in or of an installed
            package.
        model: what is trained: the name of a model family. `vid2vid` is built by
            `generator`; `first_frame`, the image generator of first frames, by
            `first_frame`: it has no flow, no past frames and no scales, and leaves
            their losses out; the `forecaster` of label maps by `generator` with one
            scale, without discriminators.
        seed: of all draws.
        conditioning: how conditions are drawn and encoded, a block for each task; only
            that of `task` is read.
        families: options of model families of other packages, a block for each; only
            that of `model` is read.
        data: clip records.
        generator: of `vid2vid`.
        style: what regions look like, where the model has styles.
        first_frame: the generator of `first_frame`.
        discriminator: of either; temporal ones and that of faces judge videos.
        losses: weights.
        optimizer: of every network.
        curriculum: stages, one after the other.
        previews: shown in training.
        runtime: the machine.
    """

    task: Annotated[str, TASKS] = "street"
    model: Annotated[str, MODELS] = "vid2vid"
    seed: int = 0
    conditioning: Annotated[Blocks, TASKS] = field(
        default_factory=lambda: Blocks(TASKS)
    )
    families: Annotated[Blocks, MODELS] = field(default_factory=lambda: Blocks(MODELS))
    data: DataConfig = field(default_factory=DataConfig)
    generator: GeneratorConfig = field(default_factory=GeneratorConfig)
    style: StyleConfig = field(default_factory=StyleConfig)
    first_frame: FirstFrameConfig = field(default_factory=FirstFrameConfig)
    discriminator: DiscriminatorConfig = field(default_factory=DiscriminatorConfig)
    losses: LossConfig = field(default_factory=LossConfig)
    optimizer: OptimizerConfig = field(default_factory=OptimizerConfig)
    curriculum: tuple[StageConfig, ...] = (StageConfig(),)
    previews: PreviewConfig = field(default_factory=PreviewConfig)
    runtime: RuntimeConfig = field(default_factory=RuntimeConfig)

    @property
    def task_options(self) -> Any:
        """The block of `conditioning` that belongs to `task`."""
        return self.conditioning[self.task]

    @property
    def history(self) -> int:
        """Past frames: those of a clip before the first that the model makes."""
        return MODELS.get(self.model).num_past_frames(self)

    @property
    def size_multiple(self) -> int:
        """Both sides of frames must divide by so many pixels."""
        return MODELS.get(self.model).size_multiple(self)


def load_config(
    path: str | Path | None = None, overrides: tuple[str, ...] = ()
) -> Config:
    """Loads a configuration.

    Args:
        path: a YAML file, the name of a preset (`toy_street`, `test/toy_street`),
            or None for the defaults.
        overrides: `key.sub=value` strings; the value is read as YAML, list items
            are named by index (`curriculum.0.epochs=2`).

    Returns:
        The effective configuration.

    Raises:
        InputError: the file is missing or no mapping, a key is unknown, a value
            has a wrong type.
    """
    values = _read(_find(path)) if path is not None else {}
    source = str(path) if path is not None else "defaults"
    config = config_loading.build(Config, values, source)
    for override in overrides:
        config = config_loading.override(config, override)
    config_checks.check(config, source)
    return config


def load(path: str | Path | None = None, overrides: tuple[str, ...] = ()) -> Config:
    """Loads a configuration, under the name that version 0.1 had for it.

    Use `load_config`; this name goes on working and warns once.
    """
    warnings.warn(
        "load(...) of a configuration is now load_config(...)",
        FutureWarning,
        stacklevel=2,
    )
    return load_config(path, overrides)


def to_plain(config: Config) -> dict[str, Any]:
    """Returns the effective configuration as mappings, lists and scalars.

    Of the blocks of plug-ins it has those of the configuration's own task and model
    family, and others that differ from their defaults.
    """
    values = config_loading.plain(config)
    for key, name in (("conditioning", config.task), ("families", config.model)):
        own = config_loading.plain(getattr(config, key)[name])
        values[key] = {**values[key], **({name: own} if own else {})}
    return values


def to_yaml(config: Config) -> str:
    """Returns the effective configuration as YAML that `load_config` reads back."""
    return yaml.safe_dump(to_plain(config), sort_keys=False)


def presets() -> list[str]:
    """Returns the names of the presets, those for tests left out."""
    return sorted({p.stem for folder in PRESET_FOLDERS for p in folder.glob("*.yaml")})


def _find(path: str | Path) -> Path:
    given = Path(path)
    if given.is_file():
        return given
    for folder in PRESET_FOLDERS:
        preset = folder / f"{path}.yaml"
        if preset.is_file():
            return preset
    hint = did_you_mean(str(path), presets())
    raise InputError(
        f"no configuration '{path}': it is neither a file nor a preset{hint}; "
        f"presets: {', '.join(presets())}"
    )


def _read(path: Path) -> dict:
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not valid YAML: {error}") from error
    if values is None:
        values = {}
    if not isinstance(values, dict):
        raise InputError(
            f"{path}: expected a mapping of keys, got {type(values).__name__}"
        )
    parent = values.pop("extends", None)
    if parent is None:
        return values
    beside = path.parent / f"{parent}.yaml"
    return config_loading.merge(
        _read(beside if beside.is_file() and beside != path else _find(parent)), values
    )
