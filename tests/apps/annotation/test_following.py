"""Who is followed through a shot."""

import numpy as np
import pytest

from v2v_tf.apps.annotation.findings import Found
from v2v_tf.apps.annotation.following import (
    Follower,
    PersonChoice,
    follow,
    parse_person,
    same_person,
)
from v2v_tf.errors import InputError


def person(x, y, side, mark=0.0):
    return Found((x, y, x + side, y + side), 0.9, np.full((3, 2), mark))


def marks(found):
    return [None if one is None else float(one.value[0, 0]) for one in found]


SMALL = [person(10 + 2 * t, 20, 10, 1.0) for t in range(4)]
LARGE = [person(60 - 3 * t, 20, 14, 2.0) for t in range(4)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("largest", 2.0),
        ("0", 1.0),
        ("1", 2.0),
        ("point 12,30", 1.0),
        ("point 66 20", 2.0),
    ],
)
def test_one_person_is_chosen_and_followed(text, expected):
    # In another order in every frame.
    pairs = enumerate(zip(SMALL, LARGE, strict=True))
    frames = [[a, b] if t % 2 else [b, a] for t, (a, b) in pairs]
    assert marks(follow(frames, parse_person(text))) == [expected] * 4


def test_a_larger_one_who_comes_later_is_not_taken():
    frames = [[SMALL[0]], [SMALL[1], person(50, 0, 40, 3.0)], [person(50, 0, 40, 3.0)]]
    assert marks(follow(frames, PersonChoice())) == [1.0, 1.0, None]


def test_who_vanishes_is_found_again_where_they_were():
    frames = [[], [LARGE[0]], [], [LARGE[2]], [person(5, 70, 14, 9.0)]]
    assert marks(follow(frames, PersonChoice())) == [None, 2.0, None, 2.0, None]


def test_who_is_gone_for_long_gives_way_to_others():
    other = person(5, 70, 30, 9.0)
    frames = [[LARGE[0]], *[[]] * 15, [other], [other]]
    assert marks(follow(frames, PersonChoice()))[-2:] == [9.0, 9.0]
    frames = [[LARGE[0]], *[[]] * 14, [other]]
    assert marks(follow(frames, PersonChoice()))[-1] is None


def test_a_person_who_jumps_is_another():
    near, far = person(70, 20, 14, 2.0), person(90, 20, 14, 2.0)
    assert marks(follow([[LARGE[0]], [near]], PersonChoice())) == [2.0, 2.0]
    assert marks(follow([[LARGE[0]], [far]], PersonChoice())) == [2.0, None]


def test_what_cannot_be_chosen_is_said():
    with pytest.raises(InputError, match="--person 2: expected 0 .. 1, as 2 are"):
        follow([[SMALL[0], LARGE[0]]], parse_person("2"))
    for text in ("tallest", "-1", "point 3", "point a,b"):
        with pytest.raises(InputError, match="expected largest, a number from 0"):
            parse_person(text)
    assert follow([[], []], PersonChoice()) == [None, None]


def test_frame_by_frame_is_the_same():
    frames = [[], *[[a, b] for a, b in zip(SMALL, LARGE, strict=True)], []]
    follower = Follower(PersonChoice("index", 0))
    stepped = [follower.step(people) for people in frames]
    assert marks(stepped) == marks(follow(frames, PersonChoice("index", 0)))
    assert marks(stepped) == [None, 1.0, 1.0, 1.0, 1.0, None]


def test_the_same_person_in_another_picture():
    one = person(10, 20, 10)
    near, far = person(13, 22, 10, 1.0), person(40, 20, 10, 2.0)
    assert marks([same_person(one, people) for people in ([far, near], [far], [])]) == [
        *[1.0, 2.0, None]
    ]
    # Without any overlap the nearest.
    assert marks([same_person(one, [person(70, 20, 30, 3.0), far])]) == [2.0]
