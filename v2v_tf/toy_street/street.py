"""Draws a procedural driving scene with exact labels, instances, depth and flow.

The camera drives along a flat road with lane marks and crossings, pavements with trees
and people, facades, a sky, and cars that overtake, weave, cut in or pull out.
Every surface is flat, so where a pixel was in any other frame is a homography of its
surface, exact to rounding. It stands in for real data in demos, tests and benchmarks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from v2v_tf.errors import InputError
from v2v_tf.tasks.street.palettes import label_names, palette_colors
from v2v_tf.toy_street.camera import Camera
from v2v_tf.toy_street.render import Rendered, Renderer
from v2v_tf.toy_street.scene import plan_street
from v2v_tf.toy_street.world import CAR, PERSON, SKY_FACE, Scene

PALETTE = "toy"
_LABELS = 8
LABEL_NAMES: tuple[str, ...] = label_names(PALETTE, _LABELS)
LABEL_COLORS: tuple[tuple[int, ...], ...] = tuple(
    tuple(color) for color in palette_colors(PALETTE).tolist()
)
NUM_LABELS = len(LABEL_NAMES)
FOREGROUND_LABELS: tuple[int, ...] = (CAR, PERSON)
MIN_SIDE = 32
_FRAMES_KEPT = 12


class ToyFrame(NamedTuple):
    """Holds one frame and all that is known about it.

    Attributes:
        frame: uint8 [H, W, 3], RGB.
        label_map: uint8 [H, W], indices of `LABEL_NAMES`.
        instance_map: uint16 [H, W]: the label for sky, road, lane marks and
            pavement; label * 1000 + number for each building, tree, car, person.
        flow: float32 [H, W, 2], pixels, (dx, dy), backward: to the previous frame.
        visible: bool [H, W], whether the surface point was visible there; see
            `ToyStreet.flow_between`.
    """

    frame: np.ndarray
    label_map: np.ndarray
    instance_map: np.ndarray
    flow: np.ndarray
    visible: np.ndarray


class ToyStreet:
    """Draws the frames of one clip of a street.

    Attributes:
        size: (height, width), pixels.
        num_frames: T.

    Example:
        ```python
        >>> street = ToyStreet(seed=3, size=(32, 64), num_frames=5)
        >>> frame = street.frame(4)
        >>> frame.frame.shape, frame.flow.shape, frame.visible.dtype
        ((32, 64, 3), (32, 64, 2), dtype('bool'))
        ```
    """

    def __init__(
        self,
        seed: int | Sequence[int],
        size: tuple[int, int],
        num_frames: int,
        plan: Callable[[int | Sequence[int], int], Scene] = plan_street,
    ) -> None:
        """Draws the street's plan.

        Args:
            seed: one or several non-negative integers; the same seed, size and
                number of frames give the same bytes.
            size: (height, width), 32 pixels or more each.
            num_frames: 1 or more.
            plan: function from a seed and a number of frames to a scene.

        Raises:
            InputError: an argument out of its range.
        """
        check_size(size)
        if num_frames < 1:
            raise InputError(f"a clip needs 1 frame or more, got {num_frames}")
        if np.min(seed) < 0:
            raise InputError(f"a seed must be 0 or more, got {seed}")
        self.size = size
        self.num_frames = num_frames
        self._scene = plan(seed, num_frames)
        self._camera = Camera(self._scene, size)
        self._renderer = Renderer(self._scene, self._camera)
        self._rendered: dict[int, Rendered] = {}
        self._columns = np.arange(size[1], dtype=np.float32)
        self._rows = np.arange(size[0], dtype=np.float32)[:, None]

    def frame(self, t: int) -> ToyFrame:
        """Returns frame t; frame 0 has zero flow and nothing visible before it.

        Raises:
            InputError: t is not a frame of the clip.
        """
        rendered = self._render(t)
        if t == 0:
            flow = np.zeros((*self.size, 2), np.float32)
            visible = np.zeros(self.size, bool)
        else:
            flow, visible = self.flow_between(t, t - 1)
        return ToyFrame(
            rendered.frame.copy(),
            rendered.labels.copy(),
            rendered.instances.copy(),
            flow,
            visible,
        )

    def flow_between(self, t: int, s: int) -> tuple[np.ndarray, np.ndarray]:
        """Returns the exact flow from frame t to any frame s.

        Args:
            t: the frame on whose grid the flow lies.
            s: the frame that it points into, before or after t.

        Returns:
            The flow, float32 [H, W, 2], pixels, (dx, dy), and bool [H, W]: whether
            the surface point is visible in frame s. It is where the pixel nearest to
            it shows the same surface, and the four around it the same object (so
            that sampling there does not mix two objects).

        Raises:
            InputError: t or s is not a frame of the clip.
        """
        here, there = self._render(t).owner, self._render(s).owner
        present, index = _numbered(here)
        moved = self._camera.matrices(s, present) @ np.linalg.inv(
            self._camera.matrices(t, present)
        )
        moved = moved / np.abs(moved).max(axis=(1, 2), keepdims=True)
        # [3, 3, H, W]: the homography of every pixel's surface.
        h = np.moveaxis(moved, 0, 2).astype(np.float32)[:, :, index]
        x, y, w = (row[0] * self._columns + row[1] * self._rows + row[2] for row in h)
        ahead = w > 0  # depth in frame s over depth in frame t
        w = np.where(ahead, w, 1)
        flow = np.stack([x / w - self._columns, y / w - self._rows], axis=-1)
        flow = flow * ahead[..., None]  # behind the camera, a point has no place
        return flow, ahead & self._visible(flow, here, there)

    def depth(self, t: int) -> np.ndarray:
        """Returns the exact depth of frame t.

        Args:
            t: the frame.

        Returns:
            float32 [H, W], metres along the optical axis to the surface that a pixel's
            centre sees; infinite where that is the sky.

        Raises:
            InputError: t is not a frame of the clip.

        Example:
            ```python
            >>> from v2v_tf.toy_street.street import ToyStreet
            >>> depth = ToyStreet(7, (32, 64), 1).depth(0)
            >>> bool(depth[31, 32] < depth[16, 32] < depth[0, 32])
            True

            ```
        """
        owner = self._render(t).owner
        present, index = _numbered(owner)
        # The inverse of M takes (x, y, 1) to (u, v, 1) / depth.
        last = np.linalg.inv(self._camera.matrices(t, present))[:, 2][index]
        closeness = last[..., 0] * self._columns + last[..., 1] * self._rows
        closeness += last[..., 2]
        closeness[owner == SKY_FACE] = 0
        with np.errstate(divide="ignore"):
            return (1 / closeness).astype(np.float32)

    def _visible(
        self, flow: np.ndarray, here: np.ndarray, there: np.ndarray
    ) -> np.ndarray:
        """Returns bool [H, W], whether owners agree where a flow points."""
        height, width = self.size
        x, y = self._columns + flow[..., 0], self._rows + flow[..., 1]
        inside = (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)
        x, y = np.where(inside, x, 0), np.where(inside, y, 0)
        nearest = np.rint(y).astype(np.intp) * width + np.rint(x).astype(np.intp)
        corner = y.astype(np.intp) * width + x.astype(np.intp)
        across = (x > np.floor(x)).astype(np.intp)
        down = (y > np.floor(y)) * np.intp(width)
        thing = self._scene.thing
        mine, things = thing[here], thing[there].ravel()
        visible = inside & (there.ravel()[nearest] == here)
        for step in (0, across, down, across + down):
            visible = visible & (things[corner + step] == mine)
        return visible

    def _render(self, t: int) -> Rendered:
        """Returns frame t, drawn or kept from before."""
        if not 0 <= t < self.num_frames:
            raise InputError(
                f"no frame {t}: the clip has frames 0 .. {self.num_frames - 1}"
            )
        if t not in self._rendered:
            while len(self._rendered) >= _FRAMES_KEPT:
                del self._rendered[next(iter(self._rendered))]
            self._rendered[t] = self._renderer.render(t)
        return self._rendered[t]


def _numbered(owner: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns the faces that a frame shows, and for each pixel which of them it is.

    Args:
        owner: intp [H, W], the face that each pixel shows.

    Returns:
        intp [n], the faces, rising; intp [H, W], 0 .. n - 1.
    """
    present = np.flatnonzero(np.bincount(owner.ravel()))
    numbers = np.zeros(present[-1] + 1, np.intp)
    numbers[present] = np.arange(len(present))
    return present, numbers[owner]


def check_size(size: tuple[int, int]) -> None:
    """Raises InputError for a (height, width) that is too small."""
    if min(size) < MIN_SIDE:
        raise InputError(
            f"a toy street needs {MIN_SIDE} pixels a side or more, got "
            f"{size[1]}x{size[0]} (width x height)"
        )
