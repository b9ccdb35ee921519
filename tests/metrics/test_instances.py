"""Mean colours of instances, and how they wander."""

import numpy as np
import pytest

from v2v_tf.errors import InputError
from v2v_tf.metrics.instances import (
    color_drift,
    color_error,
    color_spread,
    instance_colors,
    style_diversity,
)


def _clip():
    """Three frames of 4x5: a car (6001) above, road (1) below, a car late in sight."""
    frames = np.zeros((3, 4, 5, 3), np.uint8)
    instances = np.ones((3, 4, 5), np.uint16)
    instances[:, :2] = 6001
    instances[1:, 3, :3] = 6002
    return frames, instances


def test_colors_are_means_over_the_pixels_of_a_thing():
    frames, instances = _clip()
    frames[0, :2] = (51, 102, 204)
    frames[1, 0] = (100, 0, 0)  # half of the car
    colors = instance_colors(frames, instances, min_pixels=4)
    assert list(colors) == [6001]  # the road is no thing, 6002 has 3 pixels
    np.testing.assert_allclose(colors[6001][0], [0.2, 0.4, 0.8])
    np.testing.assert_allclose(colors[6001][1], [50 / 255, 0, 0])


def test_a_thing_out_of_sight_has_no_color():
    frames, instances = _clip()
    colors = instance_colors(frames, instances, min_pixels=3)
    assert np.isnan(colors[6002][0]).all()
    assert not np.isnan(colors[6002][1:]).any()


def test_drift_is_the_mean_distance_from_the_first_color():
    frames, instances = _clip()
    frames[:, :2] = 100
    frames[1, :2, :, 0] = 151  # 51 levels of one channel: 0.2 / 3
    frames[2, :2, :, 1] = 202  # 102 levels: 0.4 / 3
    drift = color_drift(frames, instances, min_pixels=4)
    assert drift == pytest.approx((0.2 / 3 + 0.4 / 3) / 2)


def test_the_error_is_the_mean_distance_from_the_real_colors():
    frames, instances = _clip()
    real = np.full_like(frames, 10)
    frames[...] = real
    frames[1, :2, :, 0] += 51  # the first, in one of its three frames: 0.2 / 3 / 3
    frames[2, 3, :3, :2] += 102  # the second, in one of two, two channels of three
    error = color_error(frames, real, instances, min_pixels=3)
    assert error == pytest.approx((0.2 / 9 + 0.4 * 2 / 3 / 2) / 2)
    assert color_error(real, real, instances, min_pixels=3) == 0.0
    assert np.isnan(color_error(frames, real, np.ones_like(instances)))


def test_things_weigh_the_same_whatever_their_size():
    frames, instances = _clip()
    frames[2, 3, :3] = 255  # the late one: 1.0 in its one later frame
    assert color_drift(frames, instances, min_pixels=3) == pytest.approx(0.5)


def test_a_thing_is_measured_from_where_it_is_first_seen():
    frames, instances = _clip()
    frames[1:, 3, :3] = 77
    assert color_drift(frames, instances, min_pixels=3) == 0.0


def test_no_thing_gives_no_number():
    frames, instances = _clip()
    assert np.isnan(color_drift(frames, np.ones_like(instances)))


def test_shapes_must_fit():
    frames, instances = _clip()
    with pytest.raises(InputError, match="instances"):
        color_drift(frames, instances[:, :3])


def test_spread_is_the_mean_distance_between_things():
    frames, instances = _clip()
    frames[:, :2] = 51
    frames[1, 3, :3, 0] = 153  # over its two frames 102 levels of red in the mean: 0.4
    frames[2, 3, :3, 0] = 51
    spread = color_spread(frames, instances, min_pixels=3)
    assert spread == pytest.approx((0.2 + 0.2 + 0.2) / 3)
    assert np.isnan(color_spread(frames, instances, min_pixels=4))  # one thing alone


def test_diversity_is_between_videos_and_not_within():
    frames, instances = _clip()
    frames[:, :2, ::2] = 200  # gaudy, but in all videos alike
    other = frames.copy()
    assert style_diversity([frames, other], instances, min_pixels=3) == 0.0
    other[1:, 3, :3, 1] = 153  # the late thing, one channel: 0.6 / 3
    found = style_diversity([frames, other], instances, min_pixels=3)
    assert found == pytest.approx(0.2 / 2)  # two things
    # Of three videos one differs: two pairs of three.
    found = style_diversity([frames, other, frames], instances, min_pixels=3)
    assert found == pytest.approx(0.2 / 2 * 2 / 3)
    assert np.isnan(style_diversity([frames], instances))


def test_parts_of_a_face_are_things_too():
    frames, instances = _clip()
    instances[:, 2:] = 2
    colors = instance_colors(frames, instances, min_pixels=3, first_instance=1)
    assert set(colors) == {2, 6001}
