"""Means over examples of which some count as zero."""

import numpy as np
import pytest
import tensorflow as tf

from v2v_tf.losses.means import example_mean

VALUES = tf.constant([[[1.0, 2.0, 6.0]], [[50.0, 9.0, 70.0]], [[4.0, 0.0, 3.5]]])


def test_all_examples_count_unless_told_otherwise():
    assert float(example_mean(VALUES)) == pytest.approx(145.5 / 9)
    assert float(example_mean(VALUES, tf.ones([3]))) == pytest.approx(145.5 / 9)


def test_an_example_that_does_not_count_is_a_zero_among_all():
    # Means of the examples are 3, 43 and 2.5; the divisor stays 3.
    for examples, expected in (
        ([1.0, 0.0, 1.0], 5.5 / 3),
        ([0.0, 1.0, 0.0], 43.0 / 3),
        ([0.0, 0.0, 0.0], 0.0),
    ):
        found = float(example_mean(VALUES, tf.constant(examples)))
        assert found == pytest.approx(expected)


def test_a_batch_is_the_mean_of_its_parts():
    # As of two devices, of which one has no example that counts.
    values = tf.concat([VALUES, VALUES[:1] * 5], axis=0)
    examples = tf.constant([1.0, 1.0, 0.0, 0.0])
    whole = float(example_mean(values, examples))
    parts = [example_mean(values[i : i + 2], examples[i : i + 2]) for i in (0, 2)]
    assert whole == pytest.approx(float(tf.add_n(parts)) / 2)
    assert whole == pytest.approx(46.0 / 4)


def test_gradients_reach_the_examples_that_count_alone():
    with tf.GradientTape() as tape:
        tape.watch(VALUES)
        loss = example_mean(VALUES, tf.constant([0.0, 1.0, 1.0]))
    expected = np.full([3, 1, 3], 1 / 9, np.float32)
    expected[0] = 0.0
    np.testing.assert_allclose(tape.gradient(loss, VALUES), expected, rtol=1e-6)
