import numpy as np

from v2v_tf.toy_street.street import LABEL_NAMES
from v2v_tf.toy_street.surfaces import facade, ground
from v2v_tf.toy_street.world import (
    Wall,
)


def _ground(x, z, foot=0.01):
    x, z = np.float32([[x]]), np.float32([[z]])
    foot = np.float32([[foot]])
    return ground(x, z, np.float32([[5.0]]), foot, foot)


def test_ground_labels_are_where_the_paint_is():
    road, mark, walk = (LABEL_NAMES.index(n) for n in ("road", "lane mark", "pavement"))
    assert _ground(1.55, 10.0).labels[0, 0] == road  # between two dashes
    assert _ground(1.55, 7.0).labels[0, 0] == mark  # on one
    assert _ground(1.8, 7.0).labels[0, 0] == road  # beside it
    assert _ground(-4.3, 10.0).labels[0, 0] == mark  # the line along the edge
    assert _ground(-4.7, 10.0).labels[0, 0] == walk
    assert _ground(0.0, 43.0).labels[0, 0] == mark  # a stripe of a crossing
    assert _ground(0.5, 43.0).labels[0, 0] == road  # between two stripes


def test_thin_paint_fades_with_distance_instead_of_flickering():
    near = _ground(1.55, 7.0).colour.mean()
    far = _ground(1.55, 7.0, foot=0.8)
    road = _ground(0.8, 7.0, foot=0.8).colour.mean()
    assert far.labels[0, 0] == LABEL_NAMES.index("road")
    assert road < far.colour.mean() < near


def test_facade_windows_and_roofs():
    wall = Wall(
        ends=np.float32([8, 20]),
        heights=np.float32([6.0, 9.0]),
        colours=np.float32([[200, 100, 50], [90, 90, 90]]),
        window_period=np.float32([2.0, 2.0]),
        window_share=np.float32([0.5, 0.5]),
        instances=np.uint16([4001, 4002]),
    )
    along = np.float32([3.0, 9.0, 21.0])
    small = np.full(3, 0.01, np.float32)
    height = np.float32([[7.5] * 3, [4.5] * 3, [-0.2] * 3])
    colour, covered, ids = facade(
        wall, along, height, np.full(3, 9, np.float32), small, small, 1.0, 0.0
    )
    assert covered.tolist() == [[False, True, True], [True] * 3, [False] * 3]
    assert ids.tolist() == [4001, 4002, 4002]
    # Bays of (8 - 0.6) / 3 from 0.3 on: 3.0 lies a tenth into the second, on wall.
    assert colour[1, 0, 0] > 150
    bay = 0.3 + 1.5 * 7.4 / 3
    in_window, _, _ = facade(
        wall, np.float32([bay]), np.float32([[4.5]]), *[small[:1]] * 3, 1.0, 0.0
    )
    assert in_window[0, 0, 0] < 100
