"""What signatures refuse, and what they say."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf


def conditions(*shape: int, value: int = 0) -> np.ndarray:
    return np.full((*shape, 1), value, np.uint8)


def first(height: int = 16, width: int = 24, **changed) -> dict:
    inputs = {
        "conditions": conditions(1, 2, height, width),
        "instances": np.zeros((1, 2, height, width), np.int32),
        "frames": np.zeros((1, 2, height, width, 3), np.uint8),
    }
    return inputs | changed


@pytest.fixture(scope="module")
def call(street_signatures):
    signatures, _ = street_signatures

    def run(name: str, **inputs):
        return signatures[name](**{k: tf.constant(v) for k, v in inputs.items()})

    return run


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (first(18), "divisible by 4 and at least 8, got (height, width)] [18 24]"),
        (first(4), "divisible by 4 and at least 8, got (height, width)] [4 24]"),
        (
            first(conditions=conditions(1, 2, 16, 24, value=8)),
            "values of plane 0 must be 0 .. 7 for task street, got] [8]",
        ),
        (
            first(instances=np.zeros((1, 2, 16, 20), np.int32)),
            "instances and conditions must agree in batch, frames, height and width",
        ),
        (
            first(frames=np.zeros((1, 2, 20, 24, 3), np.uint8)),
            "frames and conditions must agree in batch, frames, height and width",
        ),
        (
            {k: v[:0] for k, v in first().items()},
            "expected one video and one frame or more, got the shape] [0 2 16 24 1]",
        ),
        (
            first(4096, 4096),
            "may have 8388608 pixels in all, got] [16777216]",
        ),
    ],
)
def test_first_conditions(call, changed, message):
    with pytest.raises(tf.errors.InvalidArgumentError) as error:
        call("init_states_from_frames", **changed)
    assert message in str(error.value)


@pytest.fixture(scope="module")
def now(call):
    return dict(call("init_states_from_frames", **first()))


def test_states_of_another_size(call, now):
    with pytest.raises(tf.errors.InvalidArgumentError) as error:
        call(
            "generate_frame",
            conditions=conditions(1, 16, 32),
            instances=np.zeros((1, 16, 32), np.int32),
            **now,
        )
    assert "state_conditions: expected (batch, height, width)" in str(error.value)
    assert "[1 16 32]" in str(error.value) and "[1 16 24]" in str(error.value)


def test_states_of_fewer_videos(call, now):
    with pytest.raises(tf.errors.InvalidArgumentError) as error:
        call(
            "generate_frame",
            conditions=conditions(2, 16, 24),
            instances=np.zeros((2, 16, 24), np.int32),
            **now,
        )
    assert "state_conditions" in str(error.value)


def test_states_mixed_of_two_sizes(call, now):
    other = {**now, "state_frames_0": np.zeros((1, 2, 12, 24, 3), np.float32)}
    with pytest.raises(tf.errors.InvalidArgumentError) as error:
        call(
            "generate_frame",
            conditions=conditions(1, 16, 24),
            instances=np.zeros((1, 16, 24), np.int32),
            **other,
        )
    assert "state_frames_0" in str(error.value)


def test_a_clip_without_frames(call, now):
    with pytest.raises(tf.errors.InvalidArgumentError, match="one frame or more"):
        call(
            "generate_clip",
            conditions=conditions(1, 0, 16, 24),
            instances=np.zeros((1, 0, 16, 24), np.int32),
            **now,
        )
