"""Cuts of encoded clips: windows, targets of generated frames, coarser scales."""

from __future__ import annotations

from typing import NamedTuple

import tensorflow as tf

from v2v_tf.layers.pyramid import pyramid
from v2v_tf.models.vid2vid.states import merge_time, split_time

Clip = dict[str, tf.Tensor]
FRAME_KEYS = ("channels", "frames", "faces", "regions")
FLOW_KEYS = ("flow", "flow_confidence")


class Targets(NamedTuple):
    """The real side of generated frames; [B, F, ...] or flattened [B * F, ...].

    Attributes:
        frames: float32 [..., H, W, 3], range [-1, 1].
        previous: float32 [..., H, W, 3], the real frame before each.
        flow: float32 [..., H, W, 2], pixels, to the frame before.
        confidence: float32 [..., H, W, 1], 1 where that flow is trusted.
    """

    frames: tf.Tensor
    previous: tf.Tensor
    flow: tf.Tensor
    confidence: tf.Tensor


def targets(clip: Clip, num_past: int, start: int, stop: int) -> Targets:
    """Returns the targets of generated frames start .. stop - 1.

    Args:
        clip: `frames` [B, T, ...], `flow` and `flow_confidence` [B, T - 1, ...].
        num_past: frames of the clip before generated frame 0.
        start: first generated frame.
        stop: one past the last generated frame.
    """
    first, last = num_past + start, num_past + stop
    return Targets(
        clip["frames"][:, first:last],
        clip["frames"][:, first - 1 : last - 1],
        clip["flow"][:, first - 1 : last - 1],
        clip["flow_confidence"][:, first - 1 : last - 1],
    )


def flatten(target: Targets) -> Targets:
    """Merges examples and frames into one axis: [B, F, ...] -> [B * F, ...]."""
    return Targets(*map(merge_time, target))


def cut_window(clip: Clip, first: int, last: int, past: tf.Tensor | None) -> Clip:
    """Cuts what the losses of frames first .. last - 1 compare with.

    Args:
        clip: encoded.
        first: first frame to generate, counted in the clip.
        last: one past the last frame to generate.
        past: generated frames [B, P, ...] that losses still read; None for none.

    Returns:
        The clip from one frame before `past` on, up to frame last - 1.
    """
    begin = first - 1 - (0 if past is None else past.shape[1])
    cut = {name: clip[name][:, begin:last] for name in FRAME_KEYS if name in clip}
    pairs = {name: clip[name][:, begin : last - 1] for name in FLOW_KEYS}
    return {**cut, **pairs}


def sliding(sequence: tf.Tensor, size: int, count: int) -> tf.Tensor:
    """Returns the windows of `size` frames that start at 0 .. count - 1.

    Args:
        sequence: [B, T, H, W, C].
        size: frames of a window.
        count: windows.

    Returns:
        [B * count, size, H, W, C].
    """
    windows = tf.stack([sequence[:, i : i + size] for i in range(count)], axis=1)
    return tf.reshape(windows, [-1, *windows.shape[2:]])


def at_scale(clip: Clip, num_downsamplings: int) -> Clip:
    """Returns a clip at a coarser scale of the image pyramid.

    Args:
        clip: `channels` and `frames` [B, T, H, W, C], `flow` and `flow_confidence`
            [B, T - 1, H, W, C].
        num_downsamplings: number of times that the sides are halved; 0 for the clip
            unchanged.

    Returns:
        The coarser clip, with flow in pixels of its own resolution.
    """
    if not num_downsamplings:
        return clip
    coarse = {
        name: _downsampled(clip[name], num_downsamplings)
        for name in ("channels", "frames", *FLOW_KEYS)
    }
    coarse["flow"] /= 2.0**num_downsamplings
    if "regions" in clip:
        step = 2**num_downsamplings
        coarse["regions"] = clip["regions"][:, :, ::step, ::step]
    return {**clip, **coarse}


def _downsampled(sequence: tf.Tensor, num_downsamplings: int) -> tf.Tensor:
    """Average-pools [B, T, H, W, C] by the image pyramid, so many times."""
    levels = pyramid(merge_time(sequence), num_downsamplings + 1)
    return split_time(levels[-1], sequence.shape[1])
