import math

import pytest

from v2v_tf.visualization.charts import CHART_HEIGHT, CHART_WIDTH, chart


def points(segment: str) -> list[tuple[float, float]]:
    return [tuple(map(float, point.split(","))) for point in segment.split()]


def test_curve_fills_its_box_from_zero():
    made = chart("gan", [4.0, 1.0, 2.0])
    assert (made.name, made.low, made.high) == ("gan", 0.0, 4.0)
    assert (made.last, made.num_values) == (2.0, 3)
    (segment,) = made.segments
    assert points(segment) == [
        (0, 0),
        (CHART_WIDTH / 2, 0.75 * CHART_HEIGHT),
        (CHART_WIDTH, CHART_HEIGHT / 2),
    ]


def test_curve_far_from_zero_is_not_flattened():
    made = chart("psnr", [20.0, 25.0])
    assert (made.low, made.high) == (20.0, 25.0)
    assert chart("loss", [-1.0, 3.0]).low == -1.0


def test_constant_curve_lies_in_the_middle():
    made = chart("lr", [3.0, 3.0])
    assert [y for _, y in points(made.segments[0])] == [CHART_HEIGHT / 2] * 2
    assert (made.low, made.high) == (1.5, 4.5)
    assert (chart("zero", [0.0]).low, chart("zero", [0.0]).high) == (-1.0, 1.0)


def test_values_that_are_not_finite_leave_gaps():
    made = chart("gan", [1.0, 2.0, math.nan, 3.0, math.inf])
    assert [len(points(segment)) for segment in made.segments] == [2, 2]
    (x0, y0), (x1, y1) = points(made.segments[1])
    assert (x0, x1 - x0, y1 - y0) == (pytest.approx(0.75 * CHART_WIDTH), 1, 0)
    assert made.last == 3.0 and made.high == 3.0


@pytest.mark.parametrize("values", [[], [math.nan]])
def test_nothing_to_draw(values):
    made = chart("gan", values)
    assert made.segments == () and made.last is None


def test_long_curves_are_thinned_to_means():
    values = [float(i % 2) for i in range(10 * CHART_WIDTH)]
    made = chart("gan", values)
    drawn = points(made.segments[0])
    assert len(drawn) == CHART_WIDTH and made.num_values == 10 * CHART_WIDTH
    assert {y for _, y in drawn} == {CHART_HEIGHT / 2}  # every run averages to 0.5


def test_stages_part_halfway_between_two_values():
    made = chart("gan", [5.0, 4.0, 3.0, 2.0, 1.0], boundaries=[2, 3])
    # Values lie 70 apart: the third stage begins after the third value.
    assert made.boundaries == (105.0, 175.0)


def test_boundaries_outside_of_the_curve_are_left_out():
    assert chart("gan", [5.0, 4.0], boundaries=[0, 2, 7]).boundaries == ()
    assert chart("gan", [5.0], boundaries=[1]).boundaries == ()
