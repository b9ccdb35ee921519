"""Styles of regions: where they are, and what a table of them holds."""

import numpy as np
import pytest
import tensorflow as tf

from v2v_tf.models.common import style_tables as styles


def test_a_region_is_a_class_and_an_instance():
    classes = tf.constant([0, 0, 2, 2])
    instances = tf.constant([5, 65535, 5, 5])
    found = styles.region_ids(classes, instances).numpy()
    assert len(set(found)) == 3 and found[2] == found[3]


def test_a_pixel_gets_the_style_of_its_instance():
    table = tf.reshape(tf.range(2 * 2 * 3 * 2, dtype=tf.float32), [2, 2, 3, 2])
    classes = tf.constant([[[0, 1]], [[1, 1]]])
    instances = tf.constant([[[4, 3]], [[5, 6001]]])  # 4 mod 3 = 1, 6001 mod 3 = 1
    painted = styles.paint(table, classes, instances).numpy()
    np.testing.assert_array_equal(painted[0, 0], [[2, 3], [6, 7]])
    np.testing.assert_array_equal(painted[1, 0], [[22, 23], [20, 21]])


def test_a_thing_that_comes_back_looks_as_before():
    """In no frame is anything remembered: its id alone says how it looks."""
    table = tf.random.stateless_uniform([1, 4, 5, 3], [1, 2])
    classes = tf.constant([[[[3]], [[1]], [[3]]]])
    instances = tf.constant([[[[3007]], [[1]], [[3007]]]])
    first, away, again = styles.paint(table, classes, instances)[0].numpy()
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, away)


def test_a_table_holds_the_means_of_what_is_shown():
    features = tf.constant([[[[[1.0], [3.0]]], [[[8.0], [2.0]]]]])  # [1, 2, 1, 2, 1]
    classes = tf.constant([[[[0, 0]], [[0, 2]]]])
    instances = tf.constant([[[[10, 10]], [[11, 4]]]])
    table = styles.table_of(features, classes, instances, (3, 2)).numpy()[0, :, :, 0]
    # Instances 10 and 11 are the variants 0 and 1 of class 0.
    assert table[0].tolist() == [2.0, 8.0]
    # Class 2 shows variant 0 alone; class 1 is not there: the mean of all.
    assert table[2].tolist() == [2.0, 2.0]
    assert table[1].tolist() == [3.5, 3.5]


def test_what_is_not_shown_has_the_style_that_is_given():
    features = tf.constant([[[[[1.0], [3.0]]]]])  # [1, 1, 1, 2, 1]
    classes = tf.constant([[[[0, 2]]]])
    instances = tf.constant([[[[11, 4]]]])
    unseen = tf.constant([[[[0.1], [0.2]], [[0.3], [0.4]], [[0.5], [0.6]]]])
    table = styles.table_of(features, classes, instances, (3, 2), unseen)
    expected = [[0.1, 1.0], [0.3, 0.4], [3.0, 0.6]]
    assert table.numpy()[0, :, :, 0] == pytest.approx(np.array(expected))


def test_videos_of_a_batch_have_tables_of_their_own():
    features = tf.constant([1.0, 5.0])[:, None, None, None, None]
    zeros = tf.zeros([2, 1, 1, 1], tf.int32)
    table = styles.table_of(features, zeros, zeros, (1, 1)).numpy()
    assert table.ravel().tolist() == [1.0, 5.0]


def test_what_a_table_is_made_of_is_painted_again():
    random = np.random.default_rng(0)
    classes = tf.constant(random.integers(0, 3, (1, 2, 4, 5)), tf.int32)
    instances = tf.constant(random.integers(0, 2, (1, 2, 4, 5)), tf.int32)
    table = tf.constant(random.normal(size=(1, 3, 2, 4)), tf.float32)
    painted = styles.paint(table, classes, instances)
    again = styles.table_of(painted, classes, instances, (3, 2))
    assert again.numpy() == pytest.approx(table.numpy(), abs=1e-6)
