"""The weighted terms of the objective, from one forward pass (method.md 3).

Every function returns a dict of named scalars; a weight of 0 leaves its term out, but
for the GAN terms of `judging`, given on from here.
Names are the TensorBoard tags under `generator/` and `discriminator/`.
"""

from __future__ import annotations

from typing import NamedTuple

import tensorflow as tf

from v2v_tf.config import Config
from v2v_tf.layers.pyramid import pyramid
from v2v_tf.layers.warp import backward_warp
from v2v_tf.losses.flow import masked_l1
from v2v_tf.losses.perceptual import PerceptualLoss
from v2v_tf.models.common.adversarial_terms import (
    Losses,
    judge_faces,
    judge_frames,
    judge_groups,
)
from v2v_tf.models.vid2vid.frame import FrameOutput
from v2v_tf.models.vid2vid.states import merge_time, split_time

__all__ = [
    "Losses",
    "Targets",
    "flatten",
    "flow_losses",
    "frame_losses",
    "halved",
    "judge_faces",
    "judge_frames",
    "judge_groups",
    "merge_time",
    "sliding",
    "targets",
]


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


def targets(clip: dict[str, tf.Tensor], history: int, start: int, stop: int) -> Targets:
    """Returns the targets of generated frames start .. stop - 1.

    Args:
        clip: `frames` [B, T, ...], `flow` and `flow_confidence` [B, T - 1, ...].
        history: frames of the clip before generated frame 0.
        start: first generated frame.
        stop: one past the last.
    """
    first, last = history + start, history + stop
    return Targets(
        clip["frames"][:, first:last],
        clip["frames"][:, first - 1 : last - 1],
        clip["flow"][:, first - 1 : last - 1],
        clip["flow_confidence"][:, first - 1 : last - 1],
    )


def flatten(target: Targets) -> Targets:
    """Merges the axes of batch and time."""
    return Targets(*(merge_time(tensor) for tensor in target))


def halved(sequence: tf.Tensor, halvings: int) -> tf.Tensor:
    """Average-pools [B, T, H, W, C] `halvings` times by the image pyramid."""
    num = sequence.shape[1]
    return split_time(pyramid(merge_time(sequence), halvings + 1)[-1], num)


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


def flow_losses(
    config: Config, output: FrameOutput, target: Targets, num_scales: int
) -> Losses:
    """Returns the flow, warp and mask terms of flattened frames (method.md 3.5, 3.6).

    Args:
        config: holds the weights.
        output: of frames, [N, ...].
        target: of the same frames.
        num_scales: scales that made them; flow grows with their size.
    """
    weights = config.losses
    losses: Losses = {}
    if output.flow is None:
        return losses
    confidence = target.confidence
    scale = 2.0 ** (num_scales - 1)
    if weights.flow:
        error = masked_l1(output.flow, target.flow, confidence)
        losses["flow_l1"] = weights.flow / scale * error
    if weights.flow_warp:
        warped = backward_warp(target.previous, output.flow)
        error = masked_l1(warped, target.frames, confidence)
        losses["flow_warp"] = weights.flow_warp * error
    if weights.mask:
        zeros = tf.zeros_like(output.mask)
        losses["mask"] = weights.mask * masked_l1(output.mask, zeros, confidence)
    return losses


def frame_losses(
    config: Config,
    output: FrameOutput,
    target: Targets,
    before: tf.Tensor,
    perceptual: PerceptualLoss | None,
    num_scales: int,
) -> Losses:
    """Returns the terms that need no discriminator.

    Args:
        config: holds the weights.
        output: of a chunk, [B, F, ...].
        target: of the same frames.
        before: [B, H, W, 3], the frame before the chunk: generated, or real at the
            start of a clip.
        perceptual: the VGG loss, or None.
        num_scales: scales that made the frames.
    """
    weights = config.losses
    flat = FrameOutput(*(None if x is None else merge_time(x) for x in output))
    real = flatten(target)
    losses = flow_losses(config, flat, real, num_scales)
    candidates = (flat.fake_frames, flat.raw_frames)
    if weights.l1:
        errors = [tf.reduce_mean(tf.abs(x - real.frames)) for x in candidates]
        losses["l1"] = weights.l1 * tf.add_n(errors)
    if perceptual is not None:
        errors = [perceptual(x, real.frames) for x in candidates]
        losses["perceptual"] = weights.perceptual * tf.add_n(errors)
    if weights.warp:
        previous = tf.concat([before[:, None], output.fake_frames[:, :-1]], axis=1)
        warped = backward_warp(merge_time(previous), real.flow)
        error = masked_l1(flat.fake_frames, tf.stop_gradient(warped), real.confidence)
        losses["warp"] = weights.warp * error
    return losses
