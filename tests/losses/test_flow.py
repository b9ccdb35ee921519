"""The masked error (A12), and the original's flow losses."""

import json

import numpy as np
import pytest
import tensorflow as tf

from v2v_tf.layers.warp import backward_warp
from v2v_tf.losses.flow import masked_l1


def test_masked_elements_count_as_zeros_in_the_mean():
    a, b = tf.fill([2, 4, 6, 3], 0.75), tf.fill([2, 4, 6, 3], -0.25)
    mask = tf.concat([tf.ones([2, 4, 3, 1]), tf.zeros([2, 4, 3, 1])], axis=2)
    whole = masked_l1(a, b, tf.ones_like(mask))
    assert float(whole) == 1.0
    assert float(masked_l1(a, b, mask)) == float(whole) / 2
    assert float(masked_l1(a, b, tf.zeros_like(mask))) == 0.0


def test_by_hand_with_a_soft_mask():
    a = tf.constant([[[[1.0, -2.0], [3.0, 0.0]]]])
    b = tf.constant([[[[0.0, 2.0], [-1.0, 0.5]]]])
    mask = tf.constant([[[[0.5], [1.0]]]])
    expected = (0.5 * 1 + 0.5 * 4 + 4 + 0.5) / 4
    assert float(masked_l1(a, b, mask)) == pytest.approx(expected)


@pytest.mark.reference
def test_the_original_prints_the_same_numbers(reference):
    folder = reference / "fixtures" / "losses"
    arrays = {
        name: tf.constant(array) for name, array in np.load(folder / "io.npz").items()
    }
    values = json.loads((folder / "values.json").read_text())
    flow, confidence = arrays["flow"], arrays["conf"]
    error = 10 * masked_l1(flow, arrays["flow_ref"], confidence)
    assert float(error) == pytest.approx(values["F_Flow"], rel=1e-6)
    warped = backward_warp(arrays["img"], flow)
    np.testing.assert_allclose(warped, arrays["warped"], atol=1e-4)
    error = 10 * masked_l1(warped, arrays["tgt"], confidence)
    assert float(error) == pytest.approx(values["F_Warp"], rel=1e-5)
