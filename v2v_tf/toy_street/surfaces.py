"""Computes sky, ground and facades of the toy street, per pixel.

Their patterns are functions of world coordinates, averaged over the footprint of a
pixel: they fade with distance, and do not flicker when the camera moves.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from v2v_tf.toy_street.textures import noise_tile
from v2v_tf.toy_street.world import (
    LANE,
    LANE_MARK,
    PAVEMENT,
    ROAD,
    ROAD_HALF_WIDTH,
    Wall,
)

HAZE = np.array([204, 214, 224], np.float32)
_ZENITH = np.array([96, 150, 214], np.float32)
_CLOUD = np.array([244, 246, 250], np.float32)
_ASPHALT = np.array([92, 92, 98], np.float32)
_PAINT = np.array([212, 212, 204], np.float32)
_KERB = np.array([178, 174, 166], np.float32)
_SLABS = np.array([158, 148, 136], np.float32)
_GLASS = np.array([62, 82, 104], np.float32)
_SHOP = np.array([78, 66, 60], np.float32)
_VISIBILITY = 130.0  # metres until haze takes 1 - 1/e of the contrast

_DASH_PERIOD, _DASH = 6.0, 3.0
_CROSSING_PERIOD, _CROSSING = 42.0, 3.0
_STOREY, _GROUND_FLOOR = 2.9, 3.2
_NOISE = noise_tile(seed=20180821)


class Ground(NamedTuple):
    """Holds the ground below the horizon: colour [h, W, 3], label uint8 [h, W]."""

    colour: np.ndarray
    labels: np.ndarray


def sky(across: np.ndarray, up: np.ndarray, shift: float) -> np.ndarray:
    """Returns the sky, float32 [h, W, 3], grey levels.

    Args:
        across: float32 [h, W] or [1, W], tangent of the azimuth.
        up: float32 [h, W], tangent of the elevation, 0 and more.
        shift: offset into the endless clouds.
    """
    clouds = _noise(across * 60 + shift, up * 150)
    clouds += 0.7 * _noise(across * 130 + 2 * shift + 77, up * 310)
    cover = np.clip(0.5 * clouds - 0.1, 0, 0.8) * np.clip(up * 6, 0, 1)
    height = np.clip(up * 2.2, 0, 1)[..., None]
    colour = HAZE + (_ZENITH - HAZE) * height
    return colour + (_CLOUD - colour) * cover[..., None]


def ground(
    x: np.ndarray,
    z: np.ndarray,
    depth: np.ndarray,
    foot_x: np.ndarray,
    foot_z: np.ndarray,
) -> Ground:
    """Returns the ground.

    Args:
        x: float32 [h, W], metres across the street.
        z: float32 [h, W], metres along it.
        depth: float32 [h, 1], metres from the camera.
        foot_x: float32 [h, 1], metres across that a pixel covers.
        foot_z: float32 [h, 1], metres along that a pixel covers.
    """
    aside = np.abs(x)
    crossing = _pulses(
        z / _CROSSING_PERIOD, _CROSSING / _CROSSING_PERIOD, foot_z / _CROSSING_PERIOD
    )
    dashes = _pulses(z / _DASH_PERIOD, _DASH / _DASH_PERIOD, foot_z / _DASH_PERIOD)
    lines = _band(aside, LANE / 2, 0.2, foot_x) * dashes * (1 - crossing)
    lines += _band(aside, ROAD_HALF_WIDTH - 0.35, 0.16, foot_x)
    zebra = _pulses(x / 1.1 + 0.25, 0.5, foot_x / 1.1) * crossing
    zebra *= _below(aside, ROAD_HALF_WIDTH - 0.5, foot_x)
    paint = np.maximum(lines, zebra)
    walk = 1 - _below(aside, ROAD_HALF_WIDTH, foot_x)
    kerb = _band(aside, ROAD_HALF_WIDTH + 0.12, 0.24, foot_x)
    joints = _pulses(x, 0.06, foot_x) + _pulses(z, 0.06, foot_z)

    # Grain fades where a pixel covers more than half a wave of it.
    fine = _noise(x * 24, z * 24) * np.clip(1.5 - foot_z * 6, 0, 1)
    coarse = _noise(x * 5 + 31, z * 2.5) * np.clip(1.5 - foot_z * 0.6, 0, 1)
    light = 1 + 0.06 * fine + 0.14 * coarse - 0.2 * np.minimum(joints, 1) * walk
    colour = _ASPHALT * light[..., None]
    for part, shade in ((paint, _PAINT), (walk, _SLABS), (kerb, _KERB)):
        painted = shade * (0.6 + 0.4 * light)[..., None]
        colour += (painted - colour) * part[..., None]
    haze = 1 - np.exp(-depth / _VISIBILITY)
    colour += (HAZE - colour) * haze[..., None]

    labels = np.full(x.shape, ROAD, np.uint8)
    labels[paint > 0.5] = LANE_MARK
    labels[aside > ROAD_HALF_WIDTH] = PAVEMENT
    return Ground(colour, labels)


def facade(
    wall: Wall,
    along: np.ndarray,
    height: np.ndarray,
    depth: np.ndarray,
    foot_along: np.ndarray,
    foot_up: np.ndarray,
    shade: float,
    shift: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Returns a row of buildings.

    Args:
        wall: the buildings.
        along: float32 [w], metres along the wall, per column.
        height: float32 [h, w], metres above the ground.
        depth: float32 [w], metres from the camera.
        foot_along: float32 [w], metres along that a pixel covers.
        foot_up: float32 [w], metres upwards that a pixel covers.
        shade: share of the light that falls on the wall, 1 for all.
        shift: offset into the endless stains, metres.

    Returns:
        Colour float32 [h, w, 3], coverage bool [h, w], instance ids uint16 [w].
    """
    which = np.minimum(np.searchsorted(wall.ends, along), len(wall.ends) - 1)
    ends, top = wall.ends[which], wall.heights[which]
    period = wall.window_period[which]
    # Whole windows between the corners: none is cut by a building's edge.
    starts = np.concatenate([[0], wall.ends])[which].astype(np.float32)
    count = np.maximum(np.floor((ends - starts - 0.6) / period), 1)
    column = (along - starts - 0.3) / (ends - starts - 0.6) * count
    share = wall.window_share[which]
    bays = _pulses(column + share / 2 - 0.5, share, foot_along / period)
    bays *= np.clip((along - starts - 0.3) / foot_along + 0.5, 0, 1)
    bays *= np.clip((ends - along - 0.3) / foot_along + 0.5, 0, 1)
    level = (height - _GROUND_FLOOR) / _STOREY
    rows = _pulses(level - 0.25, 0.55, foot_up / _STOREY)
    upper = np.clip((height - _GROUND_FLOOR) / foot_up + 0.5, 0, 1)
    roof = np.clip((height - top + 0.45) / foot_up + 0.5, 0, 1)
    glass = bays * rows * upper * (1 - roof)
    doors = (1 - upper) * _pulses(column * 0.5, 0.6, 0.5 * foot_along / period)
    doors *= np.clip((2.6 - height) / foot_up + 0.5, 0, 1)

    grain = _noise((along[None] + shift) * 14 + 13, height * 14)
    grain *= np.clip(1.5 - np.maximum(foot_along * 3.5, foot_up * 3.5), 0, 1)
    stains = _noise((along[None] + shift) * 3.5 + 57, height * 3.5)
    stains *= np.clip(1.5 - np.maximum(foot_along, foot_up), 0, 1)
    light = 1 + 0.05 * grain + 0.07 * stains - 0.12 * (1 - upper) + 0.12 * roof
    colour = wall.colours[which] * light[..., None]
    glint = _GLASS * (0.8 + 0.5 * np.mod(level, 1))[..., None]
    colour += (glint - colour) * glass[..., None]
    colour += (_SHOP - colour) * doors[..., None]
    colour *= shade
    haze = 1 - np.exp(-depth / _VISIBILITY)
    colour += (HAZE - colour) * haze[:, None]
    return colour, (height >= 0) & (height < top), wall.instances[which]


def _pulses(
    position: np.ndarray, share: np.ndarray | float, foot: np.ndarray
) -> np.ndarray:
    """Returns the part of a footprint that lies in pulses.

    Pulses fill `share` of each period, from its begin; everything in periods.
    """
    upper, lower = position + foot / 2, position - foot / 2
    whole_upper, whole_lower = np.floor(upper), np.floor(lower)
    inside = (whole_upper - whole_lower) * share
    inside += np.minimum(upper - whole_upper, share)
    inside -= np.minimum(lower - whole_lower, share)
    return inside / foot


def _below(position: np.ndarray, edge: float, foot: np.ndarray) -> np.ndarray:
    """Returns the part of a footprint that lies below an edge."""
    return np.clip((edge - position) / foot + 0.5, 0, 1)


def _band(
    position: np.ndarray, centre: float, width: float, foot: np.ndarray
) -> np.ndarray:
    """Returns the part of a footprint that lies in a band."""
    above = _below(position, centre - width / 2, foot)
    return _below(position, centre + width / 2, foot) - above


def _noise(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Samples the endless noise; positions in texels, broadcast against each other."""
    texels = np.float32(len(_NOISE))
    shape = np.broadcast_shapes(x.shape, y.shape)
    # Within a few tiles, for the fixed-point positions of `remap`.
    x, y = (
        x - texels * np.floor(x.min() / texels),
        y - texels * np.floor(y.min() / texels),
    )
    return cv2.remap(
        _NOISE,
        np.ascontiguousarray(np.broadcast_to(x, shape), np.float32),
        np.ascontiguousarray(np.broadcast_to(y, shape), np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_WRAP,
    )
