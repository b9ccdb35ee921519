"""Draws frames of a toy street, and who owns which pixel.

Every pixel shows the surface that its centre sees, decided by a depth buffer.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from v2v_tf.toy_street import surfaces
from v2v_tf.toy_street.camera import Camera
from v2v_tf.toy_street.faces import FacePainter
from v2v_tf.toy_street.world import (
    END_WALL,
    EYE_HEIGHT,
    GROUND_FACE,
    LEFT_WALL,
    RIGHT_WALL,
    SKY_FACE,
    Scene,
)

_NEAR = 0.3  # metres
_LENS_BLUR = 0.6  # pixels, standard deviation: edges are as soft as a camera's
_FOOTPRINT = 1.4  # pixels that a pixel of a pattern is averaged over
_SHADES = {LEFT_WALL: 0.82, RIGHT_WALL: 1.0, END_WALL: 0.92}


class Rendered(NamedTuple):
    """Holds one rendered frame.

    Attributes:
        frame: uint8 [H, W, 3], RGB.
        labels: uint8 [H, W].
        instances: uint16 [H, W].
        owner: intp [H, W], the face that each pixel shows.
    """

    frame: np.ndarray
    labels: np.ndarray
    instances: np.ndarray
    owner: np.ndarray


class Renderer:
    """Draws frames of one scene at one size."""

    def __init__(self, scene: Scene, camera: Camera) -> None:
        self._scene = scene
        self._camera = camera
        self._painter = FacePainter(scene, camera)
        height, width = camera.size
        columns, rows = np.arange(width), np.arange(height)
        self._across = ((columns - camera.centre[0]) / camera.focal).astype(np.float32)
        self._down = ((rows - camera.centre[1]) / camera.focal).astype(np.float32)
        self._horizon = int(np.floor(camera.centre[1])) + 1

    def render(self, t: int) -> Rendered:
        """Returns frame t."""
        scene = self._scene
        height, width = self._camera.size
        colour = np.empty((height, width, 3), np.float32)
        closeness = np.zeros((height, width), np.float32)  # 1 / depth
        owner = np.full((height, width), SKY_FACE, np.intp)

        self._draw_sky(t, colour)
        ground_labels = self._draw_ground(t, colour, closeness)
        owner[self._horizon :] = GROUND_FACE
        wall_instances = np.zeros((height, width), np.uint16)
        for face in (END_WALL, LEFT_WALL, RIGHT_WALL):
            self._draw_wall(t, face, colour, closeness, owner, wall_instances)
        frame = np.rint(np.clip(colour, 0, 255)).astype(np.uint8)
        self._painter.paint(t, frame, closeness, owner)

        labels, instances = scene.labels[owner], scene.instances[owner]
        on_ground = owner[self._horizon :] == GROUND_FACE
        labels[self._horizon :][on_ground] = ground_labels[on_ground]
        instances[self._horizon :][on_ground] = ground_labels[on_ground]
        on_wall = (owner >= LEFT_WALL) & (owner <= END_WALL)
        instances[on_wall] = wall_instances[on_wall]
        frame = cv2.GaussianBlur(
            frame, (3, 3), _LENS_BLUR, borderType=cv2.BORDER_REPLICATE
        )
        return Rendered(frame, labels, instances, owner)

    def _draw_sky(self, t: int, colour: np.ndarray) -> None:
        heading = self._scene.camera[t, 2]
        cos, sin = np.float32(np.cos(heading)), np.float32(np.sin(heading))
        ahead = cos - self._across * sin
        across = (sin + self._across * cos) / ahead
        up = -self._down[: self._horizon, None] / ahead
        colour[: self._horizon] = surfaces.sky(across[None], up, self._scene.shift)

    def _draw_ground(
        self, t: int, colour: np.ndarray, closeness: np.ndarray
    ) -> np.ndarray:
        """Draws all below the horizon; returns its labels."""
        x, z, heading = self._scene.camera[t]
        cos, sin = np.float32(np.cos(heading)), np.float32(np.sin(heading))
        down = self._down[self._horizon :, None]
        depth = EYE_HEIGHT / down
        foot_x = depth * np.float32(_FOOTPRINT / self._camera.focal)
        below = surfaces.ground(
            np.float32(x) + depth * (self._across * cos + sin),
            np.float32(z + self._scene.shift) + depth * (cos - self._across * sin),
            depth,
            foot_x,
            foot_x / down,
        )
        colour[self._horizon :] = below.colour
        closeness[self._horizon :] = 1 / depth
        return below.labels

    def _draw_wall(
        self,
        t: int,
        face: int,
        colour: np.ndarray,
        closeness: np.ndarray,
        owner: np.ndarray,
        instances: np.ndarray,
    ) -> None:
        """Draws an upright wall: depth and place along it differ by column only."""
        axes = self._camera.axes(t, np.array([face]))[0]
        (right_x, _, x), (right_z, _, z) = axes[0], axes[2]
        # x + along * right_x = across * depth, depth = z + along * right_z
        across = self._across.astype(np.float64)
        facing = right_x - across * right_z
        facing = np.where(np.abs(facing) < 1e-9, 1e-9, facing)
        along = (across * z - x) / facing
        depth = z + along * right_z
        visible = np.flatnonzero((depth > _NEAR) & (along > 0))
        if not len(visible):
            return
        # The columns that see the front of a plane are neighbours.
        columns = slice(visible[0], visible[-1] + 1)
        depth = depth[columns].astype(np.float32)
        wall = self._scene.walls[face - LEFT_WALL]
        rows = self._rows_of(float(wall.heights.max()), float(depth.min()))
        per_pixel = _FOOTPRINT / self._camera.focal
        foot = (
            np.abs(z * right_x - x * right_z) / np.square(facing[columns]) * per_pixel
        )
        picture, covered, ids = surfaces.facade(
            wall,
            along[columns].astype(np.float32),
            EYE_HEIGHT - self._down[rows, None] * depth,
            depth,
            foot.astype(np.float32),
            depth * np.float32(per_pixel),
            _SHADES[face],
            self._scene.shift,
        )
        covered &= 1 / depth > closeness[rows, columns]
        for target, value in (
            (colour, picture),
            (owner, face),
            (instances, ids),
            (closeness, 1 / depth),
        ):
            where = covered[..., None] if target is colour else covered
            np.copyto(target[rows, columns], value, where=where)

    def _rows_of(self, height: float, nearest: float) -> slice:
        """Returns the rows between the ground and a height, at a depth and beyond."""
        centre, focal = self._camera.centre[1], self._camera.focal
        top = np.floor(centre - focal * max(height - EYE_HEIGHT, 0) / nearest)
        bottom = np.ceil(centre + focal * EYE_HEIGHT / nearest)
        return slice(max(int(top), 0), min(int(bottom) + 1, self._camera.size[0]))
