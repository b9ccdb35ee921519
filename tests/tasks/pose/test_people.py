"""One person out of OpenPose's files, and back."""

import json

import numpy as np

from tests.apps.retargeting.skeletons import standing, write_json
from v2v_tf.tasks.pose.drawing import draw_openpose
from v2v_tf.tasks.pose.openpose import read_openpose
from v2v_tf.tasks.pose.people import (
    BODY,
    FACE,
    follow,
    follow_all,
    people_of,
    to_openpose,
)

SIZE = (300, 400)


def test_a_person_reads_as_drawing_sees_it(tmp_path):
    person = standing(150, 50)
    person[4, 2] = 0.01  # not trusted
    person[FACE, 2][5] = 0.1
    person[20, 0] = 0.0  # as good as missing
    write_json(tmp_path / "a.json", person)
    (read,) = people_of(
        read_openpose(tmp_path / "a.json"), SIZE, basic_point_only=False
    )
    missing = np.flatnonzero(np.isnan(read[:, 0])).tolist()
    assert missing == [4, 20, FACE.start + 5]
    seen = np.isfinite(read)
    np.testing.assert_allclose(read[seen], person[seen])
    before = json.loads((tmp_path / "a.json").read_text())
    after = to_openpose([read], False)
    drawn = draw_openpose(before, SIZE)
    assert drawn.any()
    np.testing.assert_array_equal(draw_openpose(after, SIZE), drawn)


def test_basic_points_are_the_body_alone(tmp_path):
    write_json(tmp_path / "a.json", standing(150, 50))
    (read,) = people_of(read_openpose(tmp_path / "a.json"), SIZE, basic_point_only=True)
    assert np.isfinite(read[BODY]).all() and np.isnan(read[BODY.stop :]).all()
    (written,) = to_openpose([read], True)["people"]
    assert list(written) == ["pose_keypoints_2d"]


def test_the_largest_is_followed_past_a_larger_one():
    small, large = standing(30, 20, 0.5), standing(200, 40, 1.0)
    giant = standing(120, 10, 1.2)
    moved = standing(207, 40, 1.0)
    clip = follow([[small, large], [], [giant, moved, small], [small]])
    np.testing.assert_array_equal(clip[0], large)
    assert np.isnan(clip[1]).all()
    np.testing.assert_array_equal(clip[2], moved)
    np.testing.assert_array_equal(clip[3], small)


def test_who_shows_no_body_point_is_nobody():
    ghost = standing()
    ghost[BODY] = np.nan
    assert np.isnan(follow([[ghost]])).all()


def test_a_file_of_nobody_is_a_frame_of_nobody(tmp_path):
    (tmp_path / "a.json").write_text('{"people": []}')
    assert people_of(read_openpose(tmp_path / "a.json"), SIZE, False) == []


def test_everybody_whom_all_frames_show_is_followed():
    def person(x, extent):
        points = np.full((137, 3), np.nan)
        points[:4] = [[x + extent * k, 50 - 3 * k, 0.8] for k in range(4)]
        return points

    tall, short, guest = person(10, 20), person(200, 9), person(400, 5)
    tall_later, short_later = person(13, 20), person(196, 9)
    both = follow_all([[short, tall, guest], [short_later, tall_later]])
    assert len(both) == 2
    np.testing.assert_array_equal(both[0], [tall, tall_later])
    np.testing.assert_array_equal(both[1], [short, short_later])
    (alone,) = follow_all([[tall], []])
    np.testing.assert_array_equal(alone[0], tall)
    assert np.isnan(alone[1]).all()
