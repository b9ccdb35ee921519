"""Worked examples of the frame bookkeeping of NVIDIA/vid2vid."""

import pytest

from v2v_tf.models.vid2vid.temporal_groups import triplet_schedule


def steps(load: int, num_scales: int, scale: int, num_steps: int) -> list:
    return [
        triplet_schedule(step * load, load, 3, scale, num_scales)
        for step in range(num_steps)
    ]


def test_one_frame_a_step_of_two_scales():
    fine = steps(1, 2, 0, 8)
    assert fine[:2] == [[], []]
    assert fine[2:5] == [[(0, 1, 2)], [(1, 2, 3)], [(2, 3, 4)]]
    assert fine[6] == [(4, 5, 6)]
    coarse = steps(1, 2, 1, 9)
    assert coarse[:6] == [[]] * 6
    assert coarse[6:] == [[(0, 3, 6)], [(1, 4, 7)], [(2, 5, 8)]]


def test_four_frames_a_step_of_two_scales():
    assert steps(4, 2, 0, 3) == [
        [(1, 2, 3)],
        [(5, 6, 7), (2, 3, 4)],
        [(9, 10, 11), (6, 7, 8)],
    ]
    assert steps(4, 2, 1, 3) == [[], [(1, 4, 7)], [(5, 8, 11), (2, 5, 8)]]


def test_six_frames_a_step_of_two_scales():
    assert steps(6, 2, 0, 2) == [[(3, 4, 5), (0, 1, 2)], [(9, 10, 11), (6, 7, 8)]]
    assert steps(6, 2, 1, 2) == [[], [(5, 8, 11), (2, 5, 8)]]


def test_three_scales_keep_18_past_frames():
    # Scale 2 spans 18 frames, so its first group ends at frame 18.
    assert [bool(groups) for groups in steps(1, 3, 2, 20)] == [False] * 18 + [True] * 2
    assert steps(1, 3, 2, 20)[18:] == [[(0, 9, 18)], [(1, 10, 19)]]
    assert steps(4, 3, 2, 6) == [
        [],
        [],
        [],
        [],
        [(1, 10, 19)],
        [(5, 14, 23), (2, 11, 20)],
    ]
    assert steps(6, 3, 2, 5) == [
        [],
        [],
        [],
        [(5, 14, 23), (2, 11, 20)],
        [(11, 20, 29), (8, 17, 26)],
    ]


def test_the_finer_scales_do_not_depend_on_the_number_of_scales():
    for load in (1, 4, 6):
        assert steps(load, 3, 0, 8) == steps(load, 2, 0, 8)
        assert steps(load, 3, 1, 8) == steps(load, 2, 1, 8)


def test_groups_of_two_frames():
    # Steps 1 and 2; the single-GPU recipe of 1024 pixels has groups of two.
    assert triplet_schedule(0, 3, 2, 0, 2) == [(1, 2)]
    assert triplet_schedule(3, 3, 2, 0, 2) == [(4, 5), (2, 3)]
    assert triplet_schedule(3, 3, 2, 1, 2) == [(3, 5), (1, 3)]


@pytest.mark.parametrize("load", [1, 2, 4, 6, 7])
@pytest.mark.parametrize("num_scales", [1, 2, 3])
def test_every_group_ends_in_a_new_frame_and_reaches_no_further_than_the_buffer(
    load, num_scales
):
    limit = 3 ** (num_scales - 1) * 2
    for step in range(30):
        before = step * load
        for scale in range(num_scales):
            for group in triplet_schedule(before, load, 3, scale, num_scales):
                assert before <= group[-1] < before + load
                assert group[0] >= max(0, before - limit)
                oldest, middle, newest = group
                assert middle - oldest == newest - middle == 3**scale
