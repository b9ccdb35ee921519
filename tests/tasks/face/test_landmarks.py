"""The ways in which people write 68 landmarks, and what no landmark file may hold."""

from __future__ import annotations

import numpy as np
import pytest

from v2v_tf.errors import InputError
from v2v_tf.tasks.face.landmarks import check_landmarks, read_landmarks

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


def _table(*columns):
    return "".join(",".join(map(str, row)) + "\n" for row in zip(*columns, strict=True))


X, Y = POINTS.T
ONES = np.full(68, 0.93)
_WIDE = [f"x_{k}" for k in range(68)] + [f"y_{k}" for k in range(68)]


def _one_line(names, values):
    return ", ".join(names) + "\n" + ", ".join(map(str, values)) + "\n"


@pytest.mark.parametrize(
    "text",
    [
        _table(range(68), X, Y),
        _table(range(1, 69), X, Y, ONES),
        "id,x,y\n" + _table(range(68), X, Y),
        ",x,y\n" + _table(range(68), X, Y),
        "point y x\n" + _table(range(1, 69), Y, X),
        "y,x\n" + _table(Y, X),
        "y x\n" + _table(Y, X),
        "y,x\n" + _table(Y, X, ONES),
        "Confidence,X,Y\n" + _table(ONES, X, Y),
        "x,y,z\n" + _table(X, Y, np.zeros(68)),
        "written by hand\nx,y\n" + _table(X, Y),
        "".join(f"({x}, {y})\n" for x, y in POINTS),
        str(POINTS.tolist()),
        "[" + "\n ".join(f"[{x} {y}]" for x, y in POINTS) + "]",
        _one_line(_WIDE, [*X, *Y]),
        _one_line(["frame", "confidence", *_WIDE], [7, 0.98, *X, *Y]),
        _one_line(
            ["eye_lmk_x_0", *_WIDE, *(name.upper() for name in _WIDE)],
            [3, *X, *Y, *range(136)],
        ),
        _one_line(
            [f"{a}{k}" for k in range(1, 69) for a in "yx"], POINTS[:, ::-1].flat
        ),
        _one_line([f"p{k}.{a}" for k in range(68) for a in "xy"], POINTS.flat),
    ],
)
def test_columns_are_what_header_or_index_say(tmp_path, text):
    path = tmp_path / "a.csv"
    path.write_text(text)
    np.testing.assert_array_equal(read_landmarks(path), POINTS)


@pytest.mark.parametrize(
    "text",
    [
        _table(X, Y, np.zeros(68)),
        "x,y,score\n" + _table(X, Y, np.zeros(68)),
        _one_line(["confidence", *_WIDE], [0, *X, *Y]),
        "50.5,80\n" * 68,
        "1,1\n" * 68,
        "".join(f"50.{k:02d},80\n" for k in range(68)),
    ],
)
def test_faces_that_nobody_trusts_or_that_are_one_point_are_nobody(tmp_path, text):
    path = tmp_path / "a.txt"
    path.write_text(text)
    assert read_landmarks(path) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("landmarks of nobody\n", "a line that holds other words"),
        ("[]x\n", "a line that holds other words"),
        (_table(X, Y, X, Y), "four other numbers.*x,y,confidence"),
        (_one_line([f"name{k}" for k in range(136)], POINTS.flat), r"x_0 \.\. x_67"),
        (_one_line(_WIDE, [*X, *Y]) + ", ".join(["5"] * 136), "got 2 lines of 136"),
    ],
)
def test_what_columns_hold_is_never_guessed(tmp_path, text, said):
    path = tmp_path / "a.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=said) as error:
        read_landmarks(path)
    assert str(error.value).count(str(path)) == 1


@pytest.mark.parametrize(
    ("part", "value"), [(slice(0, 17), -1.0), (slice(36, 48), 0.0), ([3, 9], 0.0)]
)
def test_a_face_of_which_a_part_was_not_found_is_refused(tmp_path, part, value):
    points = POINTS.copy()
    points[part] = value
    path = tmp_path / "a.txt"
    path.write_text(_table(*points.T))
    with pytest.raises(InputError, match="a part of the face was not found") as error:
        read_landmarks(path)
    assert str(path) in str(error.value)
    with pytest.raises(InputError, match="a part of the face was not found"):
        check_landmarks(points, (240, 320))


def test_points_that_were_clipped_at_the_picture_are_a_face(tmp_path):
    points = np.maximum(POINTS - [40, 180], 0.0)
    assert (points == 0).all(axis=1).sum() == 0
    points[:3] = 0
    path = tmp_path / "a.txt"
    path.write_text(_table(*points.T))
    np.testing.assert_array_equal(read_landmarks(path), points)
