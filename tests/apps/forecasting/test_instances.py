"""Which thing is which, a frame later."""

import numpy as np

from v2v_tf.apps.forecasting.instances import (
    carry_instances,
    fill_nearest,
    nearest_sources,
)


def test_a_pixel_comes_from_where_its_flow_points():
    flow = np.zeros((3, 4, 2), np.float32)
    flow[1, 2] = (-1.6, 0.4)  # two to the left, same row
    flow[2, 3] = (9, 9)  # outside: the corner
    rows, columns = nearest_sources(flow)
    assert (rows[1, 2], columns[1, 2]) == (1, 0)
    assert (rows[2, 3], columns[2, 3]) == (2, 3)
    assert (rows[0, 1], columns[0, 1]) == (0, 1)


def test_the_nearest_known_value():
    values = np.array([[7, 0, 0, 0, 0, 9]], np.int32)
    known = values > 0
    assert fill_nearest(values, known).tolist() == [[7, 7, 7, 9, 9, 9]]
    assert fill_nearest(values[:, :4], known[:, :4]).tolist() == [[7, 7, 7, 7]]


def test_things_move_and_keep_their_ids():
    labels = np.zeros((2, 6), np.uint8)
    labels[:, 1:3] = 6
    ids = np.where(labels == 6, 6004, 0).astype(np.int32)
    coming = np.roll(labels, 2, axis=1)
    flow = np.zeros((2, 6, 2), np.float32)
    flow[..., 0] = -2
    carried = carry_instances(ids, labels, coming, flow)
    assert carried.tolist() == [[0, 0, 0, 6004, 6004, 0]] * 2


def test_where_the_flow_is_wrong_the_nearest_of_its_label_counts():
    labels = np.array([[6, 6, 0, 0, 0, 6]], np.uint8)
    ids = np.array([[6001, 6001, 0, 0, 0, 6002]], np.int32)
    coming = np.array([[6, 6, 6, 0, 6, 6]], np.uint8)
    carried = carry_instances(ids, labels, coming, np.zeros((1, 6, 2), np.float32))
    assert carried.tolist() == [[6001, 6001, 6001, 0, 6002, 6002]]


def test_what_was_not_there_has_its_label_for_an_id():
    labels = np.zeros((1, 3), np.uint8)
    coming = np.array([[0, 5, 5]], np.uint8)
    ids = np.full((1, 3), 12, np.int32)
    carried = carry_instances(ids, labels, coming, np.zeros((1, 3, 2), np.float32))
    assert carried.tolist() == [[12, 5, 5]]
