"""Checkpoints as the original project leaves them, with random weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import tensorflow as tf

from tests.torch_format.torch_bytes import write_checkpoint
from v2v_tf.published import nvidia, nvidia_names
from v2v_tf.published.nvidia_options import read_options


def state_dict(network: tf.keras.Model, seed: int) -> dict[str, np.ndarray]:
    """Random weights by their names in a checkpoint, with running statistics."""
    random = np.random.default_rng(seed)
    tensors = {}
    for module, layer in nvidia_names.modules(network):
        for name, variable in nvidia_names.weights(module, layer).items():
            shape = tuple(variable.shape)
            if len(shape) == 4:
                shape = (shape[3], shape[2], *shape[:2])
            tensors[name] = random.normal(0, 0.2, shape).astype(np.float32)
        for name in sorted(nvidia_names.ignored(module, layer)):
            tensors[name] = np.float32([seed])
    return tensors


def write_generator(folder: Path, options: dict, seed: int = 1) -> list[dict]:
    """Writes every scale; returns its tensors."""
    generator = nvidia.build_generator(read_options(options))
    generator.build_weights()
    scales = []
    for index, network in enumerate(generator.scales):
        scales.append(state_dict(network, seed + index))
        write_checkpoint(folder / f"latest_net_G{index}.pth", scales[-1])
    return scales
