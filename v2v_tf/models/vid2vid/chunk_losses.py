"""All losses of a chunk of frames, from one forward pass (method.md 4.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import tensorflow as tf

from v2v_tf.models.common.adversarial import Batch
from v2v_tf.models.common.loss_meter import uses_face
from v2v_tf.models.vid2vid import objective as objectives
from v2v_tf.models.vid2vid.chunk import generate_chunk
from v2v_tf.models.vid2vid.objective import Losses
from v2v_tf.models.vid2vid.states import States
from v2v_tf.models.vid2vid.temporal_groups import triplet_schedule

if TYPE_CHECKING:
    from v2v_tf.models.vid2vid.model import Vid2Vid

FRAME_KEYS = ("channels", "frames", "faces", "regions")
FLOW_KEYS = ("flow", "flow_confidence")


class ChunkResult(NamedTuple):
    """What a chunk gives.

    Attributes:
        losses: of every player, by name: weighted terms of the `generator`, terms of
            `image` (and face) and `temporal_s<k>` where they have something to judge.
        states: after the chunk, without gradient.
        frames: float32 [B, P + F, H, W, 3], the past frames and the chunk's.
    """

    losses: dict[str, Losses]
    states: States
    frames: tf.Tensor


def chunk_losses(
    model: Vid2Vid,
    window: Batch,
    states: States,
    past: tf.Tensor | None,
    raw_frames: int,
) -> ChunkResult:
    """Generates a chunk and computes the losses of all players.

    Args:
        model: networks, weights of the losses, and the stage.
        window: the real side: one frame, the `past` frames, and the chunk.
        states: before the chunk.
        past: float32 [B, P, H, W, 3], generated before the chunk and still of
            interest to a loss; None at the start of a clip.
        raw_frames: so many of the first frames leave the warp out.
    """
    config, stage = model.experiment, model.stage
    start = 0 if past is None else past.shape[1]
    stop = window["frames"].shape[1] - 1
    channels = window["channels"][:, 1 + start :]
    seen = model.seen(window, slice(1 + start, None))
    output, next_states = generate_chunk(
        model.generator, seen, states, raw_frames, stage.bptt_frames
    )
    target = objectives.targets(window, 1, start, stop)
    before = target.previous[:, 0] if past is None else past[:, -1]
    losses = objectives.frame_losses(
        config,
        output,
        target,
        tf.stop_gradient(before),
        model.perceptual,
        model.num_scales,
    )
    image, judged = objectives.judge_frames(
        config,
        model.image_discriminator.without_finest(model.halvings),
        channels,
        target.frames,
        output,
    )
    losses.update(image)
    players = {"generator": losses, "image": judged}
    if model.face_discriminator is not None and uses_face(config, stage):
        boxes = window["faces"][:, 1 + start :]
        face, judged_faces = objectives.judge_faces(
            config, model.face_discriminator, channels, boxes, target.frames, output
        )
        losses.update(face)
        judged.update(judged_faces)

    frames = output.fake_frames
    if past is not None:
        frames = tf.concat([tf.stop_gradient(past), frames], axis=1)
    parts = config.discriminator
    for scale, network in enumerate(model.temporal_discriminators):
        groups = triplet_schedule(
            start, stop - start, parts.num_frames, scale, parts.num_temporal_scales
        )
        if groups:
            temporal, judged_groups = objectives.judge_groups(
                config,
                network.without_finest(model.halvings),
                scale,
                groups,
                window,
                1,
                frames,
            )
            losses.update(temporal)
            players[f"temporal_s{scale}"] = judged_groups
    return ChunkResult(players, next_states, tf.stop_gradient(frames))


def cut_window(clip: Batch, first: int, last: int, past: tf.Tensor | None) -> Batch:
    """Cuts frames first .. last - 1 of a clip, with `past` and one more before."""
    begin = first - 1 - (0 if past is None else past.shape[1])
    cut = {name: clip[name][:, begin:last] for name in FRAME_KEYS if name in clip}
    pairs = {name: clip[name][:, begin : last - 1] for name in FLOW_KEYS}
    return {**cut, **pairs}


def at_scale(clip: Batch, halvings: int) -> Batch:
    """Returns a clip at a coarser scale of the image pyramid.

    Args:
        clip: `channels` and `frames` [B, T, H, W, C], `flow` and `flow_confidence`
            [B, T - 1, H, W, C].
        halvings: how often it is halved; flow is in pixels of the result.
    """
    if not halvings:
        return clip
    coarse = {
        name: objectives.halved(clip[name], halvings)
        for name in ("channels", "frames", *FLOW_KEYS)
    }
    coarse["flow"] /= 2.0**halvings
    if "regions" in clip:
        step = 2**halvings
        coarse["regions"] = clip["regions"][:, :, ::step, ::step]
    return {**clip, **coarse}
