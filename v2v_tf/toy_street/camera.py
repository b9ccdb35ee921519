"""Moves the pinhole camera of the toy street, and computes its homographies.

A point (u, v) of a face is at the pixel `M (u, v, 1)`, where M is the intrinsics
times the face's right, down and origin in the camera's frame; the third coordinate is
the depth. The sky is a face infinitely far away: the camera's rotation moves it, its
position does not.
"""

from __future__ import annotations

import numpy as np

from v2v_tf.toy_street.world import EYE_HEIGHT, FAR, SKY_FACE, Scene

_FOCAL_LENGTH = 0.8  # of the width: a field of view of 64 degrees
_HORIZON = 0.46  # of the height, from above


class Camera:
    """Drives a camera of one image size through a scene.

    Attributes:
        size: (height, width), pixels.
        focal: focal length, pixels.
        centre: (x, y) of the vanishing point at heading 0, pixels; pixel centres
            have integer coordinates.
    """

    def __init__(self, scene: Scene, size: tuple[int, int]) -> None:
        self._scene = scene
        self.size = size
        height, width = size
        self.focal = _FOCAL_LENGTH * width
        self.centre = ((width - 1) / 2, _HORIZON * (height - 1))
        self._intrinsics = np.array(
            [
                [self.focal, 0, self.centre[0]],
                [0, self.focal, self.centre[1]],
                [0, 0, 1],
            ]
        )

    def matrices(self, t: int, faces: np.ndarray) -> np.ndarray:
        """Returns M of some faces (intp [n]) at frame t, float64 [n, 3, 3]."""
        return self._intrinsics @ self.axes(t, faces)

    def axes(self, t: int, faces: np.ndarray) -> np.ndarray:
        """Returns right, down and origin of some faces in the camera's frame.

        Args:
            t: the frame.
            faces: intp [n], indices of faces.

        Returns:
            float64 [n, 3, 3], columns right, down, origin; metres.
        """
        scene = self._scene
        x, y, z, heading, stretch = scene.poses[t][scene.thing[faces]].T
        axes = scene.axes[faces].copy()
        axes[:, 0] *= stretch[:, None]
        world = _turn(heading) @ axes
        camera_x, camera_z, camera_heading = scene.camera[t]
        world[:, :, 2] += np.stack([x, y, z], axis=1)
        moved = (faces != SKY_FACE)[:, None]
        world[:, :, 2] -= moved * np.array([camera_x, -EYE_HEIGHT, camera_z])
        return _turn(np.array([-camera_heading])) @ world

    def things_in_view(self, t: int) -> np.ndarray:
        """Returns bool [N], which objects may be visible at frame t."""
        scene = self._scene
        camera_x, camera_z, heading = scene.camera[t]
        x = scene.poses[t, :, 0] - camera_x
        z = scene.poses[t, :, 2] - camera_z
        ahead = x * np.sin(heading) + z * np.cos(heading)
        aside = x * np.cos(heading) - z * np.sin(heading)
        half_view = 0.5 / _FOCAL_LENGTH
        return (ahead > -3) & (ahead < FAR) & (np.abs(aside) < half_view * ahead + 5)


def _turn(heading: np.ndarray) -> np.ndarray:
    """Returns rotations about the vertical, float64 [n, 3, 3]."""
    cos, sin, zero = np.cos(heading), np.sin(heading), np.zeros_like(heading)
    rows = [[cos, zero, sin], [zero, zero + 1, zero], [-sin, zero, cos]]
    return np.moveaxis(np.array(rows), 2, 0)
