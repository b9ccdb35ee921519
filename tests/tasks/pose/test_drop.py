"""What training hides in a frame of pose conditions."""

import numpy as np

from v2v_tf.tasks.pose.config import PoseConfig
from v2v_tf.tasks.pose.drop import PoseDrop, drop_densepose


def draws(number: int, **changes) -> list[PoseDrop]:
    rng = np.random.default_rng(11)
    return [PoseDrop.draw(rng, PoseConfig(**changes)) for _ in range(number)]


def test_nothing_or_everything():
    assert draws(1, random_drop_prob=0.0) == [PoseDrop()]
    (drop,) = draws(1, random_drop_prob=1.0)
    assert drop.parts == frozenset(range(1, 25))
    assert drop.limbs == frozenset(range(24))
    assert drop.hands == (True, True)
    assert drop.face
    assert drop.head_noise == ()
    assert drop.face_shift == (0.0, 0.0)


def test_the_same_seed_gives_the_same_drops_and_frames_differ():
    first, second = draws(2, random_drop_prob=0.3)
    assert draws(2, random_drop_prob=0.3) == [first, second]
    assert first != second


def test_every_part_limb_hand_and_face_is_dropped_at_the_given_rate():
    many = draws(4000, random_drop_prob=0.2)
    # Standard deviation of a rate: sqrt(0.2 * 0.8 / 4000) = 0.0063.
    for part in range(1, 25):
        assert abs(np.mean([part in drop.parts for drop in many]) - 0.2) < 0.032
    for limb in range(24):
        assert abs(np.mean([limb in drop.limbs for drop in many]) - 0.2) < 0.032
    for name in (
        [drop.hands[0] for drop in many],
        [drop.hands[1] for drop in many],
        [drop.face for drop in many],
    ):
        assert abs(np.mean(name) - 0.2) < 0.032
    both = np.mean([all(drop.hands) for drop in many])
    assert abs(both - 0.04) < 0.016


def test_remove_face_labels_erases_the_head_and_moves_points():
    many = draws(2000, random_drop_prob=0.0, remove_face_labels=True)
    assert {drop.parts for drop in many} == {frozenset({23, 24})}
    noise = np.array([drop.head_noise for drop in many])
    assert noise.shape == (2000, 5, 2)
    assert abs(noise.std() - 5) < 0.2
    assert abs(noise.mean()) < 0.2
    shift = np.array([drop.face_shift for drop in many])
    assert shift.shape == (2000, 2)
    assert abs(shift.std() - 2) < 0.15


def test_the_generator_advances_equally_whatever_the_configuration():
    ends = []
    for config in (PoseConfig(), PoseConfig(remove_face_labels=True)):
        rng = np.random.default_rng(2)
        PoseDrop.draw(rng, config)
        ends.append(rng.random())
    assert ends[0] == ends[1]


def test_dropped_parts_are_erased_in_all_channels():
    densepose = np.zeros((2, 3, 3), np.uint8)
    densepose[0] = [[9, 8, 1], [7, 6, 24], [5, 4, 3]]
    densepose[1, 0] = [3, 2, 1]
    before = densepose.copy()
    erased = drop_densepose(densepose, PoseDrop(parts=frozenset({1, 3, 20})))
    expected = np.zeros((2, 3, 3))
    expected[0, 1] = [7, 6, 24]
    np.testing.assert_array_equal(erased, expected)
    assert erased.dtype == np.uint8
    np.testing.assert_array_equal(densepose, before)


def test_densepose_stays_without_drops():
    densepose = np.full((2, 3, 3), 5, np.uint8)
    np.testing.assert_array_equal(drop_densepose(densepose, PoseDrop()), densepose)
