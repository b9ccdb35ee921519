"""Defines the configuration: typed defaults here, overrides alone in YAML files.

Order of precedence, lowest first: the defaults of these dataclasses, the file that
a file ``extends``, the file, then ``--set a.b=c``. Unknown keys and values of a
wrong type are errors that name the key, the file and the nearest right name. The
effective configuration is written into every run folder and exported model.

Names of NVIDIA/vid2vid's options are given in brackets (method.md 8.7).
"""

from __future__ import annotations

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
from v2v_tf.errors import InputError, warn_renamed

PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")
_PACKAGE = Path(__file__).resolve().parents[1]
# Installed as package data; in a source checkout it lies beside the package.
PRESET_FOLDERS = (_PACKAGE / "configs", _PACKAGE.parent / "configs")


@dataclass(frozen=True)
class ResizeConfig:
    """Says how frames are resized and cropped (method.md 5.3) [resize_or_crop].

    Attributes:
        scale: side that `load_size` sets: `width` or `height`; `random_width` and
            `random_height` draw it for each clip between `fine_size` and `load_size` in
            training; `square` sets both sides; `none` leaves frames as they are.
        load_size: length of that side after resizing, pixels [loadSize].
        crop: part of the resized frame to keep: `none` keeps all of it, `square` keeps
            `fine_size` x `fine_size`, `scaled_height` and `scaled_width` keep the
            aspect ratio and make that side `fine_size`.
        fine_size: side of the crop, pixels [fineSize].
        central_half: whether the central half of the width is kept after the crop, as
            recipes for pose do.
        flip: whether half of the training clips are mirrored [not no_flip].

    Example:
        ```python
        >>> from v2v_tf import load_config
        >>> load_config("toy_street", ("data.resize.load_size=128",)).data.resize
        ResizeConfig(scale='width', load_size=128, crop='none', fine_size=512,
        central_half=False, flip=True)
        ```
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
    """Says how `prepare` writes clip records and how training samples them.

    Attributes:
        resize: geometry of frames and conditions.
        orientation: pixels of frames and of maps: `shown`, upright and with square
            pixels as viewers and players show them, by EXIF and the headers of videos;
            or `stored`, as they lie in the file.
        max_gap: frames for which a face or a person may vanish and is drawn on the line
            between before and after; longer gaps end a clip; 0 for none.
        image_format: encoding of RGB frames in records: `png` is exact, `jpeg` smaller.
        jpeg_quality: quality of JPEG frames, 1 .. 100.
        flow_preset: quality of the teacher flow by DIS, slowest last: `ultrafast`,
            `fast`, `medium`.
        confidence_threshold: largest squared RGB error, summed over channels of
            images in [-1, 1], of a flow that is trusted (method.md 5.4).
        max_frames_per_record: largest number of frames of a record; longer sequences
            are cut into several records.
        min_frames: least number of frames of a sequence; shorter ones are quarantined.
        num_shards: number of record files for each split.
        max_bad_fraction: largest share of bad clips, 0 .. 1; `prepare` fails above it.
        max_black_fraction: largest share of black pixels, 0 .. 1; clips with this share
            or more are quarantined.
        min_flow: least motion, pixels a frame: clips whose flow at its 95th percentile
            is not longer are quarantined; below 0 for no limit.
        max_stride: largest step between the frames of a training clip; each clip draws
            its step from 1 .. `max_stride` [max_t_step].
        shuffle_buffer: number of records that are held for shuffling.
        epoch: clips of an epoch of a stage without `steps_per_epoch`: `clips` for one
            of each record, or `frames` for one for each frame that can be generated
            [pose].
        eval_fraction: share of the sequences, 0 .. 1, that `prepare` sets aside for
            evaluation, chosen by a hash of the sequence name; a sequence is never in
            both splits.

    Example:
        ```python
        >>> from v2v_tf import load_config
        >>> load_config(None, ("data.image_format=jpeg",)).data.jpeg_quality
        95
        ```
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
    """Holds the whole configuration of an experiment.

    Attributes:
        task: kind of condition: the name of a task, built in or of an installed
            package.
        model: kind of model: the name of a model family. `vid2vid` is the video model
            that `generator` describes; `first_frame` is the image generator that
            `first_frame` describes, without flow, past frames, scales and their losses;
            `forecaster` predicts label maps with `generator` at one scale, without
            discriminators.
        seed: seed of all random draws.
        conditioning: drawing and encoding of conditions, a block for each task; only
            that of `task` is read.
        families: options of model families of other packages, a block for each; only
            that of `model` is read.
        data: preparation of clip records, and sampling from them.
        generator: sequential generator of `vid2vid` and `forecaster`.
        style: styles of regions, for models with styles.
        first_frame: image generator of `first_frame`.
        discriminator: image discriminator of both kinds of model; temporal and face
            discriminators are for `vid2vid` alone.
        losses: weights of the losses.
        optimizer: optimizer of every network.
        curriculum: stages of training, one after the other.
        previews: videos that training makes of held-out clips.
        runtime: precision, devices and checkpoints.

    Example:
        ```python
        >>> from v2v_tf import load_config
        >>> config = load_config("toy_street", ("seed=7",))
        >>> config.task, config.model, config.seed, config.history
        ('street', 'vid2vid', 7, 2)
        ```
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
        """Returns the block of `conditioning` that belongs to `task`."""
        return self.conditioning[self.task]

    @property
    def history(self) -> int:
        """Returns the number of past frames: those before the first generated one."""
        return MODELS.get(self.model).num_past_frames(self)

    @property
    def size_multiple(self) -> int:
        """Returns the pixels that both sides of frames must divide by."""
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

    Example:
        ```python
        >>> config = load_config("toy_street", ("curriculum.0.epochs=2", "task=street"))
        >>> config.curriculum[0].epochs
        2
        ```
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

    Example:
        ```python
        >>> import warnings
        >>> from v2v_tf import load_config
        >>> with warnings.catch_warnings():
        ...     warnings.simplefilter("ignore")
        ...     config = load("toy_street")
        >>> config == load_config("toy_street")
        True
        ```
    """
    warn_renamed("load(...) of a configuration", "load_config(...)")
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
