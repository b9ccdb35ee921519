"""Reads the options of NVIDIA/vid2vid as a configuration.

Names and defaults are those of its command line (method.md 8.7).
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from v2v_tf.config import (
    TASKS,
    Blocks,
    Config,
    DataConfig,
    GeneratorConfig,
    ResizeConfig,
)
from v2v_tf.config import loading as config_loading
from v2v_tf.errors import InputError
from v2v_tf.tasks.task import Task


@dataclass(frozen=True)
class NvidiaOptions:
    """Holds those of NVIDIA/vid2vid's options that describe a network or its input.

    Defaults are those of NVIDIA/vid2vid, but for `netG` and `norm`, which are empty
    where not given.
    """

    netG: str = ""
    norm: str = ""
    label_nc: int = 0
    input_nc: int = 3
    output_nc: int = 3
    use_instance: bool = False
    ngf: int = 128
    ndf: int = 64
    n_blocks: int = 9
    n_blocks_local: int = 3
    n_downsample_G: int = 3
    n_local_enhancers: int = 1
    n_scales_spatial: int = 1
    n_frames_G: int = 3
    n_frames_D: int = 3
    n_layers_D: int = 3
    num_D: int = 2
    feat_num: int = 3
    fg: bool = False
    fg_labels: tuple[int, ...] = (26,)
    no_flow: bool = False
    no_first_img: bool = False
    dataset_mode: str = ""
    openpose_only: bool = False
    densepose_only: bool = False
    basic_point_only: bool = False
    remove_face_labels: bool = False
    random_drop_prob: float = 0.05
    no_canny_edge: bool = False
    no_dist_map: bool = False
    resize_or_crop: str = "scaleWidth"
    loadSize: int = 512
    fineSize: int = 512
    no_flip: bool = False
    # Not an option: some were given of those that only a discriminator has.
    is_discriminator: bool = False

    @property
    def source_channels(self) -> int:
        """Channels of one encoded condition frame."""
        return (self.label_nc or self.input_nc) + int(self.use_instance)

    def affine_norms(self, default: str) -> bool:
        """Returns whether norms learn a scale and a shift (method.md 1.2)."""
        norm = self.norm or default
        if norm not in ("batch", "instance"):
            raise InputError(
                f"option norm is '{norm}', but NVIDIA/vid2vid knows 'batch' and "
                "'instance' only: check the options file"
            )
        return norm == "batch"


def read_options(options: Mapping[str, Any] | str | Path) -> NvidiaOptions:
    """Reads NVIDIA/vid2vid's options; those that say nothing of networks are left out.

    Args:
        options: a mapping, or a file: `opt.txt` as NVIDIA/vid2vid writes it beside its
            checkpoints, or a JSON or YAML mapping.

    Raises:
        InputError: no such file, nothing to read in it, a value of a wrong type.
    """
    if isinstance(options, Mapping):
        values, source = dict(options), "options"
    else:
        values, source = _read_file(Path(options)), str(options)
    known = {field.name for field in dataclasses.fields(NvidiaOptions)}
    known.remove("is_discriminator")
    chosen = {
        name: _value(name, value) for name, value in values.items() if name in known
    }
    if not chosen:
        raise InputError(
            f"{source}: none of NVIDIA/vid2vid's options is in it (expected label_nc, "
            "ngf, n_downsample_G, ...): give its opt.txt, or a mapping of its names"
        )
    parsed = config_loading.build(NvidiaOptions, chosen, source)
    _check_counts(parsed, source)
    is_one = not parsed.netG and not {"num_D", "ndf", "n_layers_D"}.isdisjoint(chosen)
    return dataclasses.replace(parsed, is_discriminator=is_one)


def generator_config(options: NvidiaOptions) -> GeneratorConfig:
    """Returns the configuration of the sequential generator.

    Raises:
        InputError: another generator family, or images of other than 3 channels.
    """
    if options.netG not in ("", "composite"):
        raise InputError(
            f"option netG is '{options.netG}', a network for single images: read it "
            "with load_network"
        )
    if options.output_nc != 3:
        raise InputError(
            f"option output_nc is {options.output_nc}: only RGB output (3) is supported"
        )
    if options.fg and not options.label_nc:
        raise InputError(
            "option fg needs labels, but label_nc is 0: the foreground branch would "
            "read image channels as labels"
        )
    return GeneratorConfig(
        num_filters=options.ngf,
        num_downsamples=options.n_downsample_G,
        num_blocks=options.n_blocks,
        num_local_blocks=options.n_blocks_local,
        num_scales=options.n_scales_spatial,
        num_frames=options.n_frames_G,
        # Without DensePose vid2vid drops flow, whatever no_flow says (method.md 8.1).
        use_flow=not (options.no_flow or options.openpose_only),
        use_foreground=options.fg,
        first_frames="zeros" if options.no_first_img else "given",
        affine_norms=options.affine_norms("batch"),
    )


def experiment(options: NvidiaOptions) -> Config:
    """Returns the whole configuration: task, sizes, conditioning, generator.

    Raises:
        InputError: sources that no task of this project draws.
    """
    for name in TASKS.names():
        block = TASKS.get(name).from_published(options)
        if block is not None:
            return Config(
                task=name,
                conditioning=Blocks(TASKS, **{name: block}),
                data=DataConfig(resize=_resize(options, TASKS.get(name))),
                generator=generator_config(options),
            )
    raise InputError(
        f"options: a source of {options.source_channels} channels (dataset_mode "
        f"'{options.dataset_mode}', label_nc 0) is none of this project's tasks: "
        "labels (label_nc > 0), face (15 or 1), pose (6 or 3). From Python, "
        "load_generator takes any channels"
    )


def _check_counts(options: NvidiaOptions, source: str) -> None:
    least = {"n_frames_G": 2, "n_frames_D": 2, "label_nc": 0, "n_blocks_local": 0}
    counts = "ngf ndf num_D n_layers_D input_nc output_nc feat_num n_blocks "
    counts += "n_downsample_G n_local_enhancers n_scales_spatial"
    for name, lowest in {**dict.fromkeys(counts.split(), 1), **least}.items():
        if getattr(options, name) < lowest:
            raise InputError(
                f"{source}: option {name} is {getattr(options, name)}: expected "
                f"{lowest} or more"
            )


def _resize(options: NvidiaOptions, task: Task) -> ResizeConfig:
    """Returns the resize rules of `resize_or_crop`, matched by its first known part."""
    rule = options.resize_or_crop
    scales: tuple[tuple[str, Any], ...] = (
        ("resize", "square"),
        ("randomScaleWidth", "random_width"),
        ("randomScaleHeight", "random_height"),
        ("scaleWidth", "width"),
        ("scaleHeight", "height"),
    )
    scale: Any = next((name for word, name in scales if word in rule), "none")
    crop: Any = "none"
    if "crop" in rule:
        crop = "square"
    elif "scaledCrop" in rule:
        crop = "scaled_width" if "Width" in rule else "scaled_height"
    return ResizeConfig(
        scale=scale,
        load_size=options.loadSize,
        crop=crop,
        fine_size=options.fineSize,
        central_half=task.central_half,
        flip=not options.no_flip and task.mirrored,
    )


def _value(name: str, value: Any) -> Any:
    """Returns a value from a mapping or from the text of a file as its own type."""
    if isinstance(value, str):
        if name == "fg_labels":
            return [int(number) for number in re.findall(r"-?\d+", value)]
        parsed = yaml.safe_load(value) if value else ""
        return value if isinstance(parsed, dict | list) or parsed is None else parsed
    if name == "fg_labels" and isinstance(value, int):
        return [value]
    return list(value) if isinstance(value, tuple) else value


def _read_file(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise InputError(f"no options file {path}: give the opt.txt of the checkpoint")
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: no text file, so no opt.txt ({error})") from error
    if text.lstrip().startswith("{"):
        try:
            return dict(yaml.safe_load(text))
        except yaml.YAMLError as error:
            raise InputError(f"{path}: not valid JSON: {error}") from error
    lines = re.findall(r"^[ \t]*(\w+)[ \t]*:[ \t]*(.*?)[ \t]*$", text, re.MULTILINE)
    # Lines of newer versions end with '[default: ...]' where a value was changed.
    return {name: re.sub(r"\s*\[default: .*\]$", "", value) for name, value in lines}
