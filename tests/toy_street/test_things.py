import numpy as np
import pytest

from v2v_tf.toy_street.street import LABEL_NAMES, ToyStreet
from v2v_tf.toy_street.things import people, traffic, trees


def test_cars_overtake_and_turn():
    rng = np.random.default_rng(11)
    time = np.arange(60)
    camera = np.stack([0 * time, 0.3 * time, 0 * time], axis=1)
    cars = [c for _ in range(6) for c in traffic(rng, camera, 0.3, 90.0)]
    gaps = np.array([c.poses[:, 2] - camera[:, 1] for c in cars])
    turns = np.abs(np.array([np.ptp(c.poses[:, 3]) for c in cars]))
    assert ((gaps[:, 0] < 2) & (gaps[:, -1] > 5)).any()  # overtakes us
    assert (turns > np.radians(10)).any()
    assert all(np.isfinite(c.poses).all() for c in cars)


@pytest.mark.slow
def test_cars_never_meet():
    for seed in range(20):
        scene = ToyStreet(seed, (32, 64), 60)._scene
        cars = np.unique(scene.thing[scene.labels == LABEL_NAMES.index("car")])
        for t in range(0, 60, 5):
            x, z = scene.poses[t][cars][:, [0, 2]].T
            beside = np.abs(x[:, None] - x) < 1.9
            close = np.abs(z[:, None] - z) < 4.2
            near = np.abs(z - scene.camera[t, 1]) < 50
            meets = beside & close & near & near[:, None]
            assert not np.triu(meets, 1).any(), (seed, t)


def test_people_and_trees_keep_off_the_road():
    rng = np.random.default_rng(5)
    things = people(rng, 60.0, 30) + trees(rng, 60.0, 30)
    assert len(things) > 20
    assert min(np.abs(t.poses[:, 0]).min() for t in things) > 4.65
