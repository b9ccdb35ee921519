"""OpenPose drawing, counted by hand and against published maps."""

import json
import time

import imageio.v3 as imageio
import numpy as np
import pytest

from v2v_tf.errors import InputError
from v2v_tf.tasks.pose import skeleton as pose_skeleton
from v2v_tf.tasks.pose.drawing import draw_openpose, sample_line
from v2v_tf.tasks.pose.drop import PoseDrop

SIZE = (60, 90)
RED = (153, 0, 0)  # limb 1 - 8


def openpose(body=None, face=None, left=None, right=None) -> dict:
    """JSON of one person with the given points, {index: (x, y)}, and no others."""
    keys = (
        ("pose_keypoints_2d", 25, body),
        ("face_keypoints_2d", 70, face),
        ("hand_left_keypoints_2d", 21, left),
        ("hand_right_keypoints_2d", 21, right),
    )
    person = {}
    for key, number, given in keys:
        points = np.zeros((number, 3))
        for index, point in (given or {}).items():
            points[index] = (*point, 0.9)[:3] if len(point) == 2 else point
        person[key] = points.ravel().tolist()
    return {"people": [person]}


def pixels(image: np.ndarray) -> dict:
    """{(x, y): colour} of everything that is not black."""
    rows, columns = np.nonzero(image.any(axis=-1))
    return {
        (int(x), int(y)): tuple(image[y, x].tolist())
        for x, y in zip(columns, rows, strict=True)
    }


def reference_stroke(size, ends, colour, reach) -> np.ndarray:
    """The rule of method.md 2.5 word by word, in floats, on the whole image."""
    image = np.zeros((*size, 3), np.uint8)
    line = sample_line(np.array(ends, np.float64)).T
    square = range(-reach, reach)
    caps = range(-2 * reach, 2 * reach)
    copies = [[(x + dx, y + dy) for x, y in line] for dy in square for dx in square]
    copies += [
        [(x + dx, y + dy) for x, y in line[[0, -1]]]
        for dy in caps
        for dx in caps
        if dx**2 + dy**2 < (2 * reach) ** 2
    ]
    for copy in copies:
        x, y = np.array(copy).T
        under = image[y, x].astype(np.float64)
        mixed = colour if not under.any() else (under + colour) / 2
        image[y, x] = np.asarray(mixed).astype(np.uint8)
    return image


@pytest.mark.parametrize(
    ("ends", "columns", "rows"),
    [
        ([[2.9, 4.2], [6.5, 5.0]], [2, 4, 6], [4, 4, 5]),
        ([[6.5, 5.0], [2.9, 4.2]], [2, 4, 6], [4, 4, 5]),
        ([[7, 9], [5, 5]], [5, 5, 6, 7], [5, 6, 7, 9]),
        ([[3, 3], [3.9, 2.1]], [], []),
        ([[3, 3], [3, 3]], [], []),
    ],
)
def test_lines(ends, columns, rows):
    sampled = sample_line(np.array(ends, np.float64))
    np.testing.assert_array_equal(sampled, [columns, rows])


def test_a_finger_pixel_by_pixel():
    # From (20, 10) to (22, 10): two samples, the ends. Four copies of 2 x 2 pixels
    # first, then the caps: offsets of a square length below 4.
    points = {i: (20 + 2 * i, 10) for i in range(5)}
    drawn = draw_openpose(openpose(left=points), SIZE)
    assert set(pixels(drawn)) == {
        (x, y)
        for i in range(5)
        for dx in (-1, 0, 1)
        for dy in (-1, 0, 1)
        for x, y in [(20 + 2 * i + dx, 10 + dy)]
    }
    assert tuple(drawn[10, 20]) == (204, 0, 0)
    assert not drawn[..., 1:].any()


@pytest.mark.parametrize(
    ("ends", "limb", "colour", "reach"),
    [
        ([[30, 20], [55, 31]], (1, 8), RED, 3),
        ([[40, 12], [36.5, 44.2]], (6, 7), (0, 153, 0), 3),
        ([[70.9, 40.9], [20, 40]], (2, 3), (153, 102, 0), 3),
    ],
)
def test_a_limb_is_written_as_the_rule_says(ends, limb, colour, reach):
    drawn = draw_openpose(openpose(body=dict(zip(limb, ends, strict=True))), SIZE)
    expected = reference_stroke(SIZE, ends, colour, reach)
    assert expected.any()
    np.testing.assert_array_equal(drawn, expected)


def test_a_face_stroke_is_written_as_the_rule_says():
    ends = [[30, 20], [30.5, 28]]
    face = dict.fromkeys(range(27, 30), (30, 20)) | {30: ends[1]}
    drawn = draw_openpose(openpose(face=face), SIZE)
    expected = reference_stroke(SIZE, ends, (255, 255, 255), 1)
    np.testing.assert_array_equal(drawn, expected)


def test_limb_widths():
    drawn = draw_openpose(openpose(body={1: (20, 30), 8: (60, 30)}), SIZE)
    column = np.flatnonzero(drawn[:, 40].any(axis=-1))
    assert column.tolist() == [27, 28, 29, 30, 31, 32]  # -3 .. 2
    row = np.flatnonzero(drawn[30].any(axis=-1))
    assert (row[0], row[-1]) == (15, 65)  # caps: radius below 6


def test_points_without_confidence_or_x_are_skipped():
    body = {1: (20, 30, 0.9), 8: (60, 30, 0.01)}
    assert not draw_openpose(openpose(body=body), SIZE).any()
    body[8] = (60, 30, 0.011)
    assert draw_openpose(openpose(body=body), SIZE).any()
    body[8] = (0, 30, 0.9)
    assert not draw_openpose(openpose(body=body), SIZE).any()


def test_a_finger_needs_all_its_points():
    hand = {i: (20 + 3 * i, 20) for i in range(9)}
    both = draw_openpose(openpose(right=hand), SIZE)
    assert {colour for colour in pixels(both).values() if colour[1] == 0}
    hand[7] = (41, 20, 0.01)  # of the second finger
    one = draw_openpose(openpose(right=hand), SIZE)
    assert one.any()
    assert not one[..., 1].any()
    assert both[..., 1].any()


def test_a_face_curve_needs_all_its_points():
    brow = {17 + i: (20 + 4 * i, 20, 0.2) for i in range(5)}
    assert draw_openpose(openpose(face=brow), SIZE).any()
    brow[19] = (28, 20, 0.1)
    assert not draw_openpose(openpose(face=brow), SIZE).any()
    jaw = {i: (20 + 2 * i, 20) for i in range(17)}
    assert not draw_openpose(openpose(face=jaw), SIZE).any()


def test_basic_points_leave_out_head_hands_and_face():
    points = openpose(
        body={1: (20, 30), 8: (60, 30), 0: (20, 12), 15: (30, 10), 17: (45, 11)},
        face={17 + i: (60 + 4 * i, 10) for i in range(5)},
        left={i: (20 + 3 * i, 50) for i in range(5)},
    )
    basic = draw_openpose(points, SIZE, basic_point_only=True)
    colours = set(pixels(basic).values())
    assert all(blue <= 51 and green == 0 for _, green, blue in colours)
    assert not basic[44:].any()
    assert basic[12, 20].any()  # neck to nose stays
    full = draw_openpose(points, SIZE)
    assert full[10, 76].all()
    assert full[50, 26].any()
    assert full[10, 38].any()


def test_dropped_limbs_hands_and_face():
    points = openpose(
        body={1: (20, 30), 8: (60, 30), 12: (60, 45)},
        face={17 + i: (60 + 4 * i, 10) for i in range(5)},
        left={i: (20 + 3 * i, 50) for i in range(5)},
        right={i: (20 + 3 * i, 10) for i in range(5)},
    )
    full = draw_openpose(points, SIZE)
    spine = [limb for limb, _ in pose_skeleton.LIMBS].index((1, 8))
    for drop, (x, y) in (
        (PoseDrop(limbs=frozenset({spine})), (40, 30)),
        (PoseDrop(hands=(True, False)), (26, 50)),
        (PoseDrop(hands=(False, True)), (26, 10)),
        (PoseDrop(face=True), (68, 10)),
    ):
        drawn = draw_openpose(points, SIZE, drop=drop)
        assert full[y, x].any()
        assert not drawn[y, x].any()
        others = {(40, 30), (26, 50), (26, 10), (68, 10)} - {(x, y)}
        assert all(drawn[v, u].any() for u, v in others)
    np.testing.assert_array_equal(draw_openpose(points, SIZE, drop=PoseDrop()), full)


def test_noise_moves_seen_head_points_and_the_whole_face():
    points = openpose(
        body={0: (20, 30), 16: (40, 30)},
        face={17 + i: (60 + 4 * i, 10) for i in range(5)},
    )
    noise = ((0.0, 4.0), (9.0, 9.0), (3.0, 4.0), (9.0, 9.0), (9.0, 9.0))
    drop = PoseDrop(head_noise=noise, face_shift=(-2.0, 7.0))
    moved = openpose(
        body={0: (20, 34), 16: (43, 34)},
        face={17 + i: (58 + 4 * i, 17) for i in range(5)},
    )
    np.testing.assert_array_equal(
        draw_openpose(points, SIZE, drop=drop), draw_openpose(moved, SIZE)
    )


def test_people_are_summed_modulo_256():
    one = openpose(body={1: (20, 30), 8: (60, 30)})
    other = openpose(body={1: (40, 15), 8: (40, 45)})
    together = draw_openpose({"people": one["people"] + other["people"]}, SIZE)
    np.testing.assert_array_equal(
        together, draw_openpose(one, SIZE) + draw_openpose(other, SIZE)
    )
    assert tuple(together[30, 40]) == ((153 + 153) % 256, 0, 0)


def test_strokes_outside_are_drawn_on_the_border():
    drawn = draw_openpose(openpose(body={1: (70, -20), 8: (70, 30)}), SIZE)
    assert drawn[0, 70].any()
    assert not drawn[:, :60].any()
    outside = draw_openpose(openpose(body={1: (100, 10), 8: (120, 30)}), SIZE)
    assert outside[5:35, 89].any(axis=-1).all()
    assert not outside[:, :89].any()


def test_nobody_seen_draws_nothing():
    assert not draw_openpose(openpose(), SIZE).any()
    with pytest.raises(InputError, match="got none"):
        draw_openpose({"people": []}, SIZE)


@pytest.mark.reference
@pytest.mark.parametrize("kind", ["full", "basic"])
@pytest.mark.parametrize("frame", ["frame000100", "frame000103"])
def test_published_pose(reference, frame, kind):
    path = reference / f"data/pose/train_openpose/clip/{frame}.json"
    points = json.loads(path.read_text(encoding="utf-8"))
    expected = imageio.imread(reference / f"fixtures/maps/pose_{frame}_{kind}.png")
    drawn = draw_openpose(points, expected.shape[:2], basic_point_only=kind == "basic")
    union = drawn.any(axis=-1) | expected.any(axis=-1)
    assert (drawn == expected).all(axis=-1)[union].mean() >= 0.99


@pytest.mark.reference
def test_a_full_frame_is_drawn_in_time(reference):
    path = reference / "data/pose/train_openpose/clip/frame000100.json"
    points = json.loads(path.read_text(encoding="utf-8"))
    seconds = []
    for _ in range(7):
        start = time.process_time()
        draw_openpose(points, (1080, 1920))
        seconds.append(time.process_time() - start)
    # 0.04 s measured; drawing in whole images takes seconds.
    assert min(seconds) < 0.2
