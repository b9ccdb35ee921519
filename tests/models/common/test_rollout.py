import doctest

import tensorflow as tf

from v2v_tf.models.common import rollout
from v2v_tf.models.common.rollout import loop, unroll


def test_each_step_follows_from_the_states_that_the_last_one_left():
    def step(one, states):
        return (one, states), states * 3 + one

    found = list(unroll(step, 2, [5, 1, 7]))
    assert found == [((5, 2), 11), ((1, 11), 34), ((7, 34), 109)]
    assert list(unroll(step, 2, [])) == []


def test_an_input_is_read_when_its_output_is_asked_for():
    asked = []

    def inputs():
        for one in (4, 9, 2):
            asked.append(one)
            yield one

    steps = unroll(lambda one, states: (one, states + one), 100, inputs())
    assert asked == []
    assert next(steps) == (4, 104) and asked == [4]
    assert next(steps) == (9, 113) and asked == [4, 9]


def _in_graph(num: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    def step(index, states):
        total, longest = states
        grown = tf.concat([longest, [total]], axis=0)
        return [total, 10 * total], (total * 3 + index, grown)

    arrays = [tf.TensorArray(tf.int32, num) for _ in range(2)]
    shapes = (tf.TensorShape([]), tf.TensorShape([None]))
    start = (tf.constant(2), tf.zeros([0], tf.int32))
    (_, grown), made = loop(step, start, arrays, (0, num), shapes)
    return grown, made[0].stack(), made[1].stack()


def test_the_loop_of_the_graph_takes_any_number_of_steps():
    traced = tf.function(_in_graph, autograph=False)
    for num, totals in ((4, [2, 6, 19, 59]), (1, [2]), (0, [])):
        grown, first, second = traced(tf.constant(num))
        assert grown.numpy().tolist() == first.numpy().tolist() == totals
        assert second.numpy().tolist() == [10 * total for total in totals]
    assert traced.experimental_get_tracing_count() == 1


def test_both_loops_do_the_same():
    def step(index, total):
        return [total], total * 3 + index

    last, [made] = loop(step, tf.constant(2), [tf.TensorArray(tf.int32, 7)], (3, 7))
    # What is not written is zero.
    pairs = list(unroll(step, 2, range(3, 7)))
    expected = [0, 0, 0, *(total for [total], _ in pairs)]
    assert made.stack().numpy().tolist() == expected
    assert int(last) == pairs[-1][1]


def test_examples_of_the_documentation():
    failed, run = doctest.testmod(rollout)
    assert failed == 0 and run >= 2
