"""Boxes around what marks a face in the planes of a pose."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from v2v_tf.tasks.pose.config import PoseConfig
from v2v_tf.tasks.pose.face_boxes import face_boxes

HEIGHT, WIDTH = 40, 56
EMPTY = [HEIGHT, -1, WIDTH, -1]
NECK_NOSE = (153, 0, 51)
BOTH, OPENPOSE = PoseConfig(), PoseConfig(use_densepose=False)


def blank(*leading: int, num_planes: int = 6) -> np.ndarray:
    return np.zeros((*leading, HEIGHT, WIDTH, num_planes), np.uint8)


def boxes(planes: np.ndarray, pose: PoseConfig) -> np.ndarray:
    return face_boxes(tf.constant(planes), pose).numpy()


def test_every_frame_has_the_box_of_its_head_parts():
    planes = blank(2, 3)
    planes[..., 2] = 22  # the highest part that is not of the head
    planes[0, 0, 10, 21, 2] = 23
    planes[0, 0, 17, 30, 2] = 24
    planes[0, 2, 0:6, 50:56, 2] = 23
    planes[1, 1, 38:40, 0:3, 2] = 24
    expected = [
        [[10, 17, 21, 30], EMPTY, [0, 5, 50, 55]],
        [EMPTY, [38, 39, 0, 2], EMPTY],
    ]
    found = boxes(planes, BOTH)
    assert found.dtype == np.int32
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("part", range(25))
def test_the_head_is_parts_23_and_24(part):
    planes = blank(1)
    planes[0, 7:9, 11, 2] = part
    expected = [7, 8, 11, 11] if part in (23, 24) else EMPTY
    np.testing.assert_array_equal(boxes(planes, BOTH), [expected])


def test_beside_densepose_nothing_else_marks_a_face():
    planes = blank(2)
    planes[..., :2] = 255
    planes[..., 3:] = NECK_NOSE
    np.testing.assert_array_equal(boxes(planes, BOTH), [EMPTY, EMPTY])


def test_openpose_alone_looks_for_the_pure_colour_of_the_neck():
    planes = blank(5, num_planes=3)
    planes[0, 12:21, 30:33] = NECK_NOSE
    planes[1, 12:21, 30] = (152, 0, 51)
    planes[2, 12:21, 30] = (153, 1, 51)
    planes[3, 12:21, 30] = (153, 0, 0)
    expected = [[12, 20, 30, 32], EMPTY, EMPTY, EMPTY, EMPTY]
    np.testing.assert_array_equal(boxes(planes, OPENPOSE), expected)


def test_densepose_alone_needs_no_openpose():
    planes = blank(1, num_planes=3)
    planes[0, 3:5, 9:20, 2] = 23
    only = PoseConfig(use_openpose=False)
    np.testing.assert_array_equal(boxes(planes, only), [[3, 4, 9, 19]])


def test_a_graph_takes_any_number_of_frames():
    spec = tf.TensorSpec([None, HEIGHT, WIDTH, 6], tf.uint8)
    traced = tf.function(
        lambda planes: face_boxes(planes, BOTH), input_signature=[spec]
    )
    planes = blank(3)
    planes[1, 25:27, 4:9, 2] = 24
    expected = [EMPTY, [25, 26, 4, 8], EMPTY]
    np.testing.assert_array_equal(traced(tf.constant(planes)), expected)
    assert traced(tf.constant(planes[:1])).shape == [1, 4]
