"""Reads checkpoints of NVIDIA/vid2vid (PyTorch), without PyTorch.

```python
generator = load_generator("checkpoints/label2city_1024", "checkpoints/.../opt.txt")
frames = generator.rollout(labels, instances, first_frames)["fake_frames"]
```

Norms of NVIDIA/vid2vid run on the statistics of the current frame (batch norm at batch
1, never in evaluation mode, method.md 1.2), so running statistics are left out.
Published weights keep their own, non-commercial licence.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from absl import logging

from v2v_tf.errors import InputError
from v2v_tf.models.common.discriminators import MultiScaleDiscriminator
from v2v_tf.models.first_frame.networks import (
    FeatureGenerator,
    GlobalGenerator,
    LocalEnhancerGenerator,
)
from v2v_tf.models.vid2vid.generator import SequentialGenerator
from v2v_tf.models.vid2vid.style_encoder import FeatureEncoder
from v2v_tf.published import nvidia_names
from v2v_tf.published.nvidia_options import (
    NvidiaOptions,
    experiment,
    generator_config,
    read_options,
)
from v2v_tf.tasks.registry import create
from v2v_tf.torch_format.files import read_tensors

Options = Mapping[str, Any] | str | Path
SINGLE_NETWORKS = ("global", "local", "global_with_features", "encoder")


def load_generator(
    folder: str | Path,
    options: Options,
    *,
    epoch: str = "latest",
    partial: bool = False,
) -> SequentialGenerator:
    """Loads the sequential generator from `<epoch>_net_G0.pth`, `..._G1.pth`, ...

    Args:
        folder: holds one file a scale, in either format of PyTorch.
        options: a mapping of NVIDIA/vid2vid's option names, or a path to its `opt.txt`.
        epoch: the prefix of the files.
        partial: load what is there, such as the coarser scales of a larger model;
            what stays random is logged as a warning.

    Returns:
        A generator whose `rollout` makes clips.

    Raises:
        InputError: missing or unreadable files or options; without `partial`,
            tensors that are missing, surplus or of another shape.
    """
    generator = build_generator(read_options(options))
    untouched = restore_generator(generator, folder, epoch=epoch, partial=partial)
    if untouched:
        logging.warning("%s: stayed random: %s", folder, ", ".join(untouched))
    return generator


def load_network(path: str | Path, options: Options) -> tf.keras.Model:
    """Loads one network for single images, or a discriminator.

    Args:
        path: the file, in either format of PyTorch.
        options: a mapping of NVIDIA/vid2vid's option names, or a path to its `opt.txt`.
            `netG` says which network: `global`, `local`, `global_with_features` or
            `encoder`; a discriminator has `num_D`, `ndf` or `n_layers_D` and no `netG`,
            or a file name as NVIDIA/vid2vid gives (`latest_net_D.pth`, `..._D_T0.pth`,
            `..._D_f.pth`), and then its input is derived from the source's channels.

    Returns:
        A model on float32 arrays [N, H, W, C]: generators take conditions (and
        features), the encoder an image and an instance map, and give [N, H, W, C];
        discriminators give `out[scale][layer]`, scale 0 at full resolution.

    Raises:
        InputError: an unreadable file, options that describe none of these networks,
            tensors that are missing, surplus or of another shape.
    """
    parsed = read_options(options)
    network = _build_network(parsed, _discriminator_kind(path, parsed))
    restore(network, read_tensors(path), str(path))
    return network


def build_generator(options: NvidiaOptions) -> SequentialGenerator:
    """Returns the generator that options describe, with random weights."""
    config = generator_config(options)
    conditioning = None
    if options.label_nc:
        conditioning = create(experiment(options))
    return SequentialGenerator(
        config,
        options.source_channels,
        options.fg_labels,
        conditioning,
        name="generator",
    )


def restore_generator(
    generator: SequentialGenerator,
    folder: str | Path,
    *,
    epoch: str = "latest",
    partial: bool = False,
) -> list[str]:
    """Loads every scale from its file; arguments as of `load_generator`.

    Returns:
        The weights that stayed as they were, as `scale: name`.
    """
    folder = Path(folder)
    paths = [folder / f"{epoch}_net_G{i}.pth" for i in range(len(generator.scales))]
    absent = [path.name for path in paths if not path.is_file()]
    if absent and (not partial or len(absent) == len(paths)):
        raise InputError(
            f"{folder} holds no {', '.join(absent)}: expected one file a scale "
            f"(n_scales_spatial is {len(paths)}); load the scales that are there into "
            "the larger model with partial=True (--partial)"
        )
    generator.build_weights()
    untouched = []
    for scale, (network, path) in enumerate(zip(generator.scales, paths, strict=True)):
        if path.is_file():
            names = restore(network, read_tensors(path), str(path), partial=partial)
        else:
            names = list(_variables(network))
        untouched += [f"G{scale}: {name}" for name in names]
    return untouched


def restore(
    network: tf.keras.Model,
    tensors: Mapping[str, np.ndarray],
    source: str,
    *,
    partial: bool = False,
) -> list[str]:
    """Assigns the tensors of a file to a built network.

    Args:
        network: network whose modules are named, see `nvidia_names.modules`.
        tensors: tensors by their names in the file.
        source: the file, for messages.
        partial: load what fits, instead of an error.

    Returns:
        The names that stayed as they were; empty without `partial`.

    Raises:
        InputError: missing, surplus or misshapen tensors, by name; with `partial`,
            nothing fits.
    """
    wanted = _variables(network)
    names = [nvidia_names.ignored(*pair) for pair in nvidia_names.modules(network)]
    known = set(wanted).union(*names)
    arrays = {name: _to_keras(array) for name, array in tensors.items()}
    missing = [name for name in wanted if name not in arrays]
    surplus = [name for name in arrays if name not in known]
    misshapen = [
        name
        for name, variable in wanted.items()
        if name in arrays and tuple(variable.shape) != arrays[name].shape
    ]
    loaded = [n for n in wanted if n not in missing and n not in misshapen]
    if not loaded or (not partial and (missing or surplus or misshapen)):
        shapes = [
            f"{name} {tensors[name].shape}, not {_torch_shape(wanted[name])}"
            for name in misshapen
        ]
        raise InputError(
            f"{source} does not fit the network that the options describe"
            + _listed("missing", missing)
            + _listed("surplus", surplus)
            + _listed("of another shape", shapes)
            + ": check the options (ngf, n_downsample_G, n_blocks, fg, label_nc, ...)"
        )
    for name in loaded:
        wanted[name].assign(arrays[name])
    return missing + misshapen


def _variables(network: tf.keras.Model) -> dict[str, tf.Variable]:
    found: dict[str, tf.Variable] = {}
    for module, layer in nvidia_names.modules(network):
        found.update(nvidia_names.weights(module, layer))
    return found


def _to_keras(array: np.ndarray) -> np.ndarray:
    """Converts both kinds of kernels to (height, width, ..), the other axes swapped."""
    return array.transpose(2, 3, 1, 0) if array.ndim == 4 else array


def _torch_shape(variable: tf.Variable) -> tuple[int, ...]:
    shape = tuple(variable.shape)
    return (shape[3], shape[2], *shape[:2]) if len(shape) == 4 else shape


def _listed(what: str, names: Sequence[str]) -> str:
    return f"; {what}: {', '.join(names)}" if names else ""


def _discriminator_kind(path: str | Path, options: NvidiaOptions) -> str | None:
    """Returns `D`, `D_T`, `D_f` by file name, `plain` by options, else None."""
    match = re.search(r"_net_(D(?:_T|_f)?)\d*\.pth$", Path(path).name)
    if match:
        return match[1]
    return "plain" if options.is_discriminator else None


def _build_network(options: NvidiaOptions, discriminator: str | None) -> tf.keras.Model:
    """Returns the network that options describe, built."""
    if discriminator is not None:
        return _build_discriminator(options, discriminator)
    if options.netG not in SINGLE_NETWORKS:
        raise InputError(
            f"option netG is '{options.netG}': load_network reads "
            f"{', '.join(SINGLE_NETWORKS)} and discriminators (options with num_D); "
            "the generator of videos (composite) is read by load_generator"
        )
    # The original builds these with affine=False norms, whatever `norm` says of G.
    affine = options.affine_norms("instance")
    channels = options.label_nc or options.input_nc
    sizes = (options.ngf, options.n_downsample_G)
    inputs: list[int]
    if options.netG == "encoder":
        network = FeatureEncoder(options.output_nc, *sizes, affine)
        inputs = [options.input_nc, 1]
    elif options.netG == "global":
        network = GlobalGenerator(*sizes, options.n_blocks, affine)
        inputs = [channels]
    elif options.netG == "local":
        locals_ = (options.n_local_enhancers, options.n_blocks_local)
        network = LocalEnhancerGenerator(*sizes, options.n_blocks, *locals_, affine)
        inputs = [channels]
    else:
        features = options.feat_num
        network = FeatureGenerator(features, *sizes, options.n_blocks, affine)
        inputs = [channels, features]
    side = 4 * network.multiple
    network(*(tf.zeros([1, side, side, c]) for c in inputs))
    return network


def _build_discriminator(options: NvidiaOptions, kind: str) -> tf.keras.Model:
    copies, group = options.num_D, options.n_frames_D
    source = options.source_channels + options.output_nc
    channels = {
        "plain": options.input_nc,
        "D": source,
        "D_f": source,
        "D_T": options.output_nc * group + 2 * (group - 1),
    }[kind]
    if kind == "D_f":
        copies = max(1, copies - 2)
    affine = options.affine_norms("batch")
    network = MultiScaleDiscriminator(
        options.ndf, options.n_layers_D, copies, affine=affine
    )
    network(tf.zeros([1, 16 * 2**copies, 16 * 2**copies, channels]))
    return network
