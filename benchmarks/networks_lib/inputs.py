"""Random inputs of one frame, the same for both frameworks.

A measured frame begins where the conditions are encoded: one-hot planes and edges
are made here, once, and their encoding from label ids is in no measured time.
"""

from __future__ import annotations

import numpy as np

from networks_lib.cases import Row


def make_inputs(row: Row) -> tuple[np.ndarray, np.ndarray]:
    """Returns conditions and history of a row.

    Returns:
        float32 [1, H, W, n * C], one-hot labels and an edge plane for each frame,
        and float32 [1, H, W, (n - 1) * 3], range [-1, 1].
    """
    rng = np.random.default_rng(0)
    size = (1, row.height, row.width)
    frames = []
    for _ in range(row.num_frames):
        labels = rng.integers(0, row.num_labels, size)
        edges = rng.random((*size, 1)) < 0.1
        frames += [np.eye(row.num_labels, dtype=np.float32)[labels], edges]
    conditions = np.concatenate(frames, axis=-1).astype(np.float32)
    history = rng.uniform(-1, 1, (*size, row.frame_channels)).astype(np.float32)
    return conditions, history
