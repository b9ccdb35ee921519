import cv2
import numpy as np
import pytest

from v2v_tf.errors import InputError
from v2v_tf.toy_street.street import ToyStreet
from v2v_tf.toy_street.world import (
    BUILDING,
    LANE_MARK,
    PAVEMENT,
    ROAD,
    SKY,
    TREE,
)
from v2v_tf.toy_street.writer import _stored, write_clips


def test_the_road_is_as_deep_as_its_row_says():
    street = ToyStreet(3, (48, 96), 2)
    depth, labels = street.depth(1), street.frame(1).label_map
    assert depth.shape == (48, 96) and depth.dtype == np.float32
    rows, columns = np.nonzero(np.isin(labels, (ROAD, LANE_MARK, PAVEMENT)))
    assert len(rows) > 500
    # Eyes 1.55 m above the ground, a focal length of 0.8 widths, a horizon at 0.46.
    expected = 1.55 * 0.8 * 96 / (rows - 0.46 * 47)
    np.testing.assert_allclose(depth[rows, columns], expected, rtol=1e-5)
    sky = labels == SKY
    assert sky.any() and np.isinf(depth[sky]).all()
    assert np.isfinite(depth[~sky]).all() and (depth[~sky] > 0.3).all()


def test_depth_and_the_drive_give_the_flow_of_all_that_stands():
    size, t = (48, 96), 4
    street = ToyStreet(11, size, 6)
    frame, depth = street.frame(t), street.depth(t)
    still = np.isin(frame.label_map, (ROAD, PAVEMENT, BUILDING, TREE))
    assert still.sum() > 1500
    focal, centre = 0.8 * size[1], ((size[1] - 1) / 2, 0.46 * (size[0] - 1))
    rows, columns = np.mgrid[: size[0], : size[1]]
    x = np.where(still, depth, 1) * (columns - centre[0]) / focal
    y = np.where(still, depth, 1) * (rows - centre[1]) / focal
    z = np.where(still, depth, 1)
    (here_x, here_z, turn), (then_x, then_z, before) = street._scene.camera[[t, t - 1]]
    world_x = x * np.cos(turn) + z * np.sin(turn) + here_x - then_x
    world_z = -x * np.sin(turn) + z * np.cos(turn) + here_z - then_z
    then = world_z * np.cos(before) + world_x * np.sin(before)
    aside = world_x * np.cos(before) - world_z * np.sin(before)
    flow = np.stack(
        [
            focal * aside / then + centre[0] - columns,
            focal * y / then + centre[1] - rows,
        ],
        axis=-1,
    )
    np.testing.assert_allclose(frame.flow[still], flow[still], atol=2e-3)
    assert np.abs(flow[still]).max() > 2


def test_depth_of_a_frame_that_is_not_there():
    with pytest.raises(InputError, match="no frame 2"):
        ToyStreet(3, (32, 64), 2).depth(2)


def test_depth_is_written_in_steps_as_kitti_s(tmp_path):
    write_clips(tmp_path / "out", 1, 3, (32, 64), seed=5)
    path = tmp_path / "out/train_depth/toy_0000/000002.png"
    stored = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    assert stored.dtype == np.uint16 and stored.shape == (32, 64)
    street = ToyStreet((5, 0), (32, 64), 3)
    depth, sky = street.depth(2), street.frame(2).label_map == SKY
    assert (stored[sky] == 0).all() and sky.any() and (stored[~sky] > 0).all()
    error = stored[~sky] / 256 - depth[~sky]
    assert np.abs(error).max() <= 1 / 512 + 1e-5


def test_depth_beyond_16_bits_is_the_farthest():
    depth = np.float32([[0.001, 2.5, 255.99], [256, 900, np.inf]])
    assert _stored(depth).tolist() == [[1, 640, 65533], [65535, 65535, 0]]
