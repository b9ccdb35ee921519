"""Begins with the weights of another run, as a rule a coarser one (method.md 4.6).

Which networks of the two correspond, the model family says.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

import tensorflow as tf

from v2v_tf.errors import InputError
from v2v_tf.models.common.staged import StagedModel
from v2v_tf.models.registry import build_model, family_of
from v2v_tf.storage import runs

_SMALLEST = 64  # pixels; weights do not depend on the size


def warm_start(model: StagedModel, source: Path) -> list[str]:
    """Copies what fits from the newest checkpoint of another run.

    Args:
        model: built.
        source: run folder of `train` or `import-nvidia`, or a pack.

    Returns:
        A line for each network: what was loaded, and what is new.

    Raises:
        InputError: no run, one of another kind of model, no checkpoint, or nothing of
            it fits.
    """
    config = runs.load_config(source, model=model.experiment.model)
    runs.newest_step(source)
    # No perceptual network is needed, and its weights may be elsewhere.
    losses = dataclasses.replace(config.losses, perceptual=0.0)
    other = build_model(dataclasses.replace(config, losses=losses))
    other.build_networks(_SMALLEST, _SMALLEST)
    there = runs.restore_parts(source, other.saved_parts())
    lines, loaded = [], 0
    for name, mine, theirs in family_of(config).weight_pairs(model, other, there):
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
