"""Begins with the weights of another run, as a rule a coarser one (method.md 4.6).

Scales of the generator are matched from the coarsest, copies of discriminators by the
resolution that they read. The image generator is matched part by part: a
global one is what a local enhancer of half the width begins with.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import tensorflow as tf

from v2v_tf.errors import InputError
from v2v_tf.models.common.adversarial import AdversarialModel
from v2v_tf.models.common.discriminators import MultiScaleDiscriminator
from v2v_tf.models.first_frame.build import parts_of
from v2v_tf.models.first_frame.model import FirstFrameModel
from v2v_tf.models.forecaster.model import ForecasterModel
from v2v_tf.models.registry import build_model
from v2v_tf.models.vid2vid.model import Vid2Vid
from v2v_tf.storage import runs

_SMALLEST = 64  # pixels; weights do not depend on the size
Pair = tuple[str, tf.keras.layers.Layer, tf.keras.layers.Layer | None]


def warm_start(model: AdversarialModel, source: Path) -> list[str]:
    """Copies what fits from the newest checkpoint of another run.

    Args:
        model: built.
        source: run folder of `train` or `import-nvidia`.

    Returns:
        A line for each network: what was loaded, and what is new.

    Raises:
        InputError: no run, one of another kind of model, no checkpoint, or nothing of
            it fits.
    """
    config = runs.load_config(source, model=model.experiment.model)
    found = runs.checkpoints(source)
    if not found:
        raise InputError(f"{source} holds no checkpoint to start from")
    # No perceptual network is needed, and its weights may be elsewhere.
    losses = dataclasses.replace(config.losses, perceptual=0.0)
    other = build_model(dataclasses.replace(config, losses=losses))
    other.build_networks(_SMALLEST, _SMALLEST)
    there = _restore(other, found[0][1])
    lines, loaded = [], 0
    for name, mine, theirs in _pairs(model, other, there):
        copied, total = _copy(mine, theirs)
        loaded += copied
        if copied == total:
            lines.append(f"loaded  {name} ({_millions(mine)})")
        elif copied:
            lines.append(f"partly  {name}: {copied} of {total} tensors, others are new")
        else:
            lines.append(f"new     {name} ({_millions(mine)})")
    if not loaded:
        raise InputError(
            f"nothing of {source} fits this configuration: start from a run of the "
            "same generator and discriminator widths"
        )
    return lines


def _restore(other: AdversarialModel, prefix: str) -> set[str]:
    """Restores what the checkpoint has; returns the names of its parts."""
    parts = other.saved_parts()
    names = tf.train.load_checkpoint(prefix).get_variable_to_shape_map()
    there = {name.partition("/")[0] for name in names} & parts.keys()
    try:
        wanted = {name: parts[name] for name in there - {"optimizers", "losses"}}
        status = tf.train.Checkpoint(**wanted).read(prefix)
        status.assert_existing_objects_matched().expect_partial()
    except (AssertionError, ValueError, tf.errors.OpError) as error:
        raise InputError(
            f"{prefix} is damaged, or no longer fits its configuration ({error})"
        ) from error
    return there


def _pairs(
    model: AdversarialModel, other: AdversarialModel, there: set[str]
) -> Iterator[Pair]:
    if isinstance(model, FirstFrameModel) and isinstance(other, FirstFrameModel):
        parts = parts_of(other.generator) if "generator" in there else {}
        for name, part in parts_of(model.generator).items():
            yield f"generator {name}", part, parts.get(name)
        theirs = other.image_discriminator if "image_discriminator" in there else None
        yield from _copies("image_discriminator", model.image_discriminator, theirs)
    if isinstance(model, ForecasterModel) and isinstance(other, ForecasterModel):
        theirs = other.generator if "generator" in there else None
        yield "forecaster", model.generator, theirs
    if isinstance(model, Vid2Vid) and isinstance(other, Vid2Vid):
        yield from _pairs_of_videos(model, other, there)


def _pairs_of_videos(model: Vid2Vid, other: Vid2Vid, there: set[str]) -> Iterator[Pair]:
    scales = other.generator.scales if "generator" in there else []
    for index, scale in enumerate(model.generator.scales):
        theirs = scales[index] if index < len(scales) else None
        yield f"generator scale {index}", scale, theirs
    discriminators: list[tuple] = [
        ("image_discriminator", model.image_discriminator, other.image_discriminator)
    ]
    if model.face_discriminator is not None:
        face = (model.face_discriminator, other.face_discriminator)
        discriminators.append(("face_discriminator", *face))
    for name, mine, theirs in discriminators:
        yield from _copies(name, mine, theirs if name in there else None)
    temporal = other.temporal_discriminators
    if "temporal_discriminators" not in there:
        temporal = []
    for index, mine in enumerate(model.temporal_discriminators):
        theirs = temporal[index] if index < len(temporal) else None
        yield from _copies(f"temporal_discriminator {index}", mine, theirs)


def _copies(
    name: str, mine: MultiScaleDiscriminator, theirs: MultiScaleDiscriminator | None
) -> Iterator[Pair]:
    """Pairs copies that see the same resolution; the coarsest are the last."""
    copies = [] if theirs is None else theirs.copies
    more = len(mine.copies) - len(copies)
    for index, copy in enumerate(mine.copies):
        fits = 0 <= index - more < len(copies)
        part = name.replace("_", " ")
        yield f"{part}, copy {index}", copy, copies[index - more] if fits else None


def _copy(
    mine: tf.keras.layers.Layer, theirs: tf.keras.layers.Layer | None
) -> tuple[int, int]:
    """Copies weights of the same place and shape; returns how many, and of how many."""
    weights = mine.weights
    if theirs is None or len(theirs.weights) != len(weights):
        return 0, len(weights)
    copied = 0
    for weight, old in zip(weights, theirs.weights, strict=True):
        if weight.shape == old.shape:
            weight.assign(old)
            copied += 1
    return copied, len(weights)


def _millions(network: tf.keras.layers.Layer) -> str:
    count = sum(weight.shape.num_elements() for weight in network.weights)
    return f"{count / 1e6:.1f} M weights"
