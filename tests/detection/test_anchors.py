"""Boxes of single-shot detectors, by hand."""

import numpy as np
import pytest

from v2v_tf.detection.anchors import grid, intersection_by_union, read_boxes


def test_anchors_go_row_by_row_and_level_by_level():
    anchors = grid([(2, 2), (1, 3)])
    assert anchors.shape == (11, 2)
    assert anchors[:5].tolist() == [
        *([0.25, 0.25], [0.25, 0.25], [0.75, 0.25], [0.75, 0.25], [0.25, 0.75])
    ]
    assert anchors[8:].tolist() == [[0.5, 0.5]] * 3


def test_a_box_is_measured_from_its_anchor():
    anchors = grid([(2, 1)])
    values = np.zeros((4, 8))
    # The second anchor, (0.75, 0.25): the middle 10 to the right and 5 up, of 100.
    values[1] = (10, -5, 20, 40, 1, 2, -3, 4)
    logits = np.array([-9.0, 2.0, -9.0, -9.0])
    (found,) = read_boxes(values, logits, anchors, 100, 0.5)
    np.testing.assert_allclose(found.box, (0.75, 0.0, 0.95, 0.4))
    np.testing.assert_allclose(found.points, [(0.76, 0.27), (0.72, 0.29)])
    assert found.score == pytest.approx(1 / (1 + np.exp(-2.0)))


def test_boxes_of_one_thing_are_their_weighted_mean_and_others_stay():
    anchors = grid([(1, 3)])
    values = np.array(
        [(0.0, 0, 40, 40, 3, 0), (4.0, 0, 40, 40, 7, 0), (45.0, 0, 10, 10, 0, 0)]
    )
    # 3 to 1: confidences of 0.9 and 0.3 of the same thing.
    logits = np.log([9.0, 3.0 / 7.0, 1.0])
    first, second = read_boxes(values, logits, anchors, 100, 0.25)
    np.testing.assert_allclose(first.box, (0.31, 0.3, 0.71, 0.7))
    np.testing.assert_allclose(first.points, [(0.54, 0.5)])
    assert first.score == pytest.approx(0.9)
    np.testing.assert_allclose(second.box, (0.9, 0.45, 1.0, 0.55))


def test_nothing_above_the_threshold_is_nothing():
    assert read_boxes(np.ones((4, 16)), np.full(4, -3.0), grid([(2, 1)]), 9, 0.5) == []


def test_overlap_of_boxes():
    box = np.array([0.0, 0.0, 4.0, 2.0])
    others = np.array([(2.0, 0, 6, 2), (5, 0, 6, 1), (0, 0, 4, 2)])
    overlaps = intersection_by_union(box, others)
    np.testing.assert_allclose(overlaps, (4 / 12, 0, 1))
