"""Clips whose pictures have another shape than those of most: noted, not put aside."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from v2v_tf.data.prepare.shards import ShardResult
from v2v_tf.data.sources.base import BadClip

# Two shapes are one where a square of one is a square of the other to the eye.
_SAME = 0.02


def other_shapes(results: Sequence[ShardResult]) -> list[BadClip]:
    """Returns a note for each clip whose pictures have another aspect ratio.

    Another than the pictures in the source of most frames have: resized to one size
    they are squeezed, or they cannot be trained on together.

    Args:
        results: what the writers of all shards left.
    """
    clips = [
        (clip, path, (height, width))
        for result in results
        for clip, (path, height, width) in zip(
            result.clips, result.pictures, strict=True
        )
    ]
    frames: Counter[tuple[int, int]] = Counter()
    for clip, _, size in clips:
        frames[size] += clip.num_frames
    if len(frames) < 2:
        return []
    usual = max(sorted(frames), key=lambda size: _alike(size, frames))
    return [
        BadClip(
            path,
            clip.clip_id,
            f"its pictures are {size[1]}x{size[0]}, those of most frames "
            f"{usual[1]}x{usual[0]}, of another shape: crop them alike, or prepare and "
            "train them apart",
            0,
        )
        for clip, path, size in clips
        if not _are_alike(size, usual)
    ]


def _alike(size: tuple[int, int], frames: Counter[tuple[int, int]]) -> tuple[int, int]:
    """Returns how many frames have the shape of a size, and how many that size."""
    shape = sum(count for other, count in frames.items() if _are_alike(size, other))
    return shape, frames[size]


def _are_alike(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return abs(math.log(one[0] * other[1] / (one[1] * other[0]))) < _SAME
