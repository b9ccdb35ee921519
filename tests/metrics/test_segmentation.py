"""Confusion and intersection over union by hand."""

import numpy as np
import pytest

from v2v_tf.errors import InputError
from v2v_tf.metrics.segmentation import (
    confusion_matrix,
    intersection_over_union,
    mean_iou,
)

TRUE = np.array([[0, 0, 0, 1], [1, 1, 1, 2]], np.uint8)
SEEN = np.array([[0, 0, 1, 1], [1, 1, 2, 1]], np.uint8)


def test_rows_are_true_labels():
    found = confusion_matrix(TRUE, SEEN, 4)
    expected = [[2, 1, 0, 0], [0, 3, 1, 0], [0, 1, 0, 0], [0, 0, 0, 0]]
    np.testing.assert_array_equal(found, expected)


def test_iou_counts_a_pixel_of_either_once():
    found = intersection_over_union(confusion_matrix(TRUE, SEEN, 4))
    np.testing.assert_allclose(found, [2 / 3, 3 / 6, 0, np.nan])
    assert mean_iou(confusion_matrix(TRUE, SEEN, 4)) == pytest.approx(7 / 18)


def test_many_labels_do_not_overflow():
    true = np.full((2, 3), 200, np.uint8)
    found = confusion_matrix(true, true - 1, 256)
    assert found[200, 199] == 6 and found.sum() == 6
    assert mean_iou(found) == 0


def test_clips_add_up():
    both = confusion_matrix(TRUE, SEEN, 3) + confusion_matrix(SEEN, SEEN, 3)
    joined = confusion_matrix(np.stack([TRUE, SEEN]), np.stack([SEEN, SEEN]), 3)
    np.testing.assert_array_equal(both, joined)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"predicted": SEEN[:1]}, r"expected shape \[2, 4\], got \[1, 4\]"),
        ({"predicted": SEEN + 2}, "predicted: expected labels 0 .. 2, got 2 .. 4"),
        ({"label_maps": TRUE.astype(int) - 1}, "label_maps: .* got -1 .. 1"),
        ({"label_maps": TRUE / 2}, "label_maps: expected integers"),
    ],
)
def test_what_does_not_fit(change, words):
    given = {"label_maps": TRUE, "predicted": SEEN} | change
    with pytest.raises(InputError, match=words):
        confusion_matrix(**given, num_labels=3)


def test_no_pixel_is_no_number():
    with pytest.raises(InputError, match="got none"):
        mean_iou(np.zeros((3, 3)))


def test_pixels_without_a_label_are_left_out():
    true = np.array([[0, 3, 2], [3, 1, 1]])
    read = np.array([[0, 1, 3], [2, 1, 0]])
    counted = confusion_matrix(true, read, 3, ignored=3)
    np.testing.assert_array_equal(counted, [[1, 0, 0], [1, 1, 0], [0, 0, 0]])
    nothing = confusion_matrix(np.full((2, 2), 3), np.zeros((2, 2), int), 3, ignored=3)
    assert nothing.shape == (3, 3) and not nothing.any()
    with pytest.raises(InputError, match="labels 0 .. 2, got 0 .. 3"):
        confusion_matrix(true, read, 3)
