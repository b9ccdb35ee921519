"""Rotated squares: what is cut out, and where its points are in the frame."""

import numpy as np
import pytest

from v2v_tf.detection.regions import Region


def test_a_level_square_is_cut_pixel_by_pixel():
    frame = np.random.default_rng(0).integers(0, 255, (20, 30, 3), np.uint8)
    # Columns 10 .. 17 and rows 4 .. 11.
    region = Region((13.5, 7.5), 8.0)
    np.testing.assert_array_equal(region.cut(frame, (8, 8)), frame[4:12, 10:18])


@pytest.mark.parametrize("angle", [0.0, 0.7, -2.1])
def test_a_spot_is_found_where_it_was(angle):
    frame = np.zeros((90, 120, 3), np.uint8)
    frame[39:42, 69:72] = 255
    region = Region((60.0, 45.0), 50.0, angle)
    cut = region.cut(frame, (200, 200))
    rows, columns = np.nonzero(cut[..., 0] > 127)
    middle = np.array([[columns.mean() + 0.5, rows.mean() + 0.5]]) / 200
    np.testing.assert_allclose(region.to_frame(middle), [(70.0, 40.0)], atol=0.2)


def test_a_mask_goes_back_where_it_was_cut():
    frame = np.zeros((60, 80, 3), np.uint8)
    frame[20:40, 30:45] = 200
    region = Region((38.0, 30.0), 44.0, 0.4)
    mask = region.cut(frame, (88, 88))[..., 0]
    back = region.mask_to_frame(mask, (60, 80))
    inside = np.zeros((60, 80), bool)
    inside[22:38, 32:43] = True
    assert (back[inside] == 200).all() and back[:15].max() == 0


def test_a_square_around_points_is_turned_by_its_axis():
    points = np.array([(10.0, 10.0), (30.0, 20.0), (20.0, 50.0)])
    region = Region.around(points, (points[0], points[1]), 1.5)
    assert region.center == (20.0, 30.0)
    assert region.side == 60.0
    assert region.angle == pytest.approx(np.arctan2(10, 20))
