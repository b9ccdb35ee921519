"""Gradients of one's own, and what is left of them once their graph is gone."""

from __future__ import annotations

import ast
import gc
import weakref
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

import v2v_tf
from v2v_tf.layers.gradients import (
    custom_gradient,
    leave_to_graph,
    registered_gradients,
)


@custom_gradient
def scaled_exponential(x):
    """Has five times the derivative that it should, so that it is seen."""
    y = tf.exp(x)
    return 3 * y, lambda upstream: 15 * upstream * y


def gradient(x):
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = scaled_exponential(x)
    return tape.gradient(y, x)


X = np.float32([0.5, -1.25])
EXPECTED = 15 * np.exp(X)


@pytest.mark.parametrize("traced", [False, True])
def test_gradient_is_the_one_given(traced):
    function = tf.function(gradient, autograph=False) if traced else gradient
    np.testing.assert_allclose(function(tf.constant(X)), EXPECTED, rtol=1e-6)


def test_gradients_leave_the_registry_with_their_graph():
    before = registered_gradients()

    def trace() -> weakref.ref:
        traced = tf.function(gradient, autograph=False)
        graph = traced.get_concrete_function(tf.TensorSpec([2])).graph
        assert len(registered_gradients() - before) == 1
        return weakref.ref(graph)

    graph = trace()
    gc.collect()
    assert graph() is None
    assert not registered_gradients() - before


def test_a_graph_that_is_in_use_keeps_its_gradients():
    """Traced forward only, and differentiated after the garbage was collected."""
    forward = tf.function(scaled_exponential, autograph=False)
    x = tf.constant(X)
    forward(x)
    gc.collect()
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = forward(x)
    np.testing.assert_allclose(tape.gradient(y, x), EXPECTED, rtol=1e-6)


def in_a_branch(x):
    return tf.cond(
        tf.reduce_sum(x) < 0, lambda: scaled_exponential(x), lambda: tf.zeros_like(x)
    )


def in_a_loop(x):
    def step(index, total):
        return index + 1, total + scaled_exponential(x)

    return tf.while_loop(lambda index, _: index < 4, step, (0, tf.zeros_like(x)))[1]


@pytest.mark.parametrize(("function", "times"), [(in_a_branch, 1), (in_a_loop, 4)])
def test_inner_graphs_keep_their_gradients(function, times):
    before = registered_gradients()

    def found() -> np.ndarray:
        @tf.function(autograph=False)
        def differentiate(x):
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = function(x)
            gc.collect()
            return tape.gradient(y, x)

        return differentiate(tf.constant(X)).numpy()

    np.testing.assert_allclose(found(), times * EXPECTED, rtol=1e-6)
    gc.collect()
    assert not registered_gradients() - before


def test_gradients_of_others_can_be_left_to_the_graph():
    before = registered_gradients()
    theirs = tf.custom_gradient(lambda x: (2 * x, lambda upstream: 7 * upstream))

    def found() -> float:
        @tf.function(autograph=False)
        def differentiate(x):
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = leave_to_graph([theirs(x)])[0]
            return tape.gradient(y, x)

        return float(differentiate(tf.constant(1.5)))

    assert found() == 7
    gc.collect()
    assert not registered_gradients() - before


def registers_gradients(path: Path) -> bool:
    return any(
        isinstance(node, ast.Attribute)
        and node.attr in ("custom_gradient", "RegisterGradient", "recompute_grad")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    )


def test_the_package_registers_no_gradient_for_good():
    package = Path(v2v_tf.__file__).parent
    users = filter(registers_gradients, package.rglob("*.py"))
    assert [path.relative_to(package).as_posix() for path in users] == [
        "layers/gradients.py"
    ]
