"""Makes the trees, people and cars of the toy street, and moves them."""

from __future__ import annotations

import numpy as np

from v2v_tf.toy_street import textures
from v2v_tf.toy_street.world import (
    BEHIND,
    CAR,
    FAR,
    LANE,
    PERSON,
    ROAD_HALF_WIDTH,
    TREE,
    Face,
    Thing,
    Vector,
    poses,
)

_BODY_HEIGHT = 0.86
_CAR_LENGTH = 4.2


def trees(rng: np.random.Generator, end: float, num_frames: int) -> list[Thing]:
    """Returns the trees along both kerbs, up to `end` metres ahead."""
    found = []
    for side in (-1, 1):
        for z in _spaced(rng, -BEHIND, end, 10.0, 17.0):
            width = rng.uniform(2.3, 3.2)
            place = poses(num_frames, side * (ROAD_HALF_WIDTH + 0.9), z)
            board = _board(width, 1.6 * width, textures.tree(rng))
            found.append(Thing(TREE, (board,), place))
    return found


def people(rng: np.random.Generator, end: float, num_frames: int) -> list[Thing]:
    """Returns people who walk along the pavements, up and down."""
    time = np.arange(num_frames)
    found = []
    for side in (-1, 1):
        for start in _spaced(rng, -BEHIND, end, 5.0, 11.0):
            step = 2 * np.pi * time / rng.uniform(9, 13) + rng.uniform(0, 6)
            pace = rng.choice((-1, 1)) * rng.uniform(0.05, 0.09)
            walk = poses(
                num_frames,
                x=side * (ROAD_HALF_WIDTH + rng.uniform(0.5, 2.5)),
                z=start + pace * time,
                y=-0.03 * (1 + np.sin(2 * step)),
                stretch=1 + 0.12 * np.sin(step),
            )
            height = rng.uniform(1.5, 1.9)
            board = _board(0.4 * height, height, textures.person(rng))
            found.append(Thing(PERSON, (board,), walk))
    return found


def traffic(
    rng: np.random.Generator, camera: np.ndarray, speed: float, end: float
) -> list[Thing]:
    """Returns the cars.

    The left lane overtakes or comes towards us; ahead of us one car weaves, cuts in
    from the left or pulls out from the kerb; cars are parked on the right.

    Args:
        rng: source of all choices.
        camera: float64 [T, 3], the path of our own car.
        speed: mean speed of our own car, metres a frame.
        end: metres ahead where the street ends.
    """
    num_frames = len(camera)
    time = np.arange(num_frames)
    ours = camera[:, 1]
    tracks = []

    oncoming = rng.random() < 0.35
    pace = -0.7 * speed if oncoming else speed * rng.uniform(1.3, 1.6)
    reach = FAR + abs(pace) * num_frames + float(ours[-1])
    for start in _spaced(rng, rng.uniform(5, 12) - 16 * (reach // 16), reach, 15, 22):
        track = _track(-LANE + 0.15 * np.sin(time / 19 + start), start + pace * time)
        gap = track[:, 2] - ours
        if ((gap > -5) & (gap < FAR)).any():
            track[:, 3] += np.pi if oncoming else 0.0
            tracks.append(track)

    event = rng.choice(("weave", "pull out") if oncoming else ("weave", "cut in"))
    begin = rng.uniform(4, 12)
    pull_out = np.inf
    if event == "weave":
        gap = 12.0 + 2.5 * np.sin(2 * np.pi * time / 80 + rng.uniform(0, 6))
        sway = 0.7 * np.sin(2 * np.pi * time / rng.uniform(32, 50))
        tracks.append(_track(sway, ours + gap))
    elif event == "cut in":
        gap = 6.0 + 8.0 * _smooth((time - begin + 8) / 44)
        tracks.append(_track(-LANE * (1 - _smooth((time - begin) / 22)), ours + gap))
        ahead = tracks[-1][:, 2]
        # Cars that would drive into it while it is still in the left lane are left out.
        tracks = [
            track
            for track in tracks[:-1]
            if (np.abs(track[:, 2] - ahead)[tracks[-1][:, 0] < -0.8] > 5.5).all()
        ] + [tracks[-1]]
    else:
        gone = speed * np.cumsum(_smooth((time - begin) / 22))
        pull_out = float(np.interp(begin, time, ours)) + 14.0
        lateral = (LANE + 0.4) * (1 - _smooth(gone / 9.0))
        tracks.append(_track(lateral, pull_out + gone))
    tracks.append(_track(0.3 * np.sin(time / 23), ours + 30.0 + 4 * np.sin(time / 31)))

    cars = [Thing(CAR, car(rng), track) for track in tracks]
    return cars + parked(rng, end, num_frames, (pull_out - 8.0, pull_out + 14.0))


def parked(
    rng: np.random.Generator,
    end: float,
    num_frames: int,
    free: tuple[float, float] = (np.inf, np.inf),
) -> list[Thing]:
    """Returns cars along the right kerb, none of them between `free`, metres ahead."""
    cars = []
    for z in _spaced(rng, -BEHIND, end, 6.5, 13.0):
        if not free[0] < z < free[1]:
            place = poses(num_frames, LANE + 0.4, z, heading=rng.uniform(-0.03, 0.03))
            cars.append(Thing(CAR, car(rng), place))
    return cars


def _spaced(
    rng: np.random.Generator, begin: float, end: float, least: float, most: float
) -> np.ndarray:
    """Returns places from `begin` to `end`, `least` to `most` metres apart."""
    steps = rng.uniform(least, most, int((end - begin) / least) + 1)
    places = begin + np.cumsum(steps)
    return places[places < end]


def _smooth(part: np.ndarray) -> np.ndarray:
    """Returns 0 below 0, 1 above 1, and a smooth step between."""
    part = np.clip(part, 0.0, 1.0)
    return part * part * (3 - 2 * part)


def _track(x: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Returns poses that head where they move."""
    if len(x) == 1:
        return poses(1, x, z)
    along = np.abs(np.gradient(z))
    heading = np.arctan2(np.gradient(x), np.maximum(along, 0.02))
    return poses(len(x), x, z, heading=np.sign(z[-1] - z[0]) * heading)


def _board(width: float, height: float, picture: np.ndarray) -> Face:
    """Returns an upright board that looks down the street."""
    return Face((width, 0, 0), (0, height, 0), (-width / 2, -height, 0), picture)


def car(rng: np.random.Generator) -> tuple[Face, ...]:
    """Returns a car as two convex boxes: a body, and a cabin with slanted sides."""
    colour = textures.CAR_COLOURS[rng.integers(len(textures.CAR_COLOURS))]
    half, length, low = rng.uniform(0.84, 0.94), _CAR_LENGTH, -_BODY_HEIGHT
    front, rear = length / 2, -length / 2
    wide, tall = (2 * half, 0.0, 0.0), (0.0, -low, 0.0)
    tail = textures.car_end(colour, rear=True)
    grille = textures.car_end(colour, rear=False)
    side = textures.car_side(colour)
    top = textures.panel(textures.scaled(colour, 1.2))
    body = (
        Face(wide, tall, (-half, low, rear), tail),
        Face(_opposite(wide), tall, (half, low, front), grille),
        Face((0, 0, -length), tall, (-half, low, front), side),
        Face((0, 0, length), tall, (half, low, rear), side[:, ::-1]),
        Face(wide, (0, 0, -length), (-half, low, front), top),
    )
    # The cabin: (z of the foot, z of the roof) at its rear and its front.
    high = -rng.uniform(1.4, 1.52)
    back = rng.choice(((-2.05, -1.6), (-1.55, -0.95), (-2.1, -1.95)))
    nose = (1.0, 0.25)
    foot, roof = half - 0.04, half - 0.2
    inset = (foot - roof) / (2 * foot)
    span, rise = nose[0] - back[0], low - high
    lean = ((nose[0] - nose[1]) / span, (back[1] - back[0]) / span)
    end = textures.car_window(colour, (inset, inset))
    flank = textures.car_window(colour, lean, pillars=(0.52,))
    wide, slope = (2 * foot, 0.0, 0.0), foot - roof
    cabin = (
        Face(wide, (0, rise, back[0] - back[1]), (-foot, high, back[1]), end),
        Face(_opposite(wide), (0, rise, nose[0] - nose[1]), (foot, high, nose[1]), end),
        Face((0, 0, -span), (-slope, rise, 0), (-roof, high, nose[0]), flank),
        Face((0, 0, span), (slope, rise, 0), (roof, high, back[0]), flank[:, ::-1]),
        Face((2 * roof, 0, 0), (0, 0, back[1] - nose[1]), (-roof, high, nose[1]), top),
    )
    return body + cabin


def _opposite(vector: Vector) -> Vector:
    return -vector[0], -vector[1], -vector[2]
