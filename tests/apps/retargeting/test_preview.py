"""Tiles of the preview."""

import numpy as np

from tests.apps.retargeting.skeletons import face, standing
from v2v_tf.apps.retargeting.preview import draw_points, letterbox, window
from v2v_tf.tasks.face.points import FacePoints
from v2v_tf.tasks.pose.points import PosePoints

TENTH = PosePoints.margin


def test_a_picture_is_fitted_with_black_around():
    picture = np.full((10, 40, 3), 200, np.uint8)
    fitted = letterbox(picture, (40, 80))
    assert (fitted[10:30] == 200).all()
    assert not fitted[:10].any() and not fitted[30:].any()


def test_the_window_holds_all_points_and_a_tenth_around():
    clip = np.full((2, 137, 3), np.nan)
    clip[0, 3], clip[1, 7] = (100, 50, 0.9), (140, 150, 0.9)
    assert window(clip, (200, 400), TENTH) == (slice(40, 160), slice(90, 150))
    # A margin of 10 that the picture has no room for.
    assert window(clip, (155, 145), TENTH) == (slice(40, 155), slice(90, 145))
    clip[..., 0] += 1000
    assert window(clip, (200, 400), TENTH) == (slice(0, 200), slice(0, 400))


def test_skeletons_and_whole_faces_are_drawn_over_a_picture():
    grey = np.full((300, 200, 3), 90, np.uint8)
    drawn = draw_points(PosePoints(), standing(100, 50), grey)
    # The trunk is red, from (100, 50) to (100, 110), 6 pixels wide.
    np.testing.assert_allclose(drawn[95, 100], (153, 0, 0), atol=3)
    np.testing.assert_array_equal(drawn[95, 130], (90, 90, 90))
    points = face(100, 150)
    drawn = draw_points(FacePoints(), points, grey)
    np.testing.assert_array_equal(drawn[189, 100], (255, 255, 255))  # the chin
    points[60] = np.nan
    drawn = draw_points(FacePoints(), points, grey)
    np.testing.assert_array_equal(drawn, grey)
