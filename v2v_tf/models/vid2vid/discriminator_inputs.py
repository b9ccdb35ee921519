"""Inputs of the discriminators of videos: frames, faces, groups of frames."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import tensorflow as tf

from v2v_tf.data.flow_composition import compose_flows
from v2v_tf.models.common.adversarial_terms import beside
from v2v_tf.models.vid2vid.clip_windows import Clip
from v2v_tf.models.vid2vid.face_region import crop_region, face_region
from v2v_tf.models.vid2vid.frame import FLOW_SCALE, FrameOutput
from v2v_tf.models.vid2vid.states import merge_time


def image_inputs(
    channels: tf.Tensor, real: tf.Tensor, output: FrameOutput
) -> list[tf.Tensor]:
    """Returns real, final and raw frames, each beside its condition (method.md 3.2).

    Args:
        channels: [B, F, H, W, C], the current condition of each frame.
        real: float32 [B, F, H, W, 3].
        output: generated frames, [B, F, ...].

    Returns:
        Three tensors [B * F, H, W, C + 3].
    """
    images = (real, output.fake_frames, output.raw_frames)
    return beside(merge_time(channels), [merge_time(x) for x in images])


def face_inputs(
    channels: tf.Tensor,
    boxes: tf.Tensor,
    real: tf.Tensor,
    output: FrameOutput,
    fine_size: int,
) -> tuple[list[tf.Tensor], tf.Tensor]:
    """Cuts faces out of real and final frames (method.md 1.12).

    Args:
        channels: [B, F, H, W, C], the current condition of each frame.
        boxes: int32 [B, F, 4], where each frame shows a face, see `face_region`.
        real: float32 [B, F, H, W, 3].
        output: generated frames, [B, F, ...].
        fine_size: pixels, `data.resize.fine_size`, which decides the size of a face.

    Returns:
        Two tensors [B * F, side, side, C + 3], and float32 [B * F], 1 for an example
        with a face. An example without a face enters means as zero, so that a face
        weighs the same whatever else is in the batch.
    """
    region = face_region(boxes, tuple(channels.shape[2:4]), fine_size)
    condition, *images = (
        merge_time(crop_region(x, region)) for x in (channels, real, output.fake_frames)
    )
    examples = tf.repeat(tf.cast(region.found, tf.float32), channels.shape[1])
    return beside(condition, images), examples


def group_inputs(
    groups: Sequence[tuple[int, ...]],
    clip: Clip,
    num_past: int,
    generated: tf.Tensor,
) -> list[tf.Tensor]:
    """Stacks groups of frames with the real flow between them (method.md 1.11).

    Args:
        groups: indices of generated frames, as `triplet_schedule` gives them.
        clip: the real clip.
        num_past: frames of the clip before generated frame 0.
        generated: float32 [B, F, H, W, 3], all frames generated so far.

    Returns:
        Real and generated stacks, [B * groups, H, W, 3 * frames + 2 * flows].
    """
    real_stacks, fake_stacks = [], []
    for group in groups:
        flows = []
        for older, newer in itertools.pairwise(group):
            span = slice(num_past + older, num_past + newer)
            flow, _ = compose_flows(
                clip["flow"][:, span], clip["flow_confidence"][:, span]
            )
            flows.append(flow / FLOW_SCALE)
        real = [clip["frames"][:, num_past + index] for index in group]
        fake = [generated[:, index] for index in group]
        real_stacks.append(tf.concat([*real, *flows], axis=-1))
        fake_stacks.append(tf.concat([*fake, *flows], axis=-1))
    # Those of a clip follow each other.
    return [merge_time(tf.stack(x, axis=1)) for x in (real_stacks, fake_stacks)]
