"""Resizing and the doors that all tasks share."""

import numpy as np
import pytest

from v2v_tf.errors import InputError
from v2v_tf.tasks import images
from v2v_tf.tasks.base import Geometry, RawFrame

GEOMETRY = Geometry(source_size=(6, 9), crop=(1, 5, 2, 8), size=(2, 3))


def test_rgb_shrinks_to_the_mean_of_the_area():
    image = np.zeros((4, 6, 3), np.uint8)
    image[:2, :3, 0] = [[10, 20, 0], [30, 40, 0]]
    small = images.resize_rgb(image, (2, 3))
    assert small.shape == (2, 3, 3)
    np.testing.assert_array_equal(small[..., 0], [[25, 0, 0], [0, 0, 0]])


def test_rgb_enlarges_bicubic_which_overshoots_an_edge():
    image = np.full((4, 8, 3), 50, np.uint8)
    image[:, 4:] = 200
    row = images.resize_rgb(image, (8, 16))[4, :, 1]
    assert row.min() < 50
    assert row.max() > 200


def test_planes_enlarge_bilinear_and_keep_their_number():
    planes = np.zeros((1, 2, 6), np.uint8)
    planes[0, 1, 5] = 200
    large = images.resize_smooth(planes, (1, 4))
    np.testing.assert_array_equal(large[0, :, 5], [0, 50, 150, 200])
    assert not large[..., :5].any()


def test_one_plane_keeps_its_axis():
    assert images.resize_smooth(np.zeros((4, 6, 1), np.uint8), (2, 3)).shape == (
        2,
        3,
        1,
    )
    assert images.resize_nearest(np.zeros((4, 6, 1), np.uint8), (8, 9)).shape == (
        8,
        9,
        1,
    )


def test_planes_shrink_by_area_so_that_thin_lines_stay():
    planes = np.zeros((8, 8, 1), np.uint8)
    planes[:, 3] = 240
    np.testing.assert_array_equal(
        images.resize_smooth(planes, (2, 2))[..., 0], [[60, 0], [60, 0]]
    )


def test_nearest_takes_the_pixel_under_the_centre():
    ids = np.array([[0, 7, 50000, 3, 4, 65535]], np.uint16)
    np.testing.assert_array_equal(images.resize_nearest(ids, (1, 2)), [[7, 4]])
    np.testing.assert_array_equal(
        images.resize_nearest(ids[:, :2], (1, 6)), [[0, 0, 0, 7, 7, 7]]
    )


def test_nothing_is_resampled_at_the_same_size():
    planes = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    for resize in (images.resize_smooth, images.resize_nearest):
        np.testing.assert_array_equal(resize(planes, (2, 3)), planes)
    rgb = planes[..., :3]
    np.testing.assert_array_equal(images.resize_rgb(rgb, (2, 3)), rgb)


def test_draw_frame_crops_before_it_resizes():
    image = np.full((6, 9, 3), 255, np.uint8)
    image[1:5, 2:8] = 7
    np.testing.assert_array_equal(
        images.draw_frame(image, GEOMETRY), np.full((2, 3, 3), 7)
    )
    assert images.draw_frame(None, GEOMETRY) is None


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((6, 9, 3), np.float32),
        np.zeros((6, 9), np.uint8),
        np.zeros((6, 9, 4), np.uint8),
        np.zeros((0, 9, 3), np.uint8),
    ],
)
def test_only_8_bit_rgb_passes(image):
    with pytest.raises(InputError, match=r"image must be uint8 \[H, W, 3\], got"):
        images.draw_frame(image, GEOMETRY)


def test_a_frame_of_another_size_is_named():
    with pytest.raises(InputError, match="image must be 9x6 .* got 6x9"):
        images.draw_frame(np.zeros((9, 6, 3), np.uint8), GEOMETRY)


def test_a_missing_field_is_named():
    with pytest.raises(InputError, match="task face needs `landmarks`"):
        images.require(RawFrame(), "landmarks", "face")


def test_whole_keeps_everything():
    assert images.whole((6, 9), (2, 4)) == Geometry((6, 9), (0, 6, 0, 9), (2, 4))


def test_maps_that_are_turned_are_told_from_other_sizes():
    with pytest.raises(InputError, match="must be 9x6 .* got 6x9.*EXIF orientation"):
        images.check_size(np.zeros((9, 6)), GEOMETRY, "label_map")
    with pytest.raises(InputError, match="need one size$"):
        images.check_size(np.zeros((9, 7)), GEOMETRY, "label_map")
