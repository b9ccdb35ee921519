"""Numbers of frames by their names, natural order, and what belongs together."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from v2v_tf.data.sources.file_numbers import number_files
from v2v_tf.data.sources.numbering import (
    common_step,
    fill_numbers,
    follows,
    renumbered,
    written,
)
from v2v_tf.data.sources.pairing import cut_runs, pair_files
from v2v_tf.errors import InputError
from v2v_tf.tasks.files import list_files, list_folders, natural_key
from v2v_tf.tasks.task import FileKind

LABELS, FRAMES = FileKind("A", "label_map"), FileKind("B")


def _paths(*names: str) -> list[Path]:
    return [Path(name) for name in names]


def _touch(folder: Path, *names: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_bytes(b"")
    return folder


def _pair(root: Path, optional=(), fill=0):
    folders = {LABELS: root / "A", FRAMES: root / "B"}
    return pair_files(folders, "here", frozenset(optional), fill).frames


def test_names_are_sorted_as_people_count():
    names = ["f10", "f2", "f1", "a", "f1b", "12", "f02"]
    assert sorted(names, key=natural_key) == [
        "12",
        "a",
        "f1",
        "f1b",
        "f02",
        "f2",
        "f10",
    ]


def test_what_systems_leave_behind_is_no_file_of_anybody(tmp_path):
    _touch(tmp_path, "2.png", "10.png", ".x.png", "Thumbs.db", "desktop.ini")
    for name in ("__MACOSX", "@eaDir", ".cache", "clip"):
        (tmp_path / name).mkdir()
    assert [p.name for p in list_files(tmp_path, frozenset({".png"}))] == [
        "2.png",
        "10.png",
    ]
    assert [p.name for p in list_folders(tmp_path)] == ["clip"]


@pytest.mark.parametrize(
    ("names", "numbers"),
    [
        (("frame1.png", "frame12.png"), [(1,), (12,)]),
        (("cam2_007.png", "cam2_010.png"), [(7,), (10,)]),
        (
            (
                "aachen_000000_000019_leftImg8bit.png",
                "aachen_000000_000020_leftImg8bit.png",
            ),
            [(19,), (20,)],
        ),
        # Two numbers that differ count both.
        (("s1_f4.png", "s2_f9.png"), [(1, 4), (2, 9)]),
        # One file: its last number.
        (("v2_0031.png",), [(31,)]),
        # Several patterns: the last number, where that tells them apart.
        (("a_3.png", "b_x_5.png"), [(3,), (5,)]),
        (("a_3.png", "b_x_3.png"), None),
        (("first.png", "2.png"), None),
        ((), None),
    ],
)
def test_the_number_of_a_frame_is_what_differs_between_names(names, numbers):
    paths = _paths(*names)
    found = number_files(paths)
    assert found is None or (not found.left_out and found.counts)
    by_file = {path: number for number, path in found.numbers} if found else {}
    assert ([by_file[path] for path in paths] if found else None) == numbers


def test_the_step_between_frames_is_the_most_common_one():
    assert common_step([(0,), (5,), (10,), (30,), (35,)]) == 5
    assert common_step([(4,)]) == 1
    assert follows((1, 5), (1, 10), 5) and not follows((1, 5), (2, 10), 5)
    assert not follows((5,), (7,), 1)
    assert written((2, 19)) == "2/19"


def test_short_gaps_are_filled_by_the_step_and_long_ones_are_not():
    numbers = [(0,), (2,), (6,), (20,)]
    assert fill_numbers(numbers, 2, 1) == [(0,), (2,), (4,), (6,), (20,)]
    assert fill_numbers(numbers, 2, 0) == numbers
    assert renumbered("cam2_f007_keypoints", (12,)) == "cam2_f012_keypoints"


def test_kinds_are_paired_by_number_and_what_is_missing_is_said(tmp_path):
    _touch(tmp_path / "A", "f0.png", "f1.png", "f2.png", "f3.png", "f10.png")
    _touch(tmp_path / "B", "img_0000.jpg", "img_0001.jpg", "img_0003.jpg")
    (tmp_path / "B/img_0010.jpg").write_bytes(b"")
    frames = _pair(tmp_path)
    assert [frame.name for frame in frames] == ["f0", "f1", "f2", "f3", "f10"]
    assert [frame.missing for frame in frames] == [(), (), ("B",), (), ()]
    assert [frame.follows for frame in frames] == [False, True, True, True, False]
    assert frames[3].files[FRAMES].name == "img_0003.jpg"


def test_frames_may_be_missing_where_they_are_optional(tmp_path):
    _touch(tmp_path / "A", "f0.png", "f1.png", "f2.png")
    _touch(tmp_path / "B", "f0.png", "f1.png")
    frames = _pair(tmp_path, optional=[FRAMES])
    assert [FRAMES in frame.files for frame in frames] == [True, True, False]
    assert not any(frame.missing for frame in frames)


def test_a_short_gap_becomes_frames_without_files(tmp_path):
    _touch(tmp_path / "A", "f0.png", "f1.png", "f3.png")
    _touch(tmp_path / "B", "f0.png")
    frames = _pair(tmp_path, optional=[FRAMES], fill=5)
    assert [frame.name for frame in frames] == ["f0", "f1", "f2", "f3"]
    assert frames[2].files == {} and frames[2].missing == ("A",)


@pytest.mark.parametrize("names", [("f1.png", "f1.jpg"), ("1.png", "01.png")])
def test_two_files_of_one_frame_are_both_named(tmp_path, names):
    _touch(tmp_path / "A", *names, "f7.png" if "f" in names[0] else "7.png")
    _touch(tmp_path / "B", "f1.png")
    with pytest.raises(InputError) as error:
        _pair(tmp_path)
    assert all(name in str(error.value) for name in names)
    assert "two files of frame 1" in str(error.value)


def test_numbers_that_have_nothing_in_common_are_refused(tmp_path):
    _touch(tmp_path / "A", "f0.png", "f1.png")
    _touch(tmp_path / "B", "f100.png", "f101.png")
    with pytest.raises(InputError, match=r"no number in common \(0 to 1 in A, 100 to"):
        _pair(tmp_path)


def test_names_without_numbers_are_paired_by_order_and_count(tmp_path):
    _touch(tmp_path / "A", "a.png", "b.png")
    _touch(tmp_path / "B", "x.png", "y.png")
    frames = _pair(tmp_path)
    assert [frame.files[FRAMES].name for frame in frames] == ["x.png", "y.png"]
    _touch(tmp_path / "B", "z.png")
    with pytest.raises(InputError, match="got 2 in A, 3 in B: add what is missing"):
        _pair(tmp_path)
    with pytest.raises(InputError, match="3 files in B for 2 frames"):
        _pair(tmp_path, optional=[FRAMES])


def test_two_files_of_one_name_without_a_number_are_both_named(tmp_path):
    _touch(tmp_path / "A", "a.png", "b.jpg", "b.png")
    _touch(tmp_path / "B", "x.png", "y.png", "z.png")
    with pytest.raises(InputError, match=r"two files of one name, b\.jpg and b\.png"):
        _pair(tmp_path)


def test_endings_that_are_there_are_named_where_none_fits(tmp_path):
    _touch(tmp_path / "A", "f0.xyz", "f1.abc")
    _touch(tmp_path / "B", "f0.png")
    with pytest.raises(InputError, match=r"0 in A, 1 in B.*there are \.abc, \.xyz"):
        _pair(tmp_path)


def test_runs_end_at_gaps_and_leave_lost_frames_out():
    assert cut_runs(4, [], []) == (range(4),)
    assert cut_runs(9, [3], [6]) == (range(3), range(3, 6), range(7, 9))
    assert cut_runs(3, [], [0, 2]) == (range(1, 2),)
    assert cut_runs(2, [1], [0, 1]) == ()
    runs = cut_runs(50, range(5, 50, 5), [7])
    assert np.sum([len(run) for run in runs]) == 49
