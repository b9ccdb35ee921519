"""Draws the plan of a toy street from a seed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from v2v_tf.toy_street import things as toy_street_things
from v2v_tf.toy_street.world import (
    BEHIND,
    BUILDING,
    FACADE_DISTANCE,
    FAR,
    NUM_BACKGROUND,
    ROAD,
    SKY,
    Face,
    Scene,
    Thing,
    Wall,
    poses,
)

_WALL_COLOURS = np.array(
    [
        (172, 92, 72),
        (206, 178, 132),
        (148, 124, 108),
        (196, 150, 108),
        (154, 158, 162),
        (214, 202, 178),
        (128, 92, 84),
        (180, 128, 132),
    ],
    np.float32,
)
_END_MARGIN = 4.0  # the end wall reaches so far behind the facades


def plan_street(seed: int | Sequence[int], num_frames: int) -> Scene:
    """Draws a street.

    Args:
        seed: one or several non-negative integers.
        num_frames: T >= 1; the street is long enough for so many. Another T is
            another street.

    Returns:
        The scene.
    """
    rng = np.random.default_rng(seed)
    camera, speed = drive(rng, num_frames)
    return lay_out(
        rng,
        camera,
        lambda end: toy_street_things.traffic(rng, camera, speed, end),
    )


def lay_out(
    rng: np.random.Generator,
    camera: np.ndarray,
    cars: Callable[[float], list[Thing]],
) -> Scene:
    """Lays out a street along a path.

    Args:
        rng: source of all choices.
        camera: float64 [T, 3], the path.
        cars: returns the cars of a street that ends so many metres ahead.
    """
    num_frames, end = len(camera), float(camera[:, 1].max()) + FAR
    walls = (
        _wall(rng, end + BEHIND, 0, (5.2, 9.2)),
        _wall(rng, end + BEHIND, 300, (5.2, 9.2)),
        _wall(rng, 2 * (FACADE_DISTANCE + _END_MARGIN), 600, (8.0, 13.0)),
    )
    things = _background(end, num_frames)
    things += toy_street_things.trees(rng, end, num_frames)
    things += toy_street_things.people(rng, end, num_frames)
    things += cars(end)
    return _gather(camera, walls, things, shift=float(rng.uniform(0, 420)))


def _gather(
    camera: np.ndarray,
    walls: tuple[Wall, Wall, Wall],
    things: list[Thing],
    shift: float,
) -> Scene:
    """Lays all objects side by side in arrays and numbers the instances."""
    counts: dict[int, int] = {}
    ids = []
    for index, thing in enumerate(things):
        # As Cityscapes does: the label for stuff, label * 1000 + number for instances.
        counts[thing.label] = counts.get(thing.label, -1) + 1
        is_thing = index >= NUM_BACKGROUND
        number = 1000 * thing.label + counts[thing.label] % 1000
        ids.append(number if is_thing else thing.label)
    pairs = [
        (index, face) for index, thing in enumerate(things) for face in thing.faces
    ]
    owner = np.array([index for index, _ in pairs], np.intp)
    return Scene(
        camera=camera,
        walls=walls,
        poses=np.stack([thing.poses for thing in things], axis=1),
        axes=np.array(
            [np.transpose([face.right, face.down, face.origin]) for _, face in pairs],
            np.float64,
        ),
        thing=owner,
        labels=np.array([thing.label for thing in things], np.uint8)[owner],
        instances=np.array(ids, np.uint16)[owner],
        pictures=tuple(face.picture for _, face in pairs),
        shift=shift,
    )


def drive(rng: np.random.Generator, num_frames: int) -> tuple[np.ndarray, float]:
    """Returns the camera's path [T, 3] and its mean speed, metres a frame."""
    time = np.arange(num_frames)
    speed = rng.uniform(0.32, 0.4)
    swing = np.radians(rng.uniform(1.5, 4.0))
    phase, period = rng.uniform(0, 2 * np.pi), rng.uniform(45, 90)
    heading = swing * np.sin(2 * np.pi * time / period + phase)
    pace = speed * (1 + 0.1 * np.sin(2 * np.pi * time / 70 + rng.uniform(0, 6)))
    x = np.cumsum(pace * np.sin(heading))
    z = np.cumsum(pace * np.cos(heading))
    # The integral of a sine swings about its middle, not about where it starts.
    x -= x[0] + speed * swing * period / (2 * np.pi) * np.cos(phase)
    return np.stack([x, z - z[0], heading], axis=1), speed


def _wall(
    rng: np.random.Generator, length: float, first: int, heights: tuple[float, float]
) -> Wall:
    """Returns buildings that cover `length` metres; ids count from `first`."""
    ends = np.cumsum(rng.uniform(5.5, 13.0, int(length / 5.5) + 2))
    count = int(np.searchsorted(ends, length)) + 1
    # Neighbours differ: each goes on by 1 .. n - 1 colours.
    steps = rng.integers(1, len(_WALL_COLOURS), count)
    colours = _WALL_COLOURS[np.cumsum(steps) % len(_WALL_COLOURS)]
    instances = BUILDING * 1000 + (first + np.arange(count)) % 1000
    return Wall(
        ends=ends[:count].astype(np.float32),
        heights=rng.uniform(*heights, count).astype(np.float32),
        colours=colours * rng.uniform(0.88, 1.08, (count, 1)).astype(np.float32),
        window_period=rng.uniform(1.7, 3.0, count).astype(np.float32),
        window_share=rng.uniform(0.4, 0.6, count).astype(np.float32),
        instances=instances.astype(np.uint16),
    )


def _background(end: float, num_frames: int) -> list[Thing]:
    """Returns sky, ground and walls, in the order of their faces' names."""
    half = FACADE_DISTANCE
    surfaces = (
        (SKY, (1, 0, 0), (0, 1, 0), (0, 0, 1)),
        (ROAD, (1, 0, 0), (0, 0, 1), (0, 0, 0)),
        (BUILDING, (0, 0, 1), (0, 1, 0), (-half, 0, -BEHIND)),
        (BUILDING, (0, 0, 1), (0, 1, 0), (half, 0, -BEHIND)),
        (BUILDING, (1, 0, 0), (0, 1, 0), (-half - _END_MARGIN, 0, end)),
    )
    return [
        Thing(label, (Face(right, down, origin, None),), poses(num_frames, 0, 0))
        for label, right, down, origin in surfaces
    ]
