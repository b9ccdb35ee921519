"""The terms that discriminators give: GAN and feature matching, of both players.

Every function returns the weighted losses of the generator and the losses of the
discriminator, as dicts of named scalars. The GAN terms stay as zeros at a weight of 0:
their discriminators still train.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import tensorflow as tf

from v2v_tf.config import Config
from v2v_tf.data.flow_composition import compose_flows
from v2v_tf.losses.adversarial import discriminator_loss, generator_loss
from v2v_tf.losses.feature_matching import feature_matching_loss
from v2v_tf.models.common.discriminators import Judge
from v2v_tf.models.vid2vid.face_region import crop_region, face_region
from v2v_tf.models.vid2vid.frame import FLOW_SCALE, FrameOutput
from v2v_tf.models.vid2vid.states import merge_time

Losses = dict[str, tf.Tensor]


def judge_images(
    config: Config,
    discriminator: Judge,
    channels: tf.Tensor,
    real: tf.Tensor,
    candidates: Sequence[tf.Tensor],
) -> tuple[Losses, Losses]:
    """Returns the terms of candidates, each against the real frames (method.md 3.2).

    Args:
        config: holds the weights.
        discriminator: the image discriminator.
        channels: [B, F, H, W, C], the current condition of each frame.
        real: float32 [B, F, H, W, 3].
        candidates: float32 [B, F, H, W, 3], one or more; their terms are added up, and
            the real term counts once beside each.

    Returns:
        Weighted losses of the generator, losses of the discriminator.
    """
    inputs = _beside(channels, [real, *candidates])
    return _judge(config, discriminator, "image", inputs, gan=config.losses.gan)


def judge_frames(
    config: Config,
    discriminator: Judge,
    channels: tf.Tensor,
    real: tf.Tensor,
    output: FrameOutput,
) -> tuple[Losses, Losses]:
    """Judges final and raw frames of `output`, [B, F, ...]; see `judge_images`."""
    candidates = (output.fake_frames, output.raw_frames)
    return judge_images(config, discriminator, channels, real, candidates)


def judge_faces(
    config: Config,
    discriminator: Judge,
    channels: tf.Tensor,
    boxes: tf.Tensor,
    real: tf.Tensor,
    output: FrameOutput,
) -> tuple[Losses, Losses]:
    """Judges the faces of final frames (method.md 1.12).

    Terms are means over all examples, of which those without a face are zero: a face
    weighs the same whatever else is in the batch.

    Args:
        config: of task pose; holds the weights, and the size of a face.
        discriminator: the face discriminator.
        channels: [B, F, H, W, C], the current condition of each frame.
        boxes: int32 [B, F, 4], where each frame shows a face, see `face_region`.
        real: float32 [B, F, H, W, 3].
        output: the generated frames, [B, F, ...].

    Returns:
        Weighted losses of the generator, losses of the discriminator.
    """
    height, width = channels.shape[2:4]
    region = face_region(boxes, (height, width), config)
    condition, *images = (
        crop_region(x, region) for x in (channels, real, output.fake_frames)
    )
    return _judge(
        config,
        discriminator,
        "face",
        _beside(condition, images),
        gan=config.losses.gan,
        factor=config.losses.face,
        examples=tf.repeat(tf.cast(region.found, tf.float32), channels.shape[1]),
    )


def judge_groups(
    config: Config,
    discriminator: Judge,
    scale: int,
    groups: Sequence[tuple[int, ...]],
    clip: dict[str, tf.Tensor],
    history: int,
    generated: tf.Tensor,
) -> tuple[Losses, Losses]:
    """Judges groups of final frames with the real flow between them (method.md 1.11).

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
        for older, newer in itertools.pairwise(group):
            span = slice(history + older, history + newer)
            flow, _ = compose_flows(
                clip["flow"][:, span], clip["flow_confidence"][:, span]
            )
            flows.append(flow / FLOW_SCALE)
        real = [clip["frames"][:, history + index] for index in group]
        fake = [generated[:, index] for index in group]
        real_inputs.append(tf.concat([*real, *flows], axis=-1))
        fake_inputs.append(tf.concat([*fake, *flows], axis=-1))
    inputs = [tf.concat(real_inputs, 0), tf.concat(fake_inputs, 0)]
    name, gan = f"temporal_s{scale}", config.losses.gan_temporal
    return _judge(config, discriminator, name, inputs, gan=gan)


def _beside(channels: tf.Tensor, images: list[tf.Tensor]) -> list[tf.Tensor]:
    """Returns each of the images with its condition, flattened to [B * F, ...]."""
    condition = merge_time(channels)
    return [
        tf.concat([condition, tf.cast(merge_time(x), condition.dtype)], -1)
        for x in images
    ]


def _judge(
    config: Config,
    discriminator: Judge,
    name: str,
    inputs: list[tf.Tensor],
    *,
    gan: float,
    factor: float = 1.0,
    examples: tf.Tensor | None = None,
) -> tuple[Losses, Losses]:
    """Judges fakes, each against the real input.

    Args:
        config: holds the mode and the weight of feature matching.
        discriminator: who judges.
        name: of the discriminator, for the names of the terms.
        inputs: [N, H, W, C], the real one, then the fakes.
        gan: weight of the GAN term.
        factor: on both terms of the generator.
        examples: float32 [N], 1 for an example that counts, 0 for one whose terms are
            zero; None if all count.

    Returns:
        Weighted losses of the generator, losses of the discriminator.
    """
    weights = config.losses
    mode, suffix = weights.gan_mode, "" if name == "image" else f"_{name}"
    real_maps, *fakes = _maps(discriminator, inputs)
    terms = [generator_loss(mode, _scores(maps), examples) for maps in fakes]
    losses = {f"gan{suffix}": factor * gan * tf.add_n(terms)}
    if factor * weights.feature_matching:
        terms = [feature_matching_loss(real_maps, maps, examples) for maps in fakes]
        matching = factor * weights.feature_matching * tf.add_n(terms)
        losses[f"feature_matching{suffix}"] = matching
    parts = [
        discriminator_loss(mode, _scores(real_maps), _scores(maps), examples)
        for maps in fakes
    ]
    return losses, {
        f"{name}_real": tf.add_n([part[0] for part in parts]),
        f"{name}_fake": tf.add_n([part[1] for part in parts]),
    }


def _maps(discriminator: Judge, inputs: list[tf.Tensor]) -> list[list[list[tf.Tensor]]]:
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
