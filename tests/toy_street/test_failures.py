"""Scenes in which the method fails: what happens in them."""

import numpy as np
import pytest

from v2v_tf.toy_street import failures as scenes
from v2v_tf.toy_street.street import ToyStreet

SIZE = (32, 64)


def car(street: ToyStreet, t: int) -> np.ndarray:
    return street.frame(t).instance_map == scenes.TURNING_CAR


def test_the_car_ahead_turns_around():
    turning = ToyStreet(3, SIZE, 24, scenes.plan_turning_car)
    straight = ToyStreet(3, SIZE, 24, scenes.plan_straight_car)
    for t in (0, 6):  # not yet
        np.testing.assert_array_equal(turning.frame(t).frame, straight.frame(t).frame)
    # From the side it is longer.
    assert car(turning, 12).sum() > 1.3 * car(straight, 12).sum()
    # At the end its front is where its rear was: as large, and another picture.
    last = car(turning, 23)
    assert last.sum() == pytest.approx(car(straight, 23).sum(), rel=0.1)
    apart = np.abs(turning.frame(23).frame.astype(int) - straight.frame(23).frame).mean(
        axis=-1
    )
    assert apart[last].mean() > 5 * apart[~last].mean()


def test_the_drive_goes_back_by_the_way_it_came():
    street = ToyStreet((2, 1), SIZE, 20, scenes.plan_return)
    for t in (0, 5, 9):
        there, back = street.frame(t), street.frame(19 - t)
        same = there.label_map == back.label_map
        assert same.mean() > 0.97  # people have walked on
        flow, visible = street.flow_between(19 - t, t)
        road = visible & (there.label_map == 1) & same
        assert road.any() and np.abs(flow[road]).max() < 1e-3
    assert not np.array_equal(street.frame(0).frame, street.frame(9).frame)


def test_a_seed_says_all():
    one, other = (ToyStreet(4, SIZE, 8, scenes.plan_return) for _ in range(2))
    np.testing.assert_array_equal(one.frame(6).frame, other.frame(6).frame)
