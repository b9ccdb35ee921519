"""The weighted terms of the objective, from one forward pass (spec part 3).

Every function returns a dict of named scalars; a weight of 0 leaves its term out, but
for the GAN terms, which stay as zeros: their discriminators still train.
Names are the TensorBoard tags under `generator/` and `discriminator/`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import tensorflow as tf

from v2v_tf.config import Config
from v2v_tf.data.flow_composition import compose_flows
from v2v_tf.layers.warp import backward_warp
from v2v_tf.losses.adversarial import lsgan_discriminator_loss, lsgan_generator_loss
from v2v_tf.losses.feature_matching import feature_matching_loss
from v2v_tf.losses.flow import masked_l1
from v2v_tf.losses.perceptual import PerceptualLoss
from v2v_tf.models.discriminators import MultiScaleDiscriminator
from v2v_tf.models.frame import FLOW_SCALE, FrameOutput

Losses = dict[str, tf.Tensor]


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


def merge_time(sequence: tf.Tensor) -> tf.Tensor:
    """Reshapes [B, F, H, W, C] to [B * F, H, W, C]."""
    return tf.reshape(sequence, [-1, *sequence.shape[2:]])


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


def flow_losses(config: Config, output: FrameOutput, target: Targets) -> Losses:
    """Returns the flow, warp and mask terms of flattened frames (spec 3.5, 3.6)."""
    weights = config.losses
    losses: Losses = {}
    if output.flow is None:
        return losses
    confidence = target.confidence
    scale = 2.0 ** (config.generator.num_scales - 1)
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
) -> Losses:
    """Returns the terms that need no discriminator.

    Args:
        config: holds the weights.
        output: of a chunk, [B, F, ...].
        target: of the same frames.
        before: [B, H, W, 3], the frame before the chunk: generated, or real at the
            start of a clip.
        perceptual: the VGG loss, or None.
    """
    weights = config.losses
    flat = FrameOutput(*(None if x is None else merge_time(x) for x in output))
    real = flatten(target)
    losses = flow_losses(config, flat, real)
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


def judge_frames(
    config: Config,
    discriminator: MultiScaleDiscriminator,
    channels: tf.Tensor,
    real: tf.Tensor,
    output: FrameOutput,
) -> tuple[Losses, Losses]:
    """Judges final and raw frames, each against the real ones (spec 2.3).

    Args:
        config: holds the weights.
        discriminator: the image discriminator.
        channels: [B, F, H, W, C], the current condition of each frame.
        real: float32 [B, F, H, W, 3].
        output: the generated frames, [B, F, ...].

    Returns:
        Weighted losses of the generator, losses of the discriminator.
    """
    condition = merge_time(channels)
    images = [real, output.fake_frames, output.raw_frames]
    inputs = [
        tf.concat([condition, tf.cast(merge_time(x), condition.dtype)], -1)
        for x in images
    ]
    real_maps, *fakes = _judge(discriminator, inputs)
    weights = config.losses
    gan = tf.add_n([lsgan_generator_loss(_scores(maps)) for maps in fakes])
    losses = {"gan": weights.gan * gan}
    if weights.feature_matching:
        matching = tf.add_n([feature_matching_loss(real_maps, m) for m in fakes])
        losses["feature_matching"] = weights.feature_matching * matching
    parts = [lsgan_discriminator_loss(_scores(real_maps), _scores(m)) for m in fakes]
    judged = {
        "image_real": tf.add_n([part[0] for part in parts]),
        "image_fake": tf.add_n([part[1] for part in parts]),
    }
    return losses, judged


def judge_groups(
    config: Config,
    discriminator: MultiScaleDiscriminator,
    scale: int,
    groups: Sequence[tuple[int, ...]],
    clip: dict[str, tf.Tensor],
    history: int,
    generated: tf.Tensor,
) -> tuple[Losses, Losses]:
    """Judges groups of final frames with the real flow between them (spec 2.4).

    Args:
        config: holds the weights.
        discriminator: the temporal discriminator of this scale.
        scale: temporal scale, for the names.
        groups: indices of generated frames, as `triplet_schedule` gives them.
        clip: the real clip.
        history: frames of the clip before generated frame 0.
        generated: float32 [B, F, H, W, 3], all frames generated so far.

    Returns:
        Weighted losses of the generator, losses of the discriminator.
    """
    real_inputs, fake_inputs = [], []
    for group in groups:
        flows = []
        for older, newer in zip(group[:-1], group[1:], strict=True):
            span = slice(history + older, history + newer)
            flow, _ = compose_flows(
                clip["flow"][:, span], clip["flow_confidence"][:, span]
            )
            flows.append(flow / FLOW_SCALE)
        real = [clip["frames"][:, history + index] for index in group]
        fake = [generated[:, index] for index in group]
        real_inputs.append(tf.concat([*real, *flows], axis=-1))
        fake_inputs.append(tf.concat([*fake, *flows], axis=-1))
    real_maps, fake_maps = _judge(
        discriminator, [tf.concat(real_inputs, 0), tf.concat(fake_inputs, 0)]
    )
    weights = config.losses
    gan = lsgan_generator_loss(_scores(fake_maps))
    losses = {f"gan_temporal_s{scale}": weights.gan_temporal * gan}
    if weights.feature_matching:
        matching = feature_matching_loss(real_maps, fake_maps)
        name = f"feature_matching_temporal_s{scale}"
        losses[name] = weights.feature_matching * matching
    real_part, fake_part = lsgan_discriminator_loss(
        _scores(real_maps), _scores(fake_maps)
    )
    return losses, {
        f"temporal_s{scale}_real": real_part,
        f"temporal_s{scale}_fake": fake_part,
    }


def _judge(
    discriminator: MultiScaleDiscriminator, inputs: list[tf.Tensor]
) -> list[list[list[tf.Tensor]]]:
    """Returns the maps of each input, from one pass over all of them.

    Norms are per example, so one batch of all equals a batch of each.
    """
    maps = discriminator(tf.concat(inputs, axis=0))
    split = [[tf.split(layer, len(inputs), axis=0) for layer in copy] for copy in maps]
    return [
        [[layer[index] for layer in copy] for copy in split]
        for index in range(len(inputs))
    ]


def _scores(maps: list[list[tf.Tensor]]) -> list[tf.Tensor]:
    return [copy[-1] for copy in maps]
