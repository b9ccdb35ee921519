"""The last frame again, and motion that goes on."""

import numpy as np

from v2v_tf.apps.forecasting.baselines import copy_last, extrapolate_flow


def test_the_last_frame_again():
    labels = np.arange(6, dtype=np.uint8).reshape(2, 3)
    frame = np.arange(18, dtype=np.uint8).reshape(2, 3, 3)
    found = copy_last(labels, frame, 4)
    assert found.label_maps.shape == (4, 2, 3) and found.frames.shape == (4, 2, 3, 3)
    assert (found.label_maps == labels).all() and (found.frames == frame).all()


def test_what_moves_moves_on():
    labels = np.zeros((1, 8), np.uint8)
    labels[0, 1:3] = 6
    frame = np.zeros((1, 8, 3), np.uint8)
    frame[0, 1], frame[0, 2] = 100, 200
    flow = np.zeros((1, 8, 2), np.float32)
    flow[0, 1:3, 0] = -2  # it came from two pixels further left
    found = extrapolate_flow(labels, frame, flow, 2)
    assert found.label_maps[0].tolist() == [[0, 0, 0, 6, 6, 0, 0, 0]]
    assert found.label_maps[1].tolist() == [[0, 0, 0, 0, 0, 6, 6, 0]]
    assert found.frames[1, 0, :, 0].tolist() == [0, 0, 0, 0, 0, 100, 200, 0]


def test_the_faster_is_in_front():
    labels = np.array([[1, 2, 3, 0]], np.uint8)
    flow = np.zeros((1, 4, 2), np.float32)
    flow[0, 0, 0] = -2  # to where 3 stands still
    found = extrapolate_flow(labels, np.zeros((1, 4, 3), np.uint8), flow, 1)
    assert found.label_maps[0, 0, 2] == 1


def test_fractions_of_pixels_add_up():
    labels = np.array([[6, 0, 0, 0]], np.uint8)
    flow = np.zeros((1, 4, 2), np.float32)
    flow[0, 0, 0] = -0.4
    found = extrapolate_flow(labels, np.zeros((1, 4, 3), np.uint8), flow, 3)
    places = [int(np.flatnonzero(one[0] == 6)[-1]) for one in found.label_maps]
    assert places == [0, 1, 1]


def test_a_hole_shows_what_is_behind_and_not_what_left():
    labels = np.array([[6, 6, 2, 3]], np.uint8)
    flow = np.zeros((1, 4, 2), np.float32)
    flow[0, :2, 0] = -2
    flow[0, 2:, 0] = -0.1
    found = extrapolate_flow(labels, np.zeros((1, 4, 3), np.uint8), flow, 1)
    # Nothing slower is left to be seen, so the thing itself is.
    assert found.label_maps[0].tolist() == [[6, 6, 6, 6]]
    rows = np.array([[6, 6, 0, 0, 0], [2, 2, 2, 2, 2]], np.uint8)
    flow = np.zeros((2, 5, 2), np.float32)
    flow[0, :2, 0] = -2
    found = extrapolate_flow(rows, np.zeros((2, 5, 3), np.uint8), flow, 1)
    assert found.label_maps[0, 0].tolist() == [2, 2, 6, 6, 0]


def test_what_has_all_left_stays():
    flow = np.full((2, 3, 2), 50, np.float32)
    labels = np.arange(6, dtype=np.uint8).reshape(2, 3)
    found = extrapolate_flow(labels, np.zeros((2, 3, 3), np.uint8), flow, 1)
    assert (found.label_maps[0] == labels).all()
