"""Kinds of files are paired by number although some names are odd, and that is said."""

from __future__ import annotations

import pytest

from v2v_tf.data.sources.pairing import pair_files
from v2v_tf.tasks.task import FileKind

LABELS, FRAMES = FileKind("A", "label_map"), FileKind("B")


def _pair(root, labels, frames, optional=()):
    """Returns `label=frame` of each frame, `|` at gaps, and what is said."""
    folders = {LABELS: root / "A", FRAMES: root / "B"}
    for folder, names in zip(folders.values(), (labels, frames), strict=True):
        folder.mkdir()
        for name in names:
            path = name if "." in name else f"{name}.png"
            (folder / path).write_bytes(b"")
    paired = pair_files(folders, "here", frozenset(optional))
    said = [
        "=".join(
            frame.files[kind].stem if kind in frame.files else "" for kind in folders
        )
        for frame in paired.frames
    ]
    gaps = [i for i, frame in enumerate(paired.frames) if i and not frame.follows]
    return said, gaps, [remark.reason for remark in paired.remarks]


def test_one_odd_name_leaves_the_others_paired_by_number(tmp_path):
    labels = ["f1", "f3", "f4 (1)", "f5", "f6", "f7"]
    said, gaps, remarks = _pair(tmp_path, labels, ["f1", "f2", "f3", "f4", "f6", "f7"])
    assert said == ["f1=f1", "=f2", "f3=f3", "=f4", "f5=", "f6=f6", "f7=f7"]
    assert gaps == [] and len(remarks) == 1
    assert "/A: f4 (1).png, a copy, by its name, of a file not there" in remarks[0]


def test_names_of_one_number_and_of_two_are_paired(tmp_path):
    labels = [f"f{i}" for i in range(9) if i != 2]
    frames = [f"f{i}_t{1000 + 33 * i}" for i in range(9) if i != 5]
    said, gaps, remarks = _pair(tmp_path, labels, frames)
    assert said[:3] == ["f0=f0_t1000", "f1=f1_t1033", "=f2_t1066"]
    assert said[5] == "f5=" and (gaps, remarks) == ([], [])


def test_few_frames_of_two_numbers_find_their_labels(tmp_path):
    labels = [f"f{i}_t{33 * i}" for i in range(6)]
    said, gaps, remarks = _pair(tmp_path, labels, labels[:2], [FRAMES])
    assert said[1:3] == ["f1_t33=f1_t33", "f2_t66="] and (gaps, remarks) == ([], [])


@pytest.mark.parametrize(
    ("labels", "frames", "optional", "counts"),
    [
        (range(9), range(1, 10), [], "as many"),
        (range(9), [*range(1, 5), *range(6, 10)], [], "8 for 9"),
        (range(9), range(1, 9), [], "8 for 9"),
        (range(1, 7), range(6), [FRAMES], "as many"),
        (range(7), range(1, 3), [FRAMES], "2 for 7"),
        (range(5, 12), range(6, 13), [], "as many"),
    ],
)
def test_numbers_from_0_and_from_1_are_said(tmp_path, labels, frames, optional, counts):
    names = ([f"f{i}" for i in kind] for kind in (labels, frames))
    (remark,) = _pair(tmp_path, *names, optional)[2]
    assert f", {counts}, at f" in remark
    assert "if they are numbered from 0 and from 1, every pair is one frame" in remark


@pytest.mark.parametrize(
    ("labels", "frames"),
    [(range(9), range(9)), (range(9), range(1, 4)), (range(4, 9), range(5, 8))],
)
def test_other_numbers_are_not_called_shifted(tmp_path, labels, frames):
    names = ([f"f{i}" for i in kind] for kind in (labels, frames))
    assert _pair(tmp_path, *names)[2] == []


def test_frames_of_other_numbers_are_said_not_to_be_used(tmp_path):
    labels, frames = ([f"f{i}" for i in range(at, at + 5)] for at in (3, 100))
    said, _, (remark,) = _pair(tmp_path, labels, frames, [FRAMES])
    assert said == ["f3=", "f4=", "f5=", "f6=", "f7="]
    words = "no file of B is used: their numbers are 100 to 104 and those of A 3 to 7"
    assert words in remark


def test_files_of_an_ending_that_is_not_read_are_named(tmp_path):
    labels = ["f0", "f1", "f2.heic", "f3", "f4.jfif", "f0.json", "f2.json"]
    said, gaps, (remark,) = _pair(tmp_path, labels, ["f0", "f1", "f3"])
    assert said == ["f0=f0", "f1=f1", "f3=f3"] and gaps == [2]
    assert "not read, though named as a frame: f2.heic, f4.jfif" in remark
    assert "(the others end in .png): convert them" in remark


def test_times_need_not_grow_by_exactly_one_step(tmp_path):
    names = ["0", "33", "67", "100", "133", "200"]
    assert _pair(tmp_path, names, names)[1] == [5]
