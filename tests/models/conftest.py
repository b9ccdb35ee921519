"""A small street, a small experiment, and clips of random content."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
import tensorflow as tf

from v2v_tf import config as configuration
from v2v_tf.config import Config, StageConfig
from v2v_tf.models.common.staged import StagedModel
from v2v_tf.models.registry import build_model

HEIGHT, WIDTH, NUM_LABELS = 16, 32, 3
SMALL = (
    "task=street",
    f"conditioning.street.num_labels={NUM_LABELS}",
    "conditioning.street.foreground_labels=[1]",
    "generator.num_filters=3",
    "generator.num_downsamples=2",
    "generator.num_blocks=2",
    "discriminator.num_filters=3",
    "discriminator.num_layers=1",
    "discriminator.num_temporal_scales=2",
    "losses.perceptual_weights=none",
    "losses.l1=10",
    "losses.mask=1",
)


@pytest.fixture(scope="session")
def make_config() -> Callable[..., Config]:
    """Returns the small experiment, with overrides."""
    return lambda *overrides: configuration.load_config(None, SMALL + overrides)


@pytest.fixture(scope="session")
def image_config(make_config) -> Callable[..., Config]:
    """Returns the same experiment for an image generator."""
    return lambda *overrides: make_config(
        "model=first_frame",
        "first_frame.num_filters=3",
        "first_frame.num_downsamples=1",
        "first_frame.num_blocks=1",
        *overrides,
    )


@pytest.fixture(scope="session")
def make_batch() -> Callable[..., dict[str, tf.Tensor]]:
    """Returns a batch of clips as the input pipeline yields them."""

    def make(
        num_frames: int, batch_size: int = 1, seed: int = 0
    ) -> dict[str, tf.Tensor]:
        random = np.random.default_rng(seed)
        size = (batch_size, num_frames, HEIGHT, WIDTH)
        pairs = (batch_size, num_frames - 1, HEIGHT, WIDTH)
        arrays = {
            "conditions": random.integers(0, NUM_LABELS, (*size, 1), np.uint8),
            "frames": random.integers(0, 256, (*size, 3), np.uint8),
            "instances": random.integers(0, 3, size, np.int32),
            "flow": random.normal(0, 2, (*pairs, 2)).astype(np.float32),
            "flow_confidence": random.integers(0, 2, (*pairs, 1)).astype(np.float32),
        }
        return {name: tf.constant(array) for name, array in arrays.items()}

    return make


@pytest.fixture(scope="session")
def make_model() -> Callable[..., StagedModel]:
    """Returns a compiled model with every weight made, drawn from seed 1."""

    def make(
        config: Config, generator_rate: float = 0.0, rate: float = 0.0
    ) -> StagedModel:
        tf.keras.utils.set_random_seed(1)
        model = build_model(config)
        model.build_networks(HEIGHT, WIDTH)
        adam = tf.keras.optimizers.legacy.Adam
        model.compile(adam(generator_rate, 0.5), adam(rate, 0.5))
        return model

    return make


@pytest.fixture
def eager():
    """Runs functions step by step: tracing takes longer than these steps."""
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


def stage(num_frames: int, chunk_frames: int, kind: str = "gan") -> StageConfig:
    return StageConfig(kind=kind, num_frames=num_frames, chunk_frames=chunk_frames)


def weights_of(network) -> list[np.ndarray]:
    return [weight.numpy() for weight in network.weights]


def changed(before: list[np.ndarray], network) -> list[bool]:
    return [
        not np.array_equal(old, weight.numpy())
        for old, weight in zip(before, network.weights, strict=True)
    ]


def assert_losses(results, expected: dict[str, float]) -> None:
    assert sorted(results) == sorted(expected)
    for name, value in expected.items():
        assert float(results[name]) == pytest.approx(value, rel=1e-4, abs=1e-6), name


@pytest.fixture
def symbolic() -> Iterator[None]:
    """Everything inside is a graph that nobody runs: no weight is drawn."""
    with tf.Graph().as_default():
        yield


def count(network: tf.keras.layers.Layer) -> int:
    return sum(weight.shape.num_elements() for weight in network.weights)
