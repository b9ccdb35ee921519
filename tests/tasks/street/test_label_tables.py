"""Tables from other ids, or colours, to labels."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from PIL import Image

from v2v_tf.errors import InputError
from v2v_tf.tasks.street.label_tables import LabelReader, find_table, problem
from v2v_tf.tasks.street.palettes import palette_colors


def _file(tmp_path, text):
    path = tmp_path / "table.csv"
    path.write_text(text)
    return path


def _picture(path, values, mode=None, palette=None):
    image = Image.fromarray(np.asarray(values, np.uint8), mode)
    if palette is not None:
        image.putpalette(palette)
    image.save(path)
    return path


def test_train_ids_are_the_classes_that_the_benchmark_trains_on():
    table = dict(find_table("cityscapes-train-ids"))
    assert len(table) == 20
    assert [table[i] for i in (0, 1, 10, 11, 13, 18, 255)] == [7, 8, 23, 24, 26, 33, 0]


def test_colours_of_cityscapes_are_its_labels_again():
    table = find_table("cityscapes-colors")
    colors = palette_colors("cityscapes")
    labels = {row[:3]: row[3] for row in table}
    # The first of equal colours: a license plate is a car, all black is unlabeled.
    assert labels[tuple(colors[34].tolist())] == 26
    assert labels[0, 0, 0] == 0
    for label in (5, 7, 13, 26, 33):
        assert labels[tuple(colors[label].tolist())] == label


@pytest.mark.parametrize(
    "text",
    [
        "3,1\n40,2\n",
        "from,to\n3,1\n40,2\n",
        "# of my camera\n3;1\n\n40 ; 2  # cars\n",
        "old\tnew\n3\t1\n40\t2",
        "3 1\n40 2\n40 2\n",
    ],
)
def test_ids_in_the_ways_in_which_people_write_tables(tmp_path, text):
    assert find_table(_file(tmp_path, text)) == ((3, 1), (40, 2))


def test_colours_come_with_four_numbers(tmp_path):
    text = "r,g,b,id\n163,230,35,7\n43,177,139,26\n"
    expected = ((163, 230, 35, 7), (43, 177, 139, 26))
    assert find_table(_file(tmp_path, text)) == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no line of a label map table"),
        ("3,1\n4\n", r"table\.csv, line 2: expected from,to, got 1 numbers"),
        ("3,1\n4,5,6,7\n", "line 2: expected from,to, got 4 numbers"),
        ("1,2,3\n", "line 1: expected from,to or r,g,b,id, got 3 numbers"),
        ("3,1\nroad,2\n", "line 2: expected whole numbers.*got road,2"),
        ("3,1.5\n", "line 1: expected whole numbers"),
        ("3,1\n3,2\n", "line 2: id 3 becomes 2 here and 1 before"),
        ("id,r,g,b\n7,1,2,3\n", "line 1: the columns must be"),
        ("b,g,r,id\n1,2,3,7\n", "line 1: the columns must be"),
        ("1,,2\n", "line 1: expected whole numbers"),
        ("name,id,x\nroad,7,1\n", "line 1: the columns must be"),
    ],
)
def test_lines_that_cannot_be_are_named(tmp_path, text, words):
    with pytest.raises(InputError, match=words):
        find_table(_file(tmp_path, text))


def test_a_name_that_nothing_has_is_told_with_the_nearest():
    with pytest.raises(InputError, match="did you mean 'cityscapes-train-ids'"):
        find_table("cityscapes-trainids")


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (((3, 1), (4, 5, 6, 7)), "all be"),
        (((3, 1, 2),), "all be"),
        (((256, 0, 0, 1),), "0 .. 255"),
        (((3, 1), (3, 1)), "id 3 must become one label, and comes twice"),
        (((3, 5),), "id 3 becomes 5, and labels are 0 .. 4"),
        (((1, 2, 3, 5),), r"colour \(1, 2, 3\) becomes 5"),
        (((3, -1),), "becomes -1"),
    ],
)
def test_tables_of_a_configuration_are_checked(table, words):
    assert words.replace("\\", "") in (problem(table, 5, -1) or "")
    assert problem(((3, 4), (9, 0)), 5, -1) is None
    assert problem(((3, 200),), 5, 200) is None


def test_ids_become_labels(tmp_path):
    path = _picture(tmp_path / "a.png", [[3, 40, 3], [3, 3, 40]])
    labels = LabelReader(((40, 2), (3, 1)))(path)
    np.testing.assert_array_equal(labels, [[1, 2, 1], [1, 1, 2]])


def test_ids_of_sixteen_bits_become_labels(tmp_path):
    path = tmp_path / "a.png"
    Image.fromarray(np.array([[26001, 7]], np.uint16)).save(path)
    labels = LabelReader(((7, 3), (26001, 4)))(path)
    np.testing.assert_array_equal(labels, [[4, 3]])


def test_ids_that_a_table_does_not_name_are_counted_and_refused(tmp_path):
    path = _picture(tmp_path / "a.png", [[3, 9, 9], [8, 9, 6], [5, 5, 5]])
    words = r"a\.png: .*not name id 5 \(3 pixels\), id 9 \(3 pixels\), id 6 \(1"
    with pytest.raises(InputError, match=rf"{words} pixels\) and 1 more: .*none"):
        LabelReader(((3, 1),))(path)


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_colours_become_labels(tmp_path, mode):
    colors = np.array([[[9, 8, 7], [7, 8, 9]], [[7, 8, 9], [7, 8, 9]]])
    if mode == "RGBA":
        alpha = np.array([[0, 255], [128, 255]])
        colors = np.concatenate([colors, alpha[..., None]], axis=-1)
    path = _picture(tmp_path / "a.png", colors)
    labels = LabelReader(((9, 8, 7, 4), (7, 8, 9, 2)))(path)
    np.testing.assert_array_equal(labels, [[4, 2], [2, 2]])


def test_pictures_with_a_palette_are_read_by_their_colours(tmp_path):
    values = np.array([[0, 1, 1]])
    path = _picture(tmp_path / "a.png", values, palette=[163, 230, 35, 43, 177, 139])
    labels = LabelReader(((43, 177, 139, 26), (163, 230, 35, 7)))(path)
    np.testing.assert_array_equal(labels, [[7, 26, 26]])


def test_unknown_colours_are_named_with_their_pixels(tmp_path):
    path = _picture(tmp_path / "a.png", [[[9, 8, 7], [1, 2, 3], [1, 2, 3]]])
    words = r"a\.png: .*not name colour \(1, 2, 3\) \(2 pixels\): add"
    with pytest.raises(InputError, match=words):
        LabelReader(((9, 8, 7, 4),))(path)


def test_colours_of_a_lossy_file_are_refused(tmp_path):
    path = _picture(tmp_path / "a.jpg", np.zeros((8, 8, 3)))
    with pytest.raises(InputError, match=r"a\.jpg: colours of labels need a lossless"):
        LabelReader(((0, 0, 0, 4),))(path)


def test_readers_are_equal_by_value_after_they_travelled():
    reader = LabelReader(((3, 1),))
    assert pickle.loads(pickle.dumps(reader)) == reader
    assert hash(reader) == hash(LabelReader(((3, 1),)))
    assert reader != LabelReader(())
