"""The door of OpenPose JSON."""

import numpy as np
import pytest

from v2v_tf.errors import InputError
from v2v_tf.tasks.pose import skeleton as pose_skeleton

SIZE = (60, 80)


def person(**changes) -> dict:
    """One person, every point at (10, 20) with confidence 0.5."""
    keys = {
        "pose_keypoints_2d": 25,
        "face_keypoints_2d": 70,
        "hand_left_keypoints_2d": 21,
        "hand_right_keypoints_2d": 21,
    }
    return {key: [10, 20, 0.5] * number for key, number in keys.items()} | changes


def test_tables_are_those_of_body_25():
    assert len(pose_skeleton.LIMBS) == 24
    assert {point for limb, _ in pose_skeleton.LIMBS for point in limb} == set(
        range(25)
    )
    fingers = [point for finger, _ in pose_skeleton.FINGERS for point in finger[1:]]
    assert fingers == list(range(1, 21))


def test_people_are_read_in_order():
    second = person(hand_right_keypoints_2d=[1.5, 2, 0.1] + [3, 4, 0.2] * 20)
    people = pose_skeleton.read_people(
        {"people": [person(), second]}, SIZE, basic_point_only=False
    )
    assert len(people) == 2
    np.testing.assert_array_equal(people[0].body, np.tile([10, 20, 0.5], (25, 1)))
    assert people[0].face.shape == (70, 3)
    np.testing.assert_array_equal(people[1].hands[1][:2], [[1.5, 2, 0.1], [3, 4, 0.2]])
    np.testing.assert_array_equal(people[1].hands[0], people[0].hands[1])


def test_basic_points_need_the_body_alone():
    body = {"pose_keypoints_2d": [10, 20, 0.5] * 25, "face_keypoints_2d": []}
    (read,) = pose_skeleton.read_people({"people": [body]}, SIZE, basic_point_only=True)
    assert read.face is None
    assert read.hands == ()
    with pytest.raises(InputError, match="basic_point_only=true"):
        pose_skeleton.read_people({"people": [body]}, SIZE, basic_point_only=False)


@pytest.mark.parametrize(
    ("openpose", "message"),
    [
        ({}, "list `people`"),
        ([person()], "list `people`"),
        ({"people": []}, "one or more, got none: drop frames"),
        ({"people": {"0": person()}}, "list `people`"),
        ({"people": ["somebody"]}, "got a person without: .*BODY_25"),
        ({"people": [{}]}, "`pose_keypoints_2d` of 25 x 3 .*without: .*BODY_25"),
        (
            {"people": [person(pose_keypoints_2d=[1, 2, 0.5] * 18)]},
            r"got shape \[54\]: .*BODY_25",
        ),
        (
            {"people": [person(), person(face_keypoints_2d=[])]},
            r"`face_keypoints_2d` of 70 x 3 numbers, got shape \[0\]: .*--face",
        ),
        (
            {"people": [person(hand_left_keypoints_2d=None)]},
            "`hand_left_keypoints_2d` of 21 x 3 numbers, got a person without",
        ),
        (
            {"people": [person(hand_right_keypoints_2d=["x"] * 63)]},
            "`hand_right_keypoints_2d` .* got other values",
        ),
        (
            {"people": [person(pose_keypoints_2d=[1, np.nan, 1] * 25)]},
            r"finite ones, got \[1\.0, nan, 1\.0\] as point 0: write 0, 0, 0",
        ),
        (
            {"people": [person(pose_keypoints_2d=[1, 20, np.inf] * 25)]},
            r"finite ones, got \[1\.0, 20\.0, inf\] as point 0",
        ),
        (
            {"people": [person(pose_keypoints_2d=[1, 121, 0.5] * 25)]},
            "image of 80x60, got points far outside",
        ),
        (
            {"people": [person(face_keypoints_2d=[-81, 12, 0.5] * 70)]},
            "image of 80x60, got points far outside",
        ),
    ],
)
def test_bad_json_is_named(openpose, message):
    with pytest.raises(InputError, match=message):
        pose_skeleton.read_people(openpose, SIZE, basic_point_only=False)
