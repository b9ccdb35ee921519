"""People who vanish: bridged where that is short, by one rule for every reader."""

from __future__ import annotations

import json

import numpy as np
import pytest

from v2v_tf.data.input.stream import Sizes, draw_frames, draw_pictures, find_sequence
from v2v_tf.data.prepare.prepare import prepare
from v2v_tf.data.sources.bridging import bridged
from v2v_tf.errors import InputError
from v2v_tf.tasks.face.landmarks import read_landmarks

ANYTHING_GOES = ("data.min_flow=-1", "data.max_black_fraction=1.1")


def _face(tmp_path, write_face, num_frames, *nobody):
    source = write_face(tmp_path / "source", num_frames)
    for t in nobody:
        (source / f"train_keypoints/a/{t:03d}.txt").write_text("")
    return source


def test_points_lie_between_those_of_the_frames_around(
    tmp_path, write_face, make_config
):
    source = _face(tmp_path, write_face, 8, 2, 3)
    config = make_config("face", "data.max_gap=2")
    sequence = find_sequence(source, config, None)
    before, after = (
        read_landmarks(source / f"train_keypoints/a/00{t}.txt") for t in (1, 4)
    )
    with sequence.open() as opened:
        reader = bridged(opened, 8, config)
        frames = [reader.read(t) for t in range(8)]
    assert [frame.bridged for frame in frames] == [t in (2, 3) for t in range(8)]
    for t, share in ((2, 1 / 3), (3, 2 / 3)):
        expected = before + share * (after - before)
        np.testing.assert_allclose(frames[t].raw.get("landmarks"), expected)


@pytest.mark.parametrize(("nobody", "gap"), [((2, 3, 4), 2), ((0,), 3), ((7,), 3)])
def test_long_gaps_and_ends_stay_empty(tmp_path, write_face, make_config, nobody, gap):
    source = _face(tmp_path, write_face, 8, *nobody)
    config = make_config("face", f"data.max_gap={gap}")
    pictures = list(draw_pictures(find_sequence(source, config, None), config))
    assert len(pictures) == 8
    assert [t for t, p in enumerate(pictures) if p.drawn is None] == list(nobody)
    with pytest.raises(InputError, match="nobody was found in frame"):
        list(draw_frames(find_sequence(source, config, None), config))


def test_a_person_is_bridged_as_drawing_sees_it(tmp_path, write_pose, make_config):
    source = write_pose(tmp_path / "source", 5)
    (source / "train_openpose/a/002.json").write_text('{"people": []}')
    only = ("conditioning.pose.use_densepose=false", "data.max_gap=1")
    config = make_config("pose", *only)
    pictures = list(draw_pictures(find_sequence(source, config, None), config))
    assert [p.bridged for p in pictures] == [False, False, True, False, False]
    around = [np.argwhere(pictures[t].drawn.planes.any(-1)).mean(0) for t in (1, 2, 3)]
    assert around[0][1] < around[1][1] < around[2][1]


def test_everybody_is_bridged_whom_both_ends_show(tmp_path, write_pose, make_config):
    source = write_pose(tmp_path / "source", 5)
    files = [source / f"train_openpose/a/00{t}.json" for t in range(5)]
    parsed = [json.loads(file.read_text()) for file in files]
    for t, file in enumerate(files):
        first = parsed[t]["people"][0]
        second = {
            key: [x + 9 * (i % 3 == 0 and x != 0) for i, x in enumerate(values)]
            for key, values in first.items()
            if isinstance(values, list)
        }
        # The order of people in a file says nothing.
        people = [first, second] if t < 2 else [second, first]
        file.write_text(json.dumps({"people": people}))
    # Nobody trusts a body of which every confidence is 0.
    unsure = {
        key: [0 if i % 3 == 2 else x for i, x in enumerate(values)]
        for key, values in parsed[2]["people"][0].items()
        if isinstance(values, list)
    }
    files[2].write_text(json.dumps({"people": [unsure]}))
    config = make_config("pose", "conditioning.pose.use_densepose=false")
    with find_sequence(source, config, None).open() as opened:
        assert opened.read(2).raw.get("openpose") is None
    config = make_config(
        "pose", "conditioning.pose.use_densepose=false", "data.max_gap=1"
    )
    with find_sequence(source, config, None).open() as opened:
        frame = bridged(opened, 5, config).read(2)
    assert frame.bridged
    drawn = sorted(
        one["pose_keypoints_2d"][0] for one in frame.raw.get("openpose")["people"]
    )
    expected = np.mean([parsed[t]["people"][0]["pose_keypoints_2d"][0] for t in (1, 3)])
    np.testing.assert_allclose(drawn, [expected, expected + 9], atol=0.001)


def test_a_missing_file_is_a_frame_without_a_person(tmp_path, write_pose, make_config):
    source = write_pose(tmp_path / "source", 5)
    (source / "train_openpose/a/002.json").unlink()
    for t in range(5):
        (source / f"train_img/a/{t:03d}.png").unlink()
    (source / "train_img/a").rmdir()
    (source / "train_img").rmdir()
    config = make_config("pose", "conditioning.pose.use_densepose=false")
    sequence = find_sequence(source, config, None)
    sizes = Sizes(source=(64, 128))
    pictures = list(draw_pictures(sequence, config, sizes))
    assert [p.name for p in pictures] == ["000", "001", "002", "003", "004"]
    assert [p.drawn is None for p in pictures] == [t == 2 for t in range(5)]
    assert pictures[0].source_size == (64, 128)
    assert pictures[0].drawn.frame is None


def test_points_alone_lie_on_the_smallest_common_picture(
    tmp_path, write_pose, make_config
):
    source = write_pose(tmp_path / "source", 4)
    for path in (source / "train_img/a").iterdir():
        path.unlink()
    person = json.loads((source / "train_openpose/a/001.json").read_text())
    person["people"][0]["pose_keypoints_2d"][:3] = [700.0, 400.0, 0.9]
    (source / "train_openpose/a/001.json").write_text(json.dumps(person))
    config = make_config("pose", "conditioning.pose.use_densepose=false")
    first = next(draw_pictures(find_sequence(source, config, None), config))
    assert first.source_size == (480, 854)


def test_prepare_bridges_cuts_and_says_so(tmp_path, write_face, make_config):
    source = _face(tmp_path, write_face, 12, 2, 7, 8)
    config = make_config(
        "face", "data.max_gap=1", "data.max_bad_fraction=0.5", *ANYTHING_GOES
    )
    summary = prepare(source, tmp_path / "out", config)
    assert summary.num_frames == {"train": 10} and summary.num_clips == {"train": 2}
    by_reason = {bad.reason: bad for bad in summary.bad}
    (note,) = (b for r, b in by_reason.items() if "drawn between" in r)
    assert note.num_frames == 0 and "1 of 7 frames" in note.reason
    (lost,) = (b for r, b in by_reason.items() if "nobody was found in this" in r)
    assert lost.clip == "a@000007" and lost.num_frames == 2
    assert lost.path.endswith("train_keypoints/a/007.txt")
    assert summary.bad_fraction == pytest.approx(2 / 12)
