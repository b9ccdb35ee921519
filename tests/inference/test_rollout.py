import numpy as np

from v2v_tf.inference.frames import Synthesized
from v2v_tf.inference.rollout import conditions_of, roll_out, stack_synthesized


def test_each_output_follows_from_the_states_that_the_last_step_left():
    def step(one, states):
        return (one, states), states * 3 + one

    assert list(roll_out(step, 2, [5, 1, 7])) == [(5, 2), (1, 11), (7, 34)]
    assert list(roll_out(step, 2, [])) == []


def test_an_input_is_read_when_its_output_is_asked_for():
    asked = []

    def inputs():
        for one in (4, 9, 2):
            asked.append(one)
            yield one

    outputs = roll_out(lambda one, states: (one + states, states), 100, inputs())
    assert asked == []
    assert next(outputs) == 104 and asked == [4]
    assert next(outputs) == 109 and asked == [4, 9]


def test_planes_go_with_the_instances_of_their_own_frame():
    planes = np.arange(3)[:, None, None, None] + np.zeros((3, 2, 5, 1))
    ids = np.arange(3)[:, None, None] * 1000 + np.zeros((3, 2, 5))
    pairs = list(conditions_of(planes, ids))
    assert [(p[0, 0, 0], i[0, 0]) for p, i in pairs] == [(0, 0), (1, 1000), (2, 2000)]
    assert [i for _, i in conditions_of(planes, None)] == [None] * 3
    # Too few instances: the frames left over have none.
    left = [i is None for _, i in conditions_of(planes, iter(ids[:2]))]
    assert left == [False, False, True]


def test_stacked_frames_have_the_parts_of_each():
    frames = [
        Synthesized(np.full((2, 5, 3), n), None, None, np.full((2, 5, 2), -n), None)
        for n in (1, 2, 3)
    ]
    clip = stack_synthesized(iter(frames))
    assert clip.fake_frames.shape == (3, 2, 5, 3)
    assert clip.flow[:, 0, 0, 0].tolist() == [-1, -2, -3]
    assert clip.raw_frames is clip.warped_frames is clip.mask is None
