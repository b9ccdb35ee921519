"""What tasks say of how closely generated frames follow their conditions."""

import numpy as np
import pytest

from v2v_tf.config import TASKS, load_config
from v2v_tf.tasks.adherence import mirrored_picture, mirrored_points


def _adherence(task, *options):
    return TASKS.get(task).adherence(load_config(None, (f"task={task}", *options)))


@pytest.mark.parametrize(
    ("task", "names"),
    [
        ("face", ["landmark_error", "faces_found"]),
        ("pose", ["pose_pck"]),
        ("edges", ["edge_f1"]),
        ("silhouette", ["silhouette_iou"]),
    ],
)
def test_tasks_name_their_metrics(task, names):
    adherence = _adherence(task)
    assert [metric.name for metric in adherence.metrics] == names
    assert all(metric.title and metric.note for metric in adherence.metrics)


def test_a_task_need_not_have_any():
    assert _adherence("depth") is None
    assert _adherence("edges", "conditioning.edges.source=given") is None


def test_edges_are_looked_for_with_the_options_of_the_task():
    frame = np.full([20, 30, 3], 90, np.uint8)
    frame[:, 12:] = 110
    weak = (
        "conditioning.edges.low_threshold=10",
        "conditioning.edges.high_threshold=20",
    )
    assert not _adherence("edges").look(frame).any()
    found = _adherence("edges", *weak).look(frame)
    assert set(np.nonzero(found)[1]) <= {11, 12} and (found.max(axis=1) == 255).all()


def test_points_are_mirrored_and_change_sides():
    points = np.array([[1.0, 2.0, 0.5], [7.0, 3.0, 0.25], [4.0, np.nan, 0.75]])
    found = mirrored_points(points, 11, (1, 0, 2))
    expected = [[3.0, 3.0, 0.25], [9.0, 2.0, 0.5], [6.0, np.nan, 0.75]]
    np.testing.assert_array_equal(found, expected)
    assert points[0, 0] == 1.0  # as it was


def test_pictures_are_mirrored():
    assert mirrored_picture(np.array([[1, 2, 3]]), 3).tolist() == [[3, 2, 1]]
