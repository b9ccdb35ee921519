"""Optimisers of sub-networks: limits, beginning afresh, and the moving average."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest
import tensorflow as tf

from tests.models.conftest import stage, weights_of
from v2v_tf.layers.gradients import registered_gradients
from v2v_tf.models.common import optimizers as optimization
from v2v_tf.models.common.subnetworks import Subnetwork

NUM_PAST = 2


def variables() -> list[tf.Variable]:
    return [tf.Variable([1.0, 2.0]), tf.Variable(5.0), tf.Variable(7.0)]


def test_the_norm_of_all_gradients_together_is_limited():
    weights = variables()
    # Of norm 13, with one that is in no result.
    gradients = [tf.constant([3.0, 4.0]), None, tf.constant(12.0)]
    sgd = tf.keras.optimizers.legacy.SGD(1.0)
    optimization.apply_gradients(sgd, gradients, weights, clip_norm=6.5)
    np.testing.assert_allclose(weights[0], [1 - 1.5, 2 - 2.0])
    assert [float(w) for w in weights[1:]] == [5.0, 1.0]
    optimization.apply_gradients(sgd, gradients, weights, clip_norm=20.0)
    assert float(weights[2]) == -11.0


@pytest.mark.parametrize("clip_norm", [0.0, 6.5])
@pytest.mark.parametrize("mirrored", [False, True])
def test_a_traced_step_leaves_no_graph_behind(clip_norm, mirrored):
    """TensorFlow would keep the graphs of gradients that it adds up over replicas."""
    before = registered_gradients()

    def take() -> tuple[tf.Variable, weakref.ref]:
        strategy = (
            tf.distribute.MirroredStrategy(["CPU:0"])
            if mirrored
            else tf.distribute.get_strategy()
        )
        with strategy.scope():
            weight, sgd = tf.Variable(5.0), tf.keras.optimizers.legacy.SGD(0.5)

            def apply() -> None:
                gradients = [tf.constant(13.0)]
                optimization.apply_gradients(sgd, gradients, [weight], clip_norm)

            step = tf.function(lambda: strategy.run(apply), autograph=False)
            step()
            return weight, weakref.ref(step.get_concrete_function().graph)

    weight, graph = take()
    gc.collect()
    assert weight.numpy() == 5 - 0.5 * (clip_norm or 13)
    assert graph() is None
    assert not registered_gradients() - before


@pytest.mark.parametrize(
    "adam", [tf.keras.optimizers.legacy.Adam, tf.keras.optimizers.Adam]
)
@pytest.mark.parametrize("with_scale", [False, True])
def test_a_subnetwork_has_a_copy_of_its_own_and_can_begin_afresh(adam, with_scale):
    network = tf.keras.Sequential([tf.keras.layers.Dense(1, input_shape=(2,))])
    example = adam(0.25, beta_1=0.5)
    subnetwork = Subnetwork([network], example, with_scale)
    assert not subnetwork.has_slots
    subnetwork.make_slots()
    assert subnetwork.has_slots and subnetwork.optimizer is not example
    first = [w.numpy() for w in network.weights]

    def move() -> list[np.ndarray]:
        before = [w.numpy() for w in network.weights]
        with tf.GradientTape() as tape:
            loss = subnetwork.loss(tf.reduce_sum(network(tf.constant([[3.0, 5.0]]))))
        subnetwork.step(tape.gradient(loss, subnetwork.variables), subnetwork.variables)
        steps = [b - w.numpy() for b, w in zip(before, network.weights, strict=True)]
        return [step.ravel() for step in steps]

    for step in move():
        np.testing.assert_allclose(step, 0.25, rtol=1e-3)
    assert not np.array_equal(first[0], network.weights[0].numpy())
    move()
    assert int(subnetwork.optimizer.iterations) == 2
    subnetwork.start_afresh()
    assert int(subnetwork.optimizer.iterations) == 0
    assert float(subnetwork.optimizer.learning_rate) == 0.25
    for step in move():
        np.testing.assert_allclose(step, 0.25, rtol=1e-3)
    assert int(example.iterations) == 0


def test_the_moving_average_follows_every_step_of_the_generator(
    make_config, make_batch, make_model, eager
):
    config = make_config("optimizer.ema_decay=0.25", "discriminator.num_scales=1")
    model = make_model(config, 1e-2, 1e-2)
    model.set_stage(stage(2, 1))
    slow = model.preview_generator
    assert slow is model.moving_average.generator is not model.generator
    for fast, weight in zip(model.generator.weights, slow.weights, strict=True):
        weight.assign(fast)
    expected = weights_of(slow)
    followed = []
    follow = model.moving_average.follow

    def noted(generator) -> None:
        followed.append(weights_of(generator))
        follow(generator)

    model.moving_average.follow = noted
    model.train_step(make_batch(NUM_PAST + 2))
    assert len(followed) == 2
    # (1 + n) / (10 + n) is below 0.25 in the first two updates.
    for count, weights in enumerate(followed):
        decay = (1 + count) / (10 + count)
        expected = [
            decay * e + (1 - decay) * w for e, w in zip(expected, weights, strict=True)
        ]
    assert decay < 0.25
    for weight, value in zip(slow.weights, expected, strict=True):
        np.testing.assert_allclose(weight, value, atol=1e-6)
    assert int(model.moving_average.updates) == 2
    model.moving_average.updates.assign(1000)
    follow(model.generator)
    last = model.generator.weights[0].numpy()
    np.testing.assert_allclose(
        slow.weights[0], 0.25 * expected[0] + 0.75 * last, atol=1e-6
    )


def test_without_a_decay_there_is_none(make_config, make_model):
    model = make_model(make_config())
    assert model.moving_average is None
    assert model.preview_generator is model.generator
    assert "moving_average" not in model.saved_parts()
