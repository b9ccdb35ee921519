"""Estimates what the stages of a training take of memory, before they begin.

Weights, Adam's two moments, gradients and kept maps are counted; what the libraries and
the traced graph take besides was measured on a CPU (docs/performance.md).
"""

from __future__ import annotations

import tensorflow as tf

from v2v_tf.memory.use import MemoryUse
from v2v_tf.models.common.kept_maps import num_convolutions
from v2v_tf.models.common.memory_settings import (
    frames_of_a_step,
    recomputes,
    walks_frames,
)
from v2v_tf.models.common.staged import StagedModel

_FLOAT = 4  # bytes
_MOMENTS = 2  # of Adam, for each weight
# Measured: TensorFlow, as it is imported.
_PROCESS = 550_000_000
# Measured: of a convolution with its norm, forward and backward, in all traced graphs.
_TRACED_CONVOLUTION = 15_000_000


def parameters(model: StagedModel) -> dict[str, int]:
    """Returns the number of trainable weights of each sub-network, by name."""
    return {name: _count(x.variables) for name, x in model.subnetworks.items()}


def estimate(
    model: StagedModel, index: int, size: tuple[int, int], replicas: int, on_gpu: bool
) -> MemoryUse:
    """Returns what a stage takes on each device.

    Args:
        model: compiled and built.
        index: number of the stage in the curriculum, from 0.
        size: height and width of the finest frames, pixels.
        replicas: devices that share a batch.
        on_gpu: whether they are GPUs: then neither the process nor the graph counts,
            and maps of mixed precision take half.
    """
    config = model.experiment
    stage, before = config.curriculum[index], model.stage
    model.stage = stage
    try:
        frames = frames_of_a_step(config, index)
        pixels = size[0] * size[1] / 4**model.num_downsamplings
        clips = max(stage.batch_size // replicas, 1)
        kept = model.kept_maps
        beside = 0.0 if stage.kind == "flow" else model.kept_maps_beside(frames)
        trained = _count(model.stage_variables)
    finally:
        model.stage = before
    at_once = 1 if recomputes(config, index) else frames
    mixed = on_gpu and config.runtime.precision != "float32"
    number = _FLOAT // 2 if mixed else _FLOAT
    counts = parameters(model)
    generator = counts.pop("generator")
    copies = 1 + _MOMENTS + (model.moving_average is not None)
    rest = _FLOAT * (1 + _MOMENTS) * sum(counts.values())
    if stage.kind != "flow":
        rest += _FLOAT * sum(counts.values())
    if not on_gpu:
        walked = at_once if walks_frames(config, index) else 1
        convolutions = num_convolutions(model.generator) * walked
        convolutions += sum(map(num_convolutions, _others(model)))
        rest += _PROCESS + _TRACED_CONVOLUTION * convolutions
    return MemoryUse(
        weights=_FLOAT * copies * generator,
        gradients=_FLOAT * trained * (at_once if walks_frames(config, index) else 1),
        maps=round(number * kept * pixels * clips * at_once),
        maps_beside=round(number * beside * pixels * clips),
        rest=rest,
    )


def _count(variables: list[tf.Variable]) -> int:
    return sum(variable.shape.num_elements() for variable in variables)


def _others(model: StagedModel) -> list[tf.keras.Model]:
    return [x for x in model.layers if x not in (model.generator, model.moving_average)]
