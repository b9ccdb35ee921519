"""Random changes of discriminators' inputs: what they are and what they leave."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from v2v_tf import load_config
from v2v_tf.errors import InputError
from v2v_tf.models.common.random_inputs import NO_CHANGES, NOISE, RandomInputs

HEIGHT, WIDTH = 16, 24


def noise(*shape: int, seed: int) -> tf.Tensor:
    return tf.random.stateless_uniform(shape, [seed, 7], -1.0, 1.0)


def changes(**given) -> RandomInputs:
    return RandomInputs(**{"augment": True, "seed": 3, "step": tf.constant(5), **given})


def shifts(x: np.ndarray, moved: np.ndarray) -> list[tuple[int, int]]:
    """The shifts that give `moved`, of one map [H, W], with zeros coming in."""
    found = []
    for down in range(-HEIGHT // 8, HEIGHT // 8 + 1):
        for right in range(-WIDTH // 8, WIDTH // 8 + 1):
            expected = np.zeros_like(x)
            rows = slice(max(down, 0), HEIGHT + min(down, 0))
            columns = slice(max(right, 0), WIDTH + min(right, 0))
            before = slice(max(-down, 0), HEIGHT + min(-down, 0))
            left = slice(max(-right, 0), WIDTH + min(-right, 0))
            expected[rows, columns] = x[before, left]
            if np.allclose(moved, expected):
                found.append((down, right))
    return found


def test_every_example_is_shifted_as_a_whole_and_as_its_others_are():
    one, other = (noise(6, HEIGHT, WIDTH, 7, seed=s) for s in (1, 2))
    # Channels 0, 1 and 5, 6 are no frames: a shift is all that they get.
    found = changes().augmented([one, other], first=2, num_frames=1, stream=0)
    seen = set()
    for example in range(6):
        at = {
            tuple(shifts(x[example, ..., c].numpy(), y[example, ..., c].numpy()))
            for x, y in zip([one, other], found, strict=True)
            for c in (0, 1, 5, 6)
        }
        (only,) = at
        assert len(only) == 1
        seen.update(only)
    assert len(seen) > 3


def test_frames_of_a_group_are_coloured_alike_and_those_of_two_examples_not():
    frames = noise(2, HEIGHT, WIDTH, 3, seed=1)
    pair = tf.concat([frames, frames], -1)
    (found,) = changes().augmented([pair], first=0, num_frames=2, stream=0)
    np.testing.assert_allclose(found[..., :3], found[..., 3:], atol=1e-6)
    means = tf.reduce_mean(found, axis=[1, 2]).numpy()
    assert np.abs(means[0] - means[1]).max() > 0.02


def test_colours_change_brightness_saturation_and_contrast():
    """Of even frames, the border left out, which shifts may have brought in."""
    colour = np.float32([0.5, 0.1, -0.3])
    even = tf.ones([40, HEIGHT, WIDTH, 3]) * colour
    (found,) = changes().augmented([even], first=0, num_frames=1, stream=0)
    inner = found[:, 2:-2, 3:-3].numpy()
    grey = inner[:, 0, 0].mean(axis=-1)
    np.testing.assert_allclose(inner, inner[:, :1, :1] + 0 * inner, atol=1e-6)
    # Its mean is 0.1; brightness adds up to half.
    assert grey.min() < -0.2 and grey.max() > 0.4
    assert np.abs(grey - 0.1).max() <= 0.5 + 1e-6
    # Channels stand in the same relation, farther apart or nearer.
    apart = inner[:, 0, 0] - grey[:, None]
    scale = apart[:, 0] / (colour - colour.mean())[0]
    np.testing.assert_allclose(apart, scale[:, None] * (colour - 0.1), atol=1e-5)
    assert scale.min() < 0.5 and scale.max() > 1.5 and scale.min() >= 0


def test_noise_is_on_frames_alone_and_has_its_deviation():
    real = noise(4, 64, 64, 8, seed=1)
    near = changes(augment=False, disturb=True).disturbed(real, 2, 1, 1)
    added = (near - real).numpy()
    assert not added[..., :2].any() and not added[..., 5:].any()
    assert added[..., 2:5].std() == pytest.approx(NOISE, rel=0.03)


def test_it_follows_from_seed_step_and_discriminator():
    x = noise(3, HEIGHT, WIDTH, 3, seed=1)

    def made(stream: int = 0, **given) -> np.ndarray:
        inputs, near = changes(disturb=True, **given)([x], 0, 1, stream)
        return np.stack([inputs[0], near])

    for given in ({}, {"seed": 4}, {"step": tf.constant(6)}, {"stream": 1}):
        assert np.array_equal(made(), made(**given)) == (not given)


def test_by_default_nothing_changes():
    x = noise(2, HEIGHT, WIDTH, 3, seed=1)
    (same,), near = NO_CHANGES([x], 0, 1, 0)
    assert same is x and near is None


def test_gradients_reach_the_frames():
    x = tf.Variable(noise(2, HEIGHT, WIDTH, 4, seed=1))
    with tf.GradientTape() as tape:
        (found,), _ = changes()([tf.convert_to_tensor(x)], 1, 1, 0)
        loss = tf.reduce_sum(tf.square(found))
    reached = tf.reduce_max(tf.abs(tape.gradient(loss, x)), axis=[0, 3])
    # Borders may be shifted out of sight.
    assert float(tf.reduce_min(reached[2:-2, 3:-3])) > 0


def test_negative_weights_are_refused():
    with pytest.raises(
        InputError, match="losses.gradient_penalty must be 0 or more, got -1"
    ):
        load_config("test/toy_street", ("losses.gradient_penalty=-1",))
