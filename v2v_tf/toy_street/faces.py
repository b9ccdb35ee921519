"""Draws the textured faces of the toy street's objects into a depth buffer."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from v2v_tf.toy_street.camera import Camera
from v2v_tf.toy_street.world import NUM_BACKGROUND, Scene

_NEAR = 0.3  # metres
_CORNERS = np.array([(0, 0, 1), (1, 0, 1), (1, 1, 1), (0, 1, 1)], np.float64).T


class _Sight(NamedTuple):
    """Describes where a face is visible.

    Attributes:
        number: number of the face among those asked for.
        left: first column.
        top: first row.
        right: column after the last.
        bottom: row after the last.
        span: lengths of its right and down on the screen, pixels, where nearest.
        closeness: 1 / depth of its nearest corner.
    """

    number: int
    left: int
    top: int
    right: int
    bottom: int
    span: tuple[float, float]
    closeness: float


class FacePainter:
    """Draws the objects of one scene at one size."""

    def __init__(self, scene: Scene, camera: Camera) -> None:
        self._scene = scene
        self._camera = camera
        self._pyramids: dict[int, list[np.ndarray]] = {}

    def paint(
        self, t: int, frame: np.ndarray, closeness: np.ndarray, owner: np.ndarray
    ) -> None:
        """Draws all faces that are turned towards the camera.

        Args:
            t: the frame.
            frame: uint8 [H, W, 3], RGB; drawn on.
            closeness: float32 [H, W], 1 / depth of what is there; updated.
            owner: intp [H, W], the face that each pixel shows; updated.
        """
        in_view = self._camera.things_in_view(t)[self._scene.thing]
        in_view[:NUM_BACKGROUND] = False
        faces = np.flatnonzero(in_view)
        matrices = self._camera.matrices(t, faces)
        fronts = np.linalg.det(matrices) > 1e-6
        faces, matrices = faces[fronts], matrices[fronts]
        inverses = np.linalg.inv(matrices)
        # From near to far: what is hidden costs one comparison.
        for sight in sorted(self._sights(matrices), key=lambda s: -s.closeness):
            window = np.s_[sight.top : sight.bottom, sight.left : sight.right]
            if closeness[window].min() < sight.closeness:
                self._paint_face(
                    int(faces[sight.number]),
                    inverses[sight.number],
                    sight,
                    frame[window],
                    closeness[window],
                    owner[window],
                )

    def _paint_face(
        self,
        face: int,
        inverse: np.ndarray,
        sight: _Sight,
        frame: np.ndarray,
        closeness: np.ndarray,
        owner: np.ndarray,
    ) -> None:
        """Draws a face on the part of the frame where it is visible."""
        picture = self._shrunk(face, sight.span)
        texels_y, texels_x = picture.shape[:2]
        to_texels = np.array([[texels_x, 0, -0.5], [0, texels_y, -0.5], [0, 0, 1]])
        to_face = inverse @ np.array([[1, 0, sight.left], [0, 1, sight.top], [0, 0, 1]])
        height, width = owner.shape
        sampled = cv2.warpPerspective(
            picture,
            to_texels @ to_face,
            (width, height),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        # Over a plane, 1 / depth, u / depth and v / depth are linear in pixels.
        linear = to_face[:, :, None, None]
        rows = np.arange(height)[:, None]
        u, v, near = linear[:, 0] * np.arange(width) + (
            linear[:, 1] * rows + linear[:, 2]
        )
        covered = (sampled[..., 3] > 127) & (near > closeness)
        covered &= (np.minimum(u, v) >= 0) & (np.maximum(u, v) <= near)
        np.copyto(frame, sampled[..., :3], where=covered[..., None])
        np.copyto(closeness, near, where=covered, casting="same_kind")
        np.copyto(owner, face, where=covered)

    def _sights(self, matrices: np.ndarray) -> list[_Sight]:
        """Returns where faces are visible, without those that are not."""
        if not len(matrices):
            return []
        height, width = self._camera.size
        corners = np.moveaxis(matrices @ _CORNERS, 1, 2)  # [n, 4, (x, y, 1) * depth]
        depth = corners[..., 2]
        boxes = _boxes(corners)
        low = np.clip(np.ceil(boxes[:, 0]), 0, (width, height)).astype(int)
        high = np.clip(np.floor(boxes[:, 1]) + 1, 0, (width, height)).astype(int)
        # The length of right and down on the screen, at the nearest corner.
        near = np.maximum(depth.min(axis=1), _NEAR)
        pick = depth.argmin(axis=1)
        point = corners[np.arange(len(pick)), pick, :2] / near[:, None]
        slopes = matrices[:, :2, :2] - point[:, :, None] * matrices[:, 2:, :2]
        spans = np.hypot(slopes[:, 0], slopes[:, 1]) / near[:, None]
        visible = (low < high).all(axis=1) & (depth > _NEAR).any(axis=1)
        return [
            _Sight(
                number=int(i),
                left=low[i, 0],
                top=low[i, 1],
                right=high[i, 0],
                bottom=high[i, 1],
                span=(spans[i, 0], spans[i, 1]),
                closeness=1 / near[i],
            )
            for i in np.flatnonzero(visible)
        ]

    def _shrunk(self, face: int, span: tuple[float, float]) -> np.ndarray:
        """Returns a face's picture, averaged down to about the pixels it covers."""
        picture = self._scene.pictures[face]
        assert picture is not None  # only the background has none
        pyramid = self._pyramids.setdefault(face, [picture])
        while min(pyramid[-1].shape[:2]) >= 8:
            pyramid.append(cv2.pyrDown(pyramid[-1]))
        height, width = picture.shape[:2]
        new = (
            int(np.clip(np.ceil(span[1]), 2, height)),
            int(np.clip(np.ceil(span[0]), 2, width)),
        )
        level = next(
            p
            for p in reversed(pyramid)
            if p.shape[0] >= new[0] and p.shape[1] >= new[1]
        )
        return cv2.resize(level, new[::-1], interpolation=cv2.INTER_AREA)


def _boxes(corners: np.ndarray) -> np.ndarray:
    """Returns the bounds of polygons in pixels, cut off at the near plane.

    Args:
        corners: float64 [n, 4, 3], (x, y, 1) * depth.

    Returns:
        float64 [n, 2, 2]: least and greatest (x, y). Empty ones have least above
        greatest.
    """
    ends = np.roll(corners, -1, axis=1)
    here, there = corners[..., 2:], ends[..., 2:]
    crosses = (here >= _NEAR) != (there >= _NEAR)
    part = (_NEAR - here) / np.where(crosses, there - here, 1)
    cuts = corners + part * (ends - corners)
    points = np.concatenate([corners, cuts], axis=1)
    kept = np.concatenate([here >= _NEAR, crosses], axis=1)
    places = points[..., :2] / np.where(kept, points[..., 2:], 1)
    least = np.where(kept, places, np.inf).min(axis=1)
    greatest = np.where(kept, places, -np.inf).max(axis=1)
    return np.stack([least, greatest], axis=1)
