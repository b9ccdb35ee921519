"""Runs of models that were never trained: as training leaves them, in seconds."""

import dataclasses
from pathlib import Path

import tensorflow as tf

from v2v_tf.models.registry import build_model
from v2v_tf.training import checkpoints, run_state


def write_run(folder: Path, config, seed: int, step: int = 7) -> Path:
    """Writes a run whose weights are drawn from a seed."""
    tf.keras.utils.set_random_seed(seed)
    model = build_model(config)
    model.build_networks(64, 64)
    origin = run_state.Origin("ab" * 32, "/home/me/before", ((32, 64),), {"a": "b"})
    run_state.begin(folder, config, dataclasses.replace(origin, labels=(1, 2)))
    networks = {
        name: part
        for name, part in model.saved_parts().items()
        if name not in ("optimizers", "losses")
    }
    checkpoints.save(networks, folder, step)
    return folder
