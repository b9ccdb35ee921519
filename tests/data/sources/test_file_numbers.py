"""Which files of a folder are frames: odd names, copies, fractions, minus signs."""

from __future__ import annotations

from pathlib import Path

import pytest

from v2v_tf.data.sources.file_numbers import number_files
from v2v_tf.data.sources.names import copied_from

COPY = "a copy, by its name, of another file"
GONE = "a copy, by its name, of a file not there: rename it if it is meant"


def _number(*names: str):
    found = number_files([Path(f"{name}.png") for name in names])
    assert found is not None
    rows = sorted(found.numbers)
    left_out = [(path.stem, reason) for reason, path in found.left_out]
    return [path.stem for _, path in rows], left_out, found


@pytest.mark.parametrize(
    ("odd", "reason"),
    [
        ("f0003 (1)", COPY),
        ("f0003 - Copy", COPY),
        ("f0003 - Copy (2)", COPY),
        ("f0003_copy", COPY),
        ("Copy of f0003", COPY),
        (
            "f0009 (1)",
            GONE,
        ),
        ("background", "without a number in its name such as that of f0000.png"),
        ("img_64x7", "without a number in its name such as that of f0000.png"),
        ("f0003.old", "of a frame that has a file named as most are"),
        ("f008²3", "without a number in its name such as that of f0000.png"),
    ],
)
def test_what_is_not_named_as_the_others_is_left_out(odd, reason):
    frames = [f"f{i:04d}" for i in range(6)]
    assert _number(odd, *frames)[:2] == (frames, [(odd, reason)])


def test_a_file_that_stands_for_a_missing_one_is_a_frame():
    names = ["f01", "f02", "f03.edited", "f04", "f05", "more_6", "more_7"]
    assert _number(*names)[:2] == (names, [])


def test_copies_of_all_files_are_left_out_and_brackets_may_count():
    names = [f"f{i}" for i in range(4)]
    copies = [f"{name} (1)" for name in names]
    kept, left_out, _ = _number(*copies, *names)
    assert kept == names and [name for name, _ in left_out] == copies
    explorer = [f"scan7 ({i})" for i in range(1, 12)]
    assert _number(*explorer)[:2] == (explorer, [])
    kept, left_out, _ = _number("scan7", *explorer)
    assert kept == explorer and [name for name, _ in left_out] == ["scan7"]
    assert copied_from("frame (3)") is None


@pytest.mark.parametrize(
    "names",
    [
        ["t_0", "t_0.25", "t_0.5", "t_0.75", "t_1", "t_1.25"],
        ["t_0.0", "t_0.05", "t_0.1", "t_0.15", "t_0.2"],
        ["v1.8", "v1.9", "v1.10", "v1.11"],
        ["130.9000", "130.9330", "130.9660", "131.0001", "131.0331"],
        ["f_-3", "f_-2", "f_-1", "f_0", "f_1"],
        ["-02", "-01", "00", "01"],
        ["f_-001", "f_-002", "f_-003"],
    ],
)
def test_fractions_and_minus_signs_are_in_the_order_of_their_values(names):
    assert _number(*reversed(names))[:2] == (names, [])


@pytest.mark.parametrize(
    ("names", "numbers", "counts"),
    [
        (["f0_t0", "f1_t33", "f2_t67"], [(0,), (1,), (2,)], True),
        (["t0_f5", "t33_f6", "t67_f7"], [(5,), (6,), (7,)], True),
        (["f0_t0", "f10_t40", "f25_t90"], [(0,), (10,), (25,)], False),
        (["s1_f0", "s1_f1", "s2_f2"], [(1, 0), (1, 1), (2, 2)], True),
        (["f1_9ab", "f2_7", "f3_c8d"], [(1,), (2,), (3,)], True),
    ],
)
def test_of_several_numbers_that_counts_which_grows_by_one(names, numbers, counts):
    found = _number(*names)[2]
    assert sorted(number for number, _ in found.numbers) == numbers
    assert found.counts == counts
