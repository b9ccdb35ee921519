"""Frames become what networks read, and answers maps of the frame."""

from __future__ import annotations

import numpy as np
import pytest

from v2v_tf.detection.networks.description import InputRules
from v2v_tf.detection.networks.maps import (
    input_size,
    to_classes,
    to_depths,
    to_input,
)
from v2v_tf.errors import InputError


@pytest.mark.parametrize(
    ("frame", "network", "rules", "expected"),
    [
        ((50, 70), (None, None), InputRules(), (50, 70)),
        ((50, 70), (None, None), InputRules(multiple=32), (64, 64)),
        ((50, 70), (33, 41), InputRules(size=(9, 9), multiple=32), (33, 41)),
        ((50, 70), (None, 41), InputRules(size=(24, 40)), (24, 41)),
        # The shorter side fits of a larger frame, the longer one of a smaller frame.
        (
            (100, 300),
            (None, None),
            InputRules(size=(50, 50), keeps_shape=True),
            (50, 150),
        ),
        ((20, 40), (None, None), InputRules(size=(60, 60), keeps_shape=True), (30, 60)),
        ((3, 3), (None, None), InputRules(multiple=14), (14, 14)),
    ],
)
def test_the_size_is_that_of_the_network_the_rules_or_the_frame(
    frame, network, rules, expected
):
    assert input_size(frame, network, rules) == expected


def test_levels_become_the_range_then_mean_and_deviation():
    frame = np.zeros((2, 3, 3), np.uint8)
    frame[0, 1] = (255, 51, 102)
    rules = InputRules(-1.0, 1.0, (0.5, 0.0, -0.2), (2.0, 1.0, 0.5))
    given = to_input(frame, (2, 3), rules)
    assert given.dtype == np.float32
    np.testing.assert_allclose(given[0, 1], [0.25, -0.6, 0.0], atol=1e-6)
    assert to_input(frame, (2, 3), rules, as_levels=True) is frame
    assert to_input(frame, (4, 6), rules, as_levels=True).dtype == np.uint8
    blue_first = InputRules(0.0, 255.0, (1.0, 2.0, 3.0), bgr=True)
    given = to_input(frame, (2, 3), blue_first)
    np.testing.assert_allclose(given[0, 1], [99.0, 49.0, 254.0], atol=1e-4)


def test_channels_are_where_the_number_of_classes_is():
    logits = np.random.default_rng(0).random((5, 4, 3)).astype(np.float32)
    size = (5, 4)
    expected = logits.argmax(axis=-1)
    np.testing.assert_array_equal(to_classes(logits, size, 3, True), expected)
    first = logits.transpose(2, 0, 1)
    np.testing.assert_array_equal(to_classes(first, size, 3, False), expected)
    # Where the number does not tell, the layout of the input does.
    np.testing.assert_array_equal(to_classes(first, size, 7, True), expected)


def test_logits_are_enlarged_before_the_largest_counts():
    logits = np.array([[[5.0, 0.0], [0.0, 1.0]]], np.float32)  # 1 x 2 pixels
    found = to_classes(logits, (1, 10), 2, False)
    # Across the middle the first class leads by 5 to 1: further than half of the way.
    assert found[0].tolist() == [0] * 7 + [1] * 3
    ids = np.array([[8, 6]])
    assert to_classes(ids, (1, 6), 2, False)[0].tolist() == [8, 8, 8, 6, 6, 6]
    assert to_classes(ids[..., None], (1, 2), 2, False)[0].tolist() == [8, 6]


def test_quantized_logits_are_taken_too():
    logits = np.random.default_rng(0).integers(0, 255, (5, 4, 3)).astype(np.uint8)
    found = to_classes(logits, (5, 4), 3, False)
    np.testing.assert_array_equal(found, logits.argmax(axis=-1))


@pytest.mark.parametrize("shape", [(4,), (4, 6), (4, 6, 1), (1, 2, 4, 6)])
def test_answers_that_are_no_classes_are_refused(shape):
    with pytest.raises(
        InputError, match=r"expected logits \[H, W, N\], .* got float32"
    ):
        to_classes(np.zeros(shape, np.float32), (4, 6), 3, False)


def test_values_that_are_no_numbers_are_refused():
    logits = np.zeros((4, 6, 3), np.float32)
    logits[1, 2] = np.nan
    with pytest.raises(InputError, match="values that are no numbers"):
        to_classes(logits, (4, 6), 3, False)


def test_depths_may_have_an_axis_of_one():
    depth = np.arange(6.0).reshape(2, 3).astype(np.float32)
    for answer in (depth, depth[None], depth[..., None]):
        np.testing.assert_array_equal(to_depths(answer, (2, 3)), depth)
    with pytest.raises(InputError, match=r"expected depths .* got float32 \[2, 3, 4\]"):
        to_depths(np.zeros((2, 3, 4), np.float32), (2, 3))
