"""OpenPose files of other versions and tools, and files that show nobody."""

from __future__ import annotations

import json

import numpy as np
import pytest

from v2v_tf.errors import InputError
from v2v_tf.tasks.pose.openpose import read_openpose

BODY = "pose_keypoints_2d"


def _write(path, person):
    path.write_text(json.dumps({"version": 1.3, "people": [person]}))
    return path


def _body(num_points):
    return [x for i in range(num_points) for x in (100.0 + 7 * i, 300.0 - 3 * i, 0.8)]


def test_names_of_old_versions_become_those_of_today(tmp_path):
    old = {"pose_keypoints": _body(25), "hand_left_keypoints": [1.0, 2.0, 3.0] * 21}
    read = read_openpose(_write(tmp_path / "a.json", old))
    assert read["people"] == [
        {BODY: _body(25), "hand_left_keypoints_2d": [1.0, 2.0, 3.0] * 21}
    ]


def test_a_body_of_coco_18_becomes_one_of_body_25(tmp_path):
    body = _body(18)
    read = read_openpose(_write(tmp_path / "a.json", {BODY: body}))
    points = np.reshape(read["people"][0][BODY], (25, 3))
    coco = np.reshape(body, (18, 3))
    # Nose and neck stay; right hip, left hip, left ear have other numbers.
    np.testing.assert_array_equal(points[[0, 1, 9, 12, 18]], coco[[0, 1, 8, 11, 17]])
    np.testing.assert_array_equal(points[8], (coco[8] + coco[11]) / 2)
    assert not points[19:].any()


def test_the_middle_of_hips_is_not_guessed_from_one(tmp_path):
    body = _body(18)
    body[8 * 3 : 9 * 3] = [0, 0, 0]
    read = read_openpose(_write(tmp_path / "a.json", {BODY: body}))
    assert not np.reshape(read["people"][0][BODY], (25, 3))[8].any()


def test_a_point_that_is_null_was_not_detected(tmp_path):
    body = _body(25)
    body[4] = None
    read = read_openpose(_write(tmp_path / "a.json", {BODY: body}))
    assert read["people"][0][BODY][:6] == [100.0, 300.0, 0.8, 0.0, 0.0, 0.0]
    assert read["people"][0][BODY][6:] == _body(25)[6:]


def test_nobody_is_no_error(tmp_path):
    (tmp_path / "a.json").write_text('{"people": []}')
    assert read_openpose(tmp_path / "a.json") is None
    assert read_openpose(_write(tmp_path / "b.json", {BODY: [0] * 75})) is None


def test_normalised_points_are_refused_by_their_file(tmp_path):
    body = [x for i in range(25) for x in (0.3 + i / 100, 0.9 - i / 100, 0.7)]
    with pytest.raises(InputError, match=r"a\.json: points of people lie.*normalised"):
        read_openpose(_write(tmp_path / "a.json", {BODY: body}))


@pytest.mark.parametrize("text", ["[]", '{"persons": []}', '{"people": 3}', "{"])
def test_other_files_are_refused(tmp_path, text):
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(InputError, match=r"a\.json: (expected an OpenPose|not valid)"):
        read_openpose(tmp_path / "a.json")


def test_files_that_break_readers_are_named(tmp_path):
    path = tmp_path / "a.json"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match="not a text file"):
        read_openpose(path)
    path.write_text('{"people":' + "[" * 100_000)
    with pytest.raises(InputError, match=r"a\.json: not valid JSON.*recursion"):
        read_openpose(path)
    path.write_text(json.dumps({"people": [{}]}))
    assert read_openpose(path) == {"people": [{}]}


@pytest.mark.parametrize("triple", [(100.5, 41.0, 0), (0, 0, 0.7), (30.0, 41.0, 0.01)])
def test_people_of_whom_nothing_would_be_drawn_are_nobody(tmp_path, triple):
    person = {BODY: [*triple] * 25, "face_keypoints_2d": [31.0, 52.0, 0.0] * 70}
    assert read_openpose(_write(tmp_path / "a.json", person)) is None
    text = json.dumps({"people": [person, {BODY: _body(25)}]})
    (tmp_path / "b.json").write_text(text)
    assert read_openpose(tmp_path / "b.json")["people"] == [{BODY: _body(25)}]


@pytest.mark.parametrize("key", ["face_keypoints_2d", "hand_left_keypoints_2d"])
def test_normalised_faces_and_hands_of_a_body_in_pixels_are_refused(tmp_path, key):
    number = 70 if "face" in key else 21
    small = [x for i in range(number) for x in (0.3 + i / 100, 0.9 - i / 100, 0.7)]
    said = rf"a\.json: points of people \(`{key}`\) lie.*normalised"
    with pytest.raises(InputError, match=said):
        read_openpose(_write(tmp_path / "a.json", {BODY: _body(25), key: small}))


def test_numbers_in_quotes_are_numbers(tmp_path):
    body = [f"{x:.3f}" for x in _body(25)]
    read = read_openpose(_write(tmp_path / "a.json", {BODY: body}))
    assert read["people"][0][BODY] == _body(25)
    small = [f"{x:.4f}" for i in range(25) for x in (0.3 + i / 100, 0.2, 0.7)]
    with pytest.raises(InputError, match="normalised"):
        read_openpose(_write(tmp_path / "a.json", {BODY: small}))


def test_a_point_that_is_nan_was_not_detected_and_none_is_infinite(tmp_path):
    body = _body(25)
    body[4] = float("nan")
    read = read_openpose(_write(tmp_path / "a.json", {BODY: body}))
    assert read["people"][0][BODY][:6] == [100.0, 300.0, 0.8, 0.0, 0.0, 0.0]
    body[4] = float("inf")
    said = r"a\.json: `pose_keypoints_2d` must be finite numbers, got an infinite one"
    with pytest.raises(InputError, match=said):
        read_openpose(_write(tmp_path / "a.json", {BODY: body}))
