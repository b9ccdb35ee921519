"""Inputs of public bug reports: each is used as it is meant, or refused by cause."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from v2v_tf.config import TASKS, load_config
from v2v_tf.data.input.stream import draw_pictures, find_sequence
from v2v_tf.data.sources.base import Sequence
from v2v_tf.data.sources.finding import list_sequences
from v2v_tf.errors import InputError

STREET = (
    "conditioning.street.use_instances=false",
    "conditioning.street.num_labels=35",
    "conditioning.street.foreground_labels=[26]",
)
POSE = ("conditioning.pose.use_densepose=false",)
FACE = ("conditioning.face.background_edges=false",)
PRESETS = {
    "street": ("test/toy_street", STREET),
    "pose": ("test/pose_256", POSE),
    "face": ("test/face_512", FACE),
    "images": ("test/video_edges", ()),
    "city": ("test/toy_street", STREET),
}
CAR = 26


@pytest.fixture(scope="session")
def cases(reference) -> Path:
    folder = reference / "cases"
    if not folder.is_dir():
        pytest.skip("reference data absent: V2V_REFERENCE has no cases/")
    return folder


def _config(case: str, *changes: str):
    preset, own = PRESETS[case.partition("/")[0]]
    return load_config(preset, (*own, *changes))


def _drawn(cases: Path, case: str, *changes: str):
    config = _config(case, *changes)
    return list(draw_pictures(find_sequence(cases / case, config, None), config))


def _contents(cases: Path, case: str):
    (sequence,) = list_sequences(cases / case, _config(case))
    assert isinstance(sequence, Sequence)
    return sequence.contents()


def _car(picture) -> float:
    """Returns the mean column of the car, which moves by a step a frame."""
    return float(np.nonzero(picture.drawn.planes[..., 0] == CAR)[1].mean())


def test_unpadded_numbers_are_taken_in_order(cases):
    pictures = _drawn(cases, "street/unpadded")
    assert [p.name for p in pictures] == [f"frame{n}" for n in range(1, 13)]
    columns = [_car(p) for p in pictures]
    assert columns == sorted(columns)


def test_missing_files_are_named_and_never_mispaired(cases):
    contents = _contents(cases, "street/missing_different")
    assert contents.runs == (range(2), range(3, 5), range(6, 8))
    assert [(p.reason, p.num_frames) for p in contents.problems] == [
        ("no file of frame f0002 in B", 1),
        ("no file of frame f0005 in A", 1),
    ]


def test_frames_given_twice_are_refused_with_both_names(cases):
    with pytest.raises(InputError, match=r"f0000\.bmp and f0000\.png"):
        _contents(cases, "street/dup_ext")


def test_the_file_of_another_size_is_named(cases):
    with pytest.raises(InputError, match=r"train_B/clip/f0004\.png: image must be"):
        _drawn(cases, "street/size_mid")


def test_ids_of_a_lossy_format_are_refused(cases):
    with pytest.raises(InputError, match=r"f0000\.jpg: ids need a lossless format"):
        _drawn(cases, "street/label_jpeg")


def test_what_systems_leave_behind_is_ignored(cases):
    assert _contents(cases, "street/junk_macosx").runs == (range(8),)


@pytest.mark.parametrize(
    ("case", "num_frames"),
    [("street/no_frames", 8), ("pose/only_json", 5), ("face/only_points", 5)],
)
def test_conditions_alone_can_be_drawn(cases, case, num_frames):
    pictures = _drawn(cases, case)
    assert len(pictures) == num_frames
    assert all(p.drawn.frame is None and p.drawn.planes.any() for p in pictures)


def test_a_source_may_have_its_first_frames_alone(cases):
    pictures = _drawn(cases, "street/two_frames")
    assert [p.drawn.frame is not None for p in pictures] == [True] * 2 + [False] * 6


@pytest.mark.parametrize("case", ["pose/normalised", "face/normalised_later"])
def test_normalised_coordinates_are_refused(cases, case):
    with pytest.raises(InputError, match="look normalised"):
        _drawn(cases, case)


@pytest.mark.parametrize(
    "case",
    [
        *("pose/nobody_in_one", "pose/nobody_no_file"),
        *("face/no_face_zeros", "face/no_face_empty"),
    ],
)
def test_people_who_vanish_are_marked_and_bridged_if_asked(cases, case):
    empty = [p.drawn is None for p in _drawn(cases, case)]
    assert empty == [False, False, True, False, False]
    bridged = [p.bridged for p in _drawn(cases, case, "data.max_gap=1")]
    assert bridged == [False, False, True, False, False]


@pytest.mark.parametrize("case", ["pose/old_keys", "pose/null_point"])
def test_other_ways_to_write_people_draw_nearly_the_same(cases, case):
    usual = _drawn(cases, "pose/only_json")
    other = _drawn(cases, case)
    same = [
        (one.drawn.planes == two.drawn.planes).mean()
        for one, two in zip(usual, other, strict=True)
    ]
    assert min(same) > (0.999 if case == "pose/old_keys" else 0.98)


@pytest.mark.parametrize("case", ["spaces", "conf", "pts_ibug", "csv", "one_line"])
def test_other_ways_to_write_landmarks_draw_the_same(cases, case):
    usual = _drawn(cases, "face/only_points")
    for one, two in zip(usual, _drawn(cases, f"face/{case}"), strict=True):
        np.testing.assert_array_equal(one.drawn.planes, two.drawn.planes)


def test_photographs_come_upright(cases):
    shown = _drawn(cases, "images/exif6")[0].source_size
    stored = _drawn(cases, "images/exif6", "data.orientation=stored")[0].source_size
    assert shown == stored[::-1] and shown[0] != shown[1]


def test_webp_is_read(cases):
    assert len(_drawn(cases, "images/webp")) == 8


def test_ids_of_training_become_labels_by_name(cases):
    ids = _drawn(cases, "street/label_trainids")
    config = _config("street/label_trainids")
    table = TASKS.get("street").with_label_map(config, "cityscapes-train-ids")
    sequence = find_sequence(cases / "street/label_trainids", table, None)
    labels = list(draw_pictures(sequence, table))
    assert [set(np.unique(p.drawn.planes)) for p in (ids[0], labels[0])] == [
        {0, 10, 13},
        {7, 23, CAR},
    ]


def test_colours_of_a_palette_become_labels_by_a_file(cases, tmp_path):
    case, street = "street/label_palette_adaptive", TASKS.get("street")
    config = _config(case)
    (tmp_path / "palette.csv").write_text(
        "r,g,b,id\n163,230,35,26\n43,177,139,7\n13,6,52,23\n"
    )
    colors = street.with_label_map(config, str(tmp_path / "palette.csv"))
    drawn = list(draw_pictures(find_sequence(cases / case, colors, None), colors))
    assert set(np.unique(drawn[0].drawn.planes)) == {7, 23, CAR}
    (tmp_path / "palette.csv").write_text("163,230,35,26\n43,177,139,7\n")
    part = street.with_label_map(config, str(tmp_path / "palette.csv"))
    words = r"f0000\.png: .*colour \(13, 6, 52\) \(\d+ pixels\)"
    with pytest.raises(InputError, match=words):
        list(draw_pictures(find_sequence(cases / case, part, None), part))


def test_255_names_the_option_and_is_ignored_by_it(cases):
    with pytest.raises(InputError, match="got 255: .*ignore_label=255"):
        _drawn(cases, "street/label_255")
    pictures = _drawn(cases, "street/label_255", "conditioning.street.ignore_label=255")
    assert set(np.unique(pictures[0].drawn.planes)) == {7, 23, CAR, 35}


def test_edge_maps_are_taken_as_they_are(cases):
    given = ("conditioning.edges.source=given", "data.resize.load_size=256")
    config = _config("images/edgemap", *given)
    folder = cases / "images/edgemap/train_img/clip"
    pictures = list(draw_pictures(find_sequence(folder, config, None), config))
    planes = pictures[0].drawn.planes
    canny = _drawn(cases, "images/edgemap", "data.resize.load_size=256")[0]
    assert len(pictures) == 6
    assert 0.05 < (planes > 0).mean() < 0.12
    assert (canny.drawn.planes > 0).mean() > 1.2 * (planes > 0).mean()


def test_other_cityscapes_say_what_was_expected(cases):
    with pytest.raises(InputError, match="leftImg8bit_sequence.*got .*demoVideo"):
        list_sequences(cases / "city/demo", _config("city/demo"))
    (bad,) = list_sequences(cases / "city/jpg", _config("city/jpg"))
    assert "such as aachen_000000_000000_leftImg8bit.jpg: convert" in bad.reason
    contents = _contents(cases, "city/only_20th")
    assert contents.runs == () and "one of 30 frames" in contents.problems[0].reason
