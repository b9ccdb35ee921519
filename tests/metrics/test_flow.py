import math

import numpy as np
import pytest

from v2v_tf.errors import InputError
from v2v_tf.metrics.flow import end_point_error, zero_flow_error


def fields() -> tuple[np.ndarray, np.ndarray]:
    reference = np.zeros((1, 2, 2, 2), np.float32)
    reference[0, 0] = [(3.0, -4.0), (1.0, 0.0)]
    reference[0, 1] = [(0.0, 0.0), (-6.0, 8.0)]
    flow = reference.copy()
    flow[0, 0, 0] += (5.0, 12.0)
    flow[0, 1, 1] += (0.0, 1.0)
    return flow, reference


def test_end_point_error_is_the_mean_distance():
    flow, reference = fields()
    assert end_point_error(flow, reference) == pytest.approx((13 + 1) / 4)


def test_end_point_error_under_a_mask():
    flow, reference = fields()
    mask = np.array([[[0, 1], [1, 1]]], np.uint8)
    assert end_point_error(flow, reference, mask) == pytest.approx(1 / 3)
    assert zero_flow_error(reference, mask) == pytest.approx((1 + 0 + 10) / 3)


def test_zero_flow_error_is_the_mean_speed():
    assert zero_flow_error(fields()[1]) == pytest.approx((5 + 1 + 0 + 10) / 4)


def test_empty_mask_is_no_number():
    flow, reference = fields()
    assert math.isnan(end_point_error(flow, reference, np.zeros((1, 2, 2), bool)))


@pytest.mark.parametrize(
    ("flow", "mask", "message"),
    [
        (np.zeros((1, 2, 3, 2)), None, r"flow: expected shape \[1, 2, 2, 2\]"),
        (np.full((1, 2, 2, 2), np.inf), None, "flow: expected finite"),
        (np.zeros((1, 2, 2, 2)), np.ones((2, 2)), r"mask: expected shape \[1, 2, 2\]"),
        (np.zeros((1, 2, 2, 2)), np.full((1, 2, 2), 2), "mask: expected booleans"),
    ],
)
def test_what_does_not_fit_is_refused(flow, mask, message):
    with pytest.raises(InputError, match=message):
        end_point_error(flow, fields()[1], mask)


def test_reference_must_have_two_channels():
    with pytest.raises(InputError, match=r"reference: expected shape \[4, 5, 2\]"):
        zero_flow_error(np.zeros((4, 5, 3)))
