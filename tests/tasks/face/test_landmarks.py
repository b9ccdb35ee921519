"""The ways in which people write 68 landmarks, and what no landmark file may hold."""

from __future__ import annotations

import numpy as np
import pytest

from v2v_tf.errors import InputError
from v2v_tf.tasks.face.landmarks import read_landmarks

POINTS = np.stack([np.arange(68) * 3.5 + 20, 200 - np.arange(68)], axis=1)


def _lines(separator: str, extra: str = "") -> str:
    return "".join(f"{x}{separator}{y}{extra}\n" for x, y in POINTS)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.txt", _lines(",")),
        ("a.txt", _lines(", ")),
        ("a.txt", _lines(" ")),
        ("a.txt", _lines("\t")),
        ("a.txt", _lines(";")),
        ("a.txt", _lines(",", ",0.91")),
        ("a.csv", "x,y\n" + _lines(",")),
        ("a.csv", "x,y,confidence\n" + _lines(",", ",1")),
        ("a.txt", "﻿" + _lines(",") + "\n\n"),
        ("a.txt", ",".join(f"{x},{y}" for x, y in POINTS)),
        ("a.txt", " ".join(f"{x} {y} 0.5" for x, y in POINTS)),
        ("a.pts", "version: 1\nn_points: 68\n{\n" + _lines(" ") + "}\n"),
    ],
)
def test_every_common_way_is_read(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    np.testing.assert_array_equal(read_landmarks(path), POINTS)


@pytest.mark.parametrize(
    "text", ["", "\n \n", "0,0\n" * 68, "-1,-1\n" * 68, "nan nan\n" * 68, "x,y\n"]
)
def test_a_file_may_say_that_there_is_no_face(tmp_path, text):
    path = tmp_path / "a.txt"
    path.write_text(text)
    assert read_landmarks(path) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("".join("1,2\n" for _ in range(67)), "got 67 lines of 2 numbers"),
        (_lines(",") + "and so on\n", "a line that holds other words"),
        ("5,6,7,8", "one line of 4 numbers"),
        (_lines(",")[:-8] + "5\n", "numbers"),
    ],
)
def test_anything_else_is_refused_by_its_file(tmp_path, text, said):
    path = tmp_path / "a.txt"
    path.write_text(text)
    with pytest.raises(InputError, match=said) as error:
        read_landmarks(path)
    assert str(error.value).startswith(str(path))


def test_shares_of_the_picture_are_no_pixels(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("".join(f"{x / 640:.5f},{y / 480:.5f}\n" for x, y in POINTS))
    with pytest.raises(InputError, match="look normalised.*multiply x by the width"):
        read_landmarks(path)


def test_a_pts_file_needs_its_braces(tmp_path):
    path = tmp_path / "a.pts"
    path.write_text(_lines(" "))
    with pytest.raises(InputError, match="expected points between { and }"):
        read_landmarks(path)
