import numpy as np
import pytest

from v2v_tf.errors import InputError
from v2v_tf.tasks.street.palettes import colorize_labels, label_names, palette_colors
from v2v_tf.toy_street import street as toy_street


def test_cityscapes_standard():
    colors, names = palette_colors("cityscapes"), label_names("cityscapes", 35)
    assert colors.shape == (35, 3) and colors.dtype == np.uint8
    known = {name: tuple(color) for name, color in zip(names, colors, strict=True)}
    assert names.index("road") == 7 and known["road"] == (128, 64, 128)
    assert names.index("sky") == 23 and known["sky"] == (70, 130, 180)
    assert names.index("car") == 26 and known["car"] == (0, 0, 142)
    assert names.index("bicycle") == 33 and known["bicycle"] == (119, 11, 32)
    assert names[0] == "unlabeled" and names[34] == "license plate"


def test_toy_palette_is_the_toy_streets():
    assert label_names("toy", 3) == tuple(toy_street.LABEL_NAMES[:3])
    np.testing.assert_array_equal(palette_colors("toy"), toy_street.LABEL_COLORS)


def test_generic_palette_interleaves_bits():
    colors = palette_colors("generic")
    # 1 = red's highest bit, 2 green's, 4 blue's, 8 red's second; 203 = 0b11001011.
    expected = {0: (0, 0, 0), 1: (128, 0, 0), 6: (0, 128, 128), 8: (64, 0, 0)}
    expected[203] = (128 + 64 + 32, 128 + 32, 0)
    assert {i: tuple(colors[i]) for i in expected} == expected
    assert len(np.unique(colors, axis=0)) == 256
    assert label_names("generic", 2) == ("label 0", "label 1")


def test_labels_take_their_colours():
    label_map = np.array([[[7, 23]], [[26, 7]]], np.int32)
    painted = colorize_labels(label_map, "cityscapes")
    assert painted.dtype == np.uint8
    road, sky, car = (128, 64, 128), (70, 130, 180), (0, 0, 142)
    np.testing.assert_array_equal(painted, [[[road, sky]], [[car, road]]])


@pytest.mark.parametrize("worst", [35, 255, -1])
def test_ids_without_a_colour_are_named(worst):
    with pytest.raises(InputError, match=rf"has ids 0 .. 34, got {worst}: "):
        colorize_labels(np.array([[3, worst]]), "cityscapes")


@pytest.mark.parametrize("array", [np.zeros((2, 3), np.float32), np.zeros(4, int)])
def test_label_maps_are_integer_pictures(array):
    with pytest.raises(InputError, match="expected integers"):
        colorize_labels(array, "generic")


def test_unknown_palette_and_too_many_names():
    with pytest.raises(InputError, match="cityscapes, toy, generic, got 'voc'"):
        palette_colors("voc")
    with pytest.raises(InputError, match=r"names 1 .. 35 labels, got 36"):
        label_names("cityscapes", 36)
    with pytest.raises(InputError, match="got 0"):
        label_names("generic", 0)
