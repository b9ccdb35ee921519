import cv2
import numpy as np
import pytest

from v2v_tf import config as configuration
from v2v_tf.errors import InputError
from v2v_tf.tasks.pictures import colorize_conditions


def config(task: str, *overrides: str) -> configuration.Config:
    return configuration.load_config(None, (f"task={task}", *overrides))


def test_street_takes_its_palette():
    planes = np.array([[[[7], [26]]]], np.uint8)
    painted = colorize_conditions(planes, config("street"))
    np.testing.assert_array_equal(painted, [[[(128, 64, 128), (0, 0, 142)]]])
    generic = config("street", "conditioning.street.palette=generic")
    painted = colorize_conditions(planes, generic)
    np.testing.assert_array_equal(painted, [[[(128, 128, 128), (64, 192, 0)]]])


@pytest.mark.parametrize(("task", "num_planes"), [("face", 15), ("edges", 1)])
def test_edges_are_white_on_black(task, num_planes):
    planes = np.full((2, 1, 3, num_planes), 77, np.uint8)
    planes[..., 0] = [[[0, 254, 255]], [[9, 0, 0]]]
    painted = colorize_conditions(planes, config(task))
    np.testing.assert_array_equal(painted[0, 0], [[0] * 3, [254] * 3, [255] * 3])
    np.testing.assert_array_equal(painted[1, 0], [[9] * 3, [0] * 3, [0] * 3])


def test_pose_draws_strokes_over_densepose():
    planes = np.zeros((1, 1, 3, 6), np.uint8)
    planes[0, 0, 0] = (10, 20, 24, 0, 0, 0)  # body, no stroke
    planes[0, 0, 1] = (10, 20, 2, 153, 0, 51)  # stroke over body
    planes[0, 0, 2] = (0, 0, 0, 0, 153, 0)  # stroke beside it
    painted = colorize_conditions(planes, config("pose"))
    np.testing.assert_array_equal(
        painted[0, 0], [(10, 20, 240), (153, 0, 51), (0, 153, 0)]
    )


def test_pose_of_one_kind():
    planes = np.array([[[[30, 40, 7]]]], np.uint8)
    dense = config("pose", "conditioning.pose.use_openpose=false")
    strokes = config("pose", "conditioning.pose.use_densepose=false")
    np.testing.assert_array_equal(
        colorize_conditions(planes, dense), [[[(30, 40, 70)]]]
    )
    np.testing.assert_array_equal(colorize_conditions(planes, strokes), planes)


def test_face_without_distance_maps_has_one_plane():
    plain = config("face", "conditioning.face.distance_maps=false")
    planes = np.array([[[[200]]]], np.uint8)
    np.testing.assert_array_equal(
        colorize_conditions(planes, plain), [[[(200, 200, 200)]]]
    )


@pytest.mark.parametrize(
    ("task", "shape", "expected"),
    [
        ("street", (1, 2, 2, 2), 1),
        ("edges", (2, 2, 1), 1),
        ("face", (1, 2, 2, 1), 15),
        ("pose", (1, 2, 2, 3), 6),
    ],
)
def test_other_planes_are_refused(task, shape, expected):
    with pytest.raises(InputError, match=rf"task {task}: .*\[T, H, W, {expected}\]"):
        colorize_conditions(np.zeros(shape, np.uint8), config(task))


def test_floats_are_refused():
    with pytest.raises(InputError, match="got float64"):
        colorize_conditions(np.zeros((1, 2, 2, 1)), config("edges"))


@pytest.mark.reference
def test_a_real_label_map(reference):
    folder = reference / "data" / "street" / "train_A" / "aachen"
    path = sorted(folder.glob("*.png"))[0]
    planes = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)[None, ..., None]
    painted = colorize_conditions(planes, config("street"))
    assert painted.shape == (1, 1024, 2048, 3)
    road = planes[..., 0] == 7
    assert road.mean() > 0.05
    assert (painted[road] == (128, 64, 128)).all()
