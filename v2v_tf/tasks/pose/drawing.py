"""Draws OpenPose at source resolution (method.md 2.5).

A stroke is written as shifted copies of its centre line, then of its two ends (the
round caps). A copy is pure colour where every pixel under it is still black; else
the whole copy becomes the truncated mean of colour and what is there. The order of
copies (rows outside, columns inside) is therefore part of the result.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from v2v_tf.tasks.pose import skeleton
from v2v_tf.tasks.pose.drop import PoseDrop
from v2v_tf.tasks.pose.skeleton import Colour, Person, Size

_LANE = 10  # bits of a colour in a packed pixel: 8, and room for the sum of two
_BODY_REACH = 3
_DETAIL_REACH = 1
_MASK = 255 | 255 << _LANE | 255 << 2 * _LANE


@dataclass(frozen=True)
class Stroke:
    """Describes a straight stroke.

    Attributes:
        ends: float64 [2, 2], (x, y) pixels.
        colour: RGB, 0 .. 255.
        reach: the line covers offsets -reach .. reach - 1, the caps a radius of
            less than twice the reach.
    """

    ends: np.ndarray
    colour: Colour
    reach: int


def draw_openpose(
    openpose: dict[str, Any],
    size: Size,
    *,
    basic_point_only: bool = False,
    drop: PoseDrop | None = None,
) -> np.ndarray:
    """Draws everybody in a parsed OpenPose JSON.

    Args:
        openpose: the JSON, BODY_25, points in pixels.
        size: (height, width) of the image it was made from.
        basic_point_only: draw neither head limbs, hands nor face.
        drop: parts to leave out or move, for all people.

    Returns:
        uint8 [H, W, 3], RGB on black; where people overlap their colours are summed
        modulo 256, as networks were trained. What lies outside the image is drawn on
        its border.

    Raises:
        InputError: see `skeleton.read_people`.
    """
    people = skeleton.read_people(openpose, size, basic_point_only=basic_point_only)
    image = np.zeros((*size, 3), np.uint8)
    for person in people:
        _draw_person(
            image, list(_strokes(person, drop or PoseDrop(), basic_point_only))
        )
    return image


def _strokes(person: Person, drop: PoseDrop, basic: bool) -> Iterator[Stroke]:
    """Yields the strokes of a person in drawing order: body, hands, face."""
    points = person.body[:, :2] * (person.body[:, 2:] > skeleton.BODY_CONFIDENCE)
    for index, noise in zip(skeleton.HEAD_POINTS, drop.head_noise, strict=False):
        if points[index, 0] != 0:
            points[index] += noise
    for number, (limb, colour) in enumerate(skeleton.LIMBS):
        hidden = number in drop.limbs or (basic and number < len(skeleton.HEAD_LIMBS))
        ends = points[list(limb)]
        if not hidden and ends[:, 0].all():
            yield Stroke(ends, colour, _BODY_REACH)
    for hand, dropped in zip(person.hands, drop.hands, strict=False):
        for finger, colour in () if dropped else skeleton.FINGERS:
            yield from _chain(hand, finger, skeleton.HAND_CONFIDENCE, colour)
    if person.face is not None and not drop.face:
        face = person.face + (*drop.face_shift, 0.0)
        for curve in skeleton.FACE_CURVES:
            yield from _chain(
                face, curve, skeleton.FACE_CONFIDENCE, skeleton.FACE_COLOUR
            )


def _chain(
    points: np.ndarray, indices: tuple[int, ...], confidence: float, colour: Colour
) -> Iterator[Stroke]:
    """Yields strokes between neighbours, none unless all points are trusted."""
    chain = points[list(indices)]
    if not (chain[:, 2] > confidence).all():
        return
    for first, second in zip(chain[:-1, :2], chain[1:, :2], strict=True):
        if first[0] != 0 and second[0] != 0:
            yield Stroke(np.stack([first, second]), colour, _DETAIL_REACH)


def _draw_person(image: np.ndarray, strokes: list[Stroke]) -> None:
    """Adds a person's strokes to an image, modulo 256.

    All is done in the window around the strokes, with the three colours of a pixel
    packed into one integer.
    """
    if not strokes:
        return
    limits = np.array(image.shape[1::-1]) - 1
    points = np.concatenate([stroke.ends for stroke in strokes]).astype(np.int64)
    margin = 2 * _BODY_REACH
    low = np.clip(points.min(axis=0) - margin, 0, limits)
    high = np.clip(points.max(axis=0) + margin, 0, limits)
    width, height = high - low + 1
    canvas = np.zeros(width * height, np.int32)
    for stroke in strokes:
        line = sample_line(stroke.ends)
        if line.size == 0:
            continue
        colour = _pack(stroke.colour)
        line_brush, cap_brush = _BRUSHES[stroke.reach]
        for pixels, brush in ((line, line_brush), (line[:, [0, -1]], cap_brush)):
            x = np.clip(pixels[0] + brush[:, 1:], low[0], high[0]) - low[0]
            y = np.clip(pixels[1] + brush[:, :1], low[1], high[1]) - low[1]
            for copy in y * width + x:
                under = canvas[copy]
                if under.any():
                    canvas[copy] = (under + colour) >> 1 & _MASK
                else:
                    canvas[copy] = colour
    window = image[low[1] : high[1] + 1, low[0] : high[0] + 1]
    for channel in range(3):
        plane = (canvas >> channel * _LANE & 255).astype(np.uint8)
        window[..., channel] += plane.reshape(height, width)


def sample_line(ends: np.ndarray) -> np.ndarray:
    """Samples a straight line, one point per pixel of its longer extent.

    Args:
        ends: [2, 2], (x, y) pixels.

    Returns:
        int64 [2, S], columns and rows, truncated, in rising order of the longer
        extent; S = 0 where the ends are less than a pixel apart.
    """
    extent = np.abs(ends[1] - ends[0])
    along = 0 if extent[0] >= extent[1] else 1
    first, last = ends[np.argsort(ends[:, along])]
    free = np.linspace(first[along], last[along], int(extent[along]))
    if free.size == 0:
        return np.zeros((2, 0), np.int64)
    slope = (last[1 - along] - first[1 - along]) / (last[along] - first[along])
    bound = first[1 - along] + slope * (free - first[along])
    return np.stack([free, bound] if along == 0 else [bound, free]).astype(np.int64)


def _brushes(reach: int) -> tuple[np.ndarray, np.ndarray]:
    """Returns the offsets (dy, dx) of a line's copies and of its caps'."""
    line = _square(reach)
    caps = _square(2 * reach)
    return line, caps[(caps**2).sum(axis=1) < (2 * reach) ** 2]


def _square(reach: int) -> np.ndarray:
    steps = np.arange(-reach, reach)
    return np.stack(np.meshgrid(steps, steps, indexing="ij"), axis=-1).reshape(-1, 2)


def _pack(colour: Colour) -> int:
    red, green, blue = colour
    return red | green << _LANE | blue << 2 * _LANE


_BRUSHES = {reach: _brushes(reach) for reach in (_BODY_REACH, _DETAIL_REACH)}
