import doctest

import numpy as np
import pytest
import tensorflow as tf

from v2v_tf.config import load_config
from v2v_tf.models.common import condition_reader, style_tables
from v2v_tf.models.common.condition_reader import ConditionReader

PLAIN, STYLED = "test/toy_street", "test/toy_street_styles"


@pytest.fixture
def street():
    """Planes uint8 [2, 3, 16, 32, 1] and instances int32 [2, 3, 16, 32]."""
    random = np.random.default_rng(4)
    labels = random.integers(0, 8, (2, 3, 4, 8)).repeat(4, axis=2).repeat(4, axis=3)
    ids = labels * 1000 + random.integers(0, 3, (2, 3, 1, 1))
    return tf.constant(labels[..., None], tf.uint8), tf.constant(ids, tf.int32)


@pytest.fixture
def table():
    """Styles of two videos, of eight classes, three variants and two numbers."""
    values = np.random.default_rng(5).normal(size=(2, 8, 3, 2))
    return tf.constant(values, tf.float32)


def test_without_styles_it_reads_channels(street):
    reader = ConditionReader.of(load_config(PLAIN))
    assert reader.table_shape is None
    read = reader.read(*street)
    assert read.shape == (2, 3, 16, 32, reader.conditioning.num_channels)
    np.testing.assert_array_equal(read, reader.conditioning.encode(*street))
    np.testing.assert_array_equal(read, reader.channels(*street))


def test_styles_are_the_last_channels_and_those_of_the_own_video(street, table):
    reader = ConditionReader.of(load_config(STYLED))
    assert reader.table_shape == (8, 3, 2)
    read = reader.read(*street, table)
    channels = reader.channels(*street)
    np.testing.assert_array_equal(read[..., :-2], channels)
    classes, ids = reader.conditioning.style_regions(*street)
    rows = np.arange(2)[:, None, None, None]
    painted = table.numpy()[rows, classes, ids.numpy() % 3]
    np.testing.assert_array_equal(read[..., -2:], painted)


def test_one_frame_reads_as_it_does_in_a_clip(street, table):
    reader = ConditionReader.of(load_config(STYLED))
    planes, instances = street
    whole = reader.read(planes, instances, table)
    for t in range(3):
        one = reader.read(planes[:, t], instances[:, t], table)
        np.testing.assert_array_equal(one, whole[:, t])


def test_the_graph_reads_as_eager_code_does(street, table):
    reader = ConditionReader.of(load_config(STYLED))
    specs = [
        tf.TensorSpec([None, None, None, None, 1], tf.uint8),
        tf.TensorSpec([None, None, None, None], tf.int32),
        tf.TensorSpec([None, 8, 3, 2], tf.float32),
    ]
    traced = tf.function(reader.read, input_signature=specs, autograph=False)
    read = reader.read(*street, table)
    np.testing.assert_array_equal(traced(*street, table), read)


def test_what_an_encoder_says_of_frames_comes_back_by_frame(street):
    reader = ConditionReader.of(load_config(STYLED))
    frames = tf.random.stateless_uniform([2, 3, 16, 32, 3], [7, 1], -1.0, 1.0)
    asked = []

    def encoder(images, regions):
        asked.append((images, regions))
        return images[..., :2] * 0.5

    features, classes, ids = reader.style_features(encoder, *street, frames)
    np.testing.assert_array_equal(features, frames[..., :2] * 0.5)
    ((images, regions),) = asked
    assert images.shape == (6, 16, 32, 3) and regions.shape == (6, 16, 32)
    expected = style_tables.region_ids(classes, ids)
    np.testing.assert_array_equal(regions, tf.reshape(expected, [6, 16, 32]))
    np.testing.assert_array_equal(expected, reader.region_ids(*street))

    found = reader.style_table(encoder, *street, frames)
    wanted = style_tables.table_of(features, classes, ids, (8, 3))
    np.testing.assert_array_equal(found, wanted)


def test_examples_of_the_documentation():
    failed, run = doctest.testmod(condition_reader)
    assert failed == 0 and run > 0
