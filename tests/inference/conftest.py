"""Models with weights of chance and clips of chance, for roll-outs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from v2v_tf import config as configuration
from v2v_tf.config import Config

Clip = dict[str, np.ndarray]


@pytest.fixture(scope="session")
def street_config() -> Callable[..., Config]:
    """Returns the tiny street configuration with overrides."""
    return lambda *overrides: configuration.load_config("test/toy_street", overrides)


@pytest.fixture(scope="session")
def images_config() -> Callable[..., Config]:
    """Returns that of single images on the same street, with overrides."""
    return lambda *overrides: configuration.load_config(
        "test/toy_street_first_frame", overrides
    )


@pytest.fixture(scope="session")
def make_clip() -> Callable[..., Clip]:
    """Draws a clip of the toy street's labels."""

    def make(num_frames: int, size: tuple[int, int] = (32, 64), seed: int = 0) -> Clip:
        random = np.random.default_rng(seed)
        coarse = random.integers(0, 8, (num_frames, size[0] // 8, size[1] // 8))
        labels = coarse.repeat(8, axis=1).repeat(8, axis=2)
        shape = (num_frames, *size)
        return {
            "conditions": labels[..., None].astype(np.uint8),
            "instances": (labels * 1000 + 3).astype(np.int32),
            "frames": random.integers(0, 256, (*shape, 3)).astype(np.uint8),
            "flow": random.normal(0, 2, (num_frames - 1, *size, 2)).astype(np.float32),
            "flow_confidence": np.ones((num_frames - 1, *size, 1), np.float32),
        }

    return make
