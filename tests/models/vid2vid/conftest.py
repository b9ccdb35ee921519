"""Generated and real frames to compare, and objectives of single networks."""

from __future__ import annotations

import dataclasses

import pytest
import tensorflow as tf

from v2v_tf.config import Config
from v2v_tf.models.vid2vid.frame import FrameOutput
from v2v_tf.models.vid2vid.stage_objective import Networks, Objective

SIZE = (8, 12)


def noise(*shape: int, seed: int = 0, scale: float = 1.0) -> tf.Tensor:
    return tf.random.stateless_uniform(shape, [seed, 7], -scale, scale)


@pytest.fixture
def clip() -> dict[str, tf.Tensor]:
    """A real clip of two examples and seven frames."""
    return {
        "frames": noise(2, 7, *SIZE, 3, seed=1),
        "flow": noise(2, 6, *SIZE, 2, seed=2, scale=3.0),
        "flow_confidence": tf.round(noise(2, 6, *SIZE, 1, seed=3) * 0.5 + 0.5),
    }


@pytest.fixture
def output() -> FrameOutput:
    """Three generated frames of two examples."""
    return FrameOutput(
        noise(2, 3, *SIZE, 3, seed=4),
        noise(2, 3, *SIZE, 3, seed=5),
        noise(2, 3, *SIZE, 3, seed=6),
        noise(2, 3, *SIZE, 2, seed=7, scale=2.0),
        noise(2, 3, *SIZE, 1, seed=8) * 0.5 + 0.5,
    )


def weighted(config: Config, **weights: float) -> Config:
    """The configuration with these weights alone."""
    zeros = {
        field.name: 0.0
        for field in dataclasses.fields(config.losses)
        if isinstance(field.default, float)
    }
    losses = dataclasses.replace(config.losses, **{**zeros, **weights})
    return dataclasses.replace(config, losses=losses)


def objective_of(config: Config, **networks) -> Objective:
    """The objective of the first stage, with the networks that a test needs."""
    networks = {"generator": None, "image": None, **networks}
    return Objective(config, config.curriculum[0], Networks(**networks))
