"""Frames of a source whose style is asked for."""

import cv2
import numpy as np
import pytest

from v2v_tf.config import load_config
from v2v_tf.errors import InputError
from v2v_tf.inference.style_choice import StyleChoice, draw_image
from v2v_tf.tasks.files import read_rgb


@pytest.fixture
def source(tmp_path, write_street):
    """Twelve frames of unpadded numbers; the first two have no frame."""
    folder = write_street(tmp_path / "source", {"one": 12})
    for kind in ("A", "B", "inst"):
        for number in range(12):
            path = folder / f"train_{kind}/one/one_{number:04d}.png"
            path.rename(path.with_name(f"f_{number + 1}.png"))
    for number in (1, 2):
        (folder / f"train_B/one/f_{number}.png").unlink()
    return folder


@pytest.mark.parametrize("number", [3, 10, 12])
def test_the_frame_that_is_named_is_drawn(source, number):
    path = source / f"train_B/one/f_{number}.png"
    drawn = draw_image(path, load_config("test/toy_street"))
    np.testing.assert_array_equal(drawn.frame, read_rgb(path))


def test_its_labels_are_read_by_the_table_of_the_source(source):
    config = load_config("test/toy_street")
    path = source / "train_B/one/f_7.png"
    expected = draw_image(path, config).planes
    for labels in (source / "train_A/one").iterdir():
        cv2.imwrite(str(labels), cv2.imread(str(labels), cv2.IMREAD_UNCHANGED) + 100)
    table = source / "table.csv"
    table.write_text("".join(f"{100 + label},{label}\n" for label in range(5)))
    found = draw_image(path, config, str(table)).planes
    np.testing.assert_array_equal(found, expected)
    with pytest.raises(InputError, match="label ids must be"):
        draw_image(path, config)


def test_a_frame_that_is_not_there(source):
    with pytest.raises(InputError, match="expected a frame of a source"):
        draw_image(source / "train_B/one/f_1.png", load_config("test/toy_street"))
    assert StyleChoice().label_map is None
