"""Defines what a toy street is made of: surfaces, objects, labels, measures.

Coordinates are metres: x to the right, y down (the ground is y = 0), z ahead. A face
is a flat parallelogram, `origin + u * right + v * down` with u, v in 0 .. 1, `right`
and `down` in the view from its front. Objects are sets of faces with a pose per frame.
Poses are arrays over all frames, so any frame can be drawn without those before it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SKY, ROAD, LANE_MARK, PAVEMENT, BUILDING, TREE, CAR, PERSON = range(8)

# The background is objects 0 .. 4 of one face each; u and v of these are metres.
SKY_FACE, GROUND_FACE, LEFT_WALL, RIGHT_WALL, END_WALL = range(5)
NUM_BACKGROUND = 5

# Metres.
LANE = 3.1
ROAD_HALF_WIDTH = 4.65
FACADE_DISTANCE = 7.7
EYE_HEIGHT = 1.55
FAR = 85.0  # objects beyond are too small to be drawn
BEHIND = 20.0  # the street begins so far behind the first camera

Vector = tuple[float, float, float]


@dataclass(frozen=True)
class Face:
    """Describes a flat parallelogram of an object, in the object's own frame.

    Attributes:
        right: metres, along the picture's rows.
        down: metres, along its columns.
        origin: metres, its upper left corner.
        picture: uint8 [h, w, 4], RGB and coverage; None for the background.
    """

    right: Vector
    down: Vector
    origin: Vector
    picture: np.ndarray | None


@dataclass(frozen=True)
class Thing:
    """Describes an object with a label, an instance id and a pose per frame.

    Attributes:
        label: label id of the object.
        faces: faces that make up its surface.
        poses: float64 [T, 5]: x, y, z, heading in radians (positive to the right),
            stretch of the width.
    """

    label: int
    faces: tuple[Face, ...]
    poses: np.ndarray


@dataclass(frozen=True)
class Wall:
    """Describes a row of buildings along a vertical plane.

    Attributes:
        ends: float32 [n], metres along the wall where each building ends.
        heights: float32 [n], metres.
        colours: float32 [n, 3], RGB, grey levels.
        window_period: float32 [n], metres from window to window.
        window_share: float32 [n], the part of it that is glass.
        instances: uint16 [n], instance ids.
    """

    ends: np.ndarray
    heights: np.ndarray
    colours: np.ndarray
    window_period: np.ndarray
    window_share: np.ndarray
    instances: np.ndarray


@dataclass(frozen=True)
class Scene:
    """Holds everything that a renderer needs.

    Attributes:
        camera: float64 [T, 3]: x, z, heading in radians.
        walls: buildings of the faces LEFT_WALL, RIGHT_WALL and END_WALL.
        poses: float64 [T, N, 5] of all objects.
        axes: float64 [F, 3, 3], columns right, down and origin of all faces.
        thing: intp [F], the object that a face belongs to.
        labels: uint8 [F].
        instances: uint16 [F]; those of the walls are in `walls`.
        pictures: the faces' pictures, None for the background.
        shift: offset of the endless patterns of sky, ground and walls, so that no two
            streets share their clouds and stains; metres.
    """

    camera: np.ndarray
    walls: tuple[Wall, Wall, Wall]
    poses: np.ndarray
    axes: np.ndarray
    thing: np.ndarray
    labels: np.ndarray
    instances: np.ndarray
    pictures: tuple[np.ndarray | None, ...]
    shift: float


def poses(
    num_frames: int,
    x: np.ndarray | float,
    z: np.ndarray | float,
    y: np.ndarray | float = 0.0,
    heading: np.ndarray | float = 0.0,
    stretch: np.ndarray | float = 1.0,
) -> np.ndarray:
    """Returns poses [T, 5] from columns or constants."""
    columns = [np.broadcast_to(c, num_frames) for c in (x, y, z, heading, stretch)]
    return np.stack(columns, axis=1).astype(np.float64)
