"""The objective of vid2vid: its loss terms, and how a stage computes them.

A new term is one more row of `FRAME_TERMS`, with a weight in `LossConfig`: the names of
computed and of logged losses follow from the table. What discriminators give are the
rows of `discriminator_rows` (method.md 3).
"""

from __future__ import annotations

from typing import NamedTuple

import tensorflow as tf

from v2v_tf.config import Config, DiscriminatorConfig, StageConfig
from v2v_tf.layers.warp import backward_warp
from v2v_tf.losses.flow import masked_l1
from v2v_tf.losses.perceptual import PerceptualLoss, perceptual_weight
from v2v_tf.models.common.adversarial_terms import IMAGE_TERMS, DiscriminatorTerms
from v2v_tf.models.common.loss_terms import (
    LossTerm,
    tag_names,
    weighted_terms,
)
from v2v_tf.models.vid2vid.clip_windows import Targets
from v2v_tf.models.vid2vid.frame import FrameOutput
from v2v_tf.models.vid2vid.temporal_groups import triplet_schedule


class ComparedFrames(NamedTuple):
    """Generated and real frames that terms compare, flattened to [N, ...].

    Attributes:
        output: tensors of the generator.
        target: the real side.
        previous: float32 [N, H, W, 3], the generated frame before each; None in flow
            stages, whose past frames are real.
        num_scales: scales that made the frames.
        perceptual: the VGG loss, or None without VGG weights.
    """

    output: FrameOutput
    target: Targets
    previous: tf.Tensor | None = None
    num_scales: int = 1
    perceptual: PerceptualLoss | None = None

    @property
    def candidates(self) -> tuple[tf.Tensor, tf.Tensor]:
        """Final and raw frames, whose terms are added up."""
        return self.output.fake_frames, self.output.raw_frames


def _flow_l1(x: ComparedFrames) -> tf.Tensor:
    # Flow in pixels grows with the resolution.
    error = masked_l1(x.output.flow, x.target.flow, x.target.confidence)
    return error / 2.0 ** (x.num_scales - 1)


def _flow_warp(x: ComparedFrames) -> tf.Tensor:
    warped = backward_warp(x.target.previous, x.output.flow)
    return masked_l1(warped, x.target.frames, x.target.confidence)


def _mask(x: ComparedFrames) -> tf.Tensor:
    zeros = tf.zeros_like(x.output.mask)
    return masked_l1(x.output.mask, zeros, x.target.confidence)


def _l1(x: ComparedFrames) -> tf.Tensor:
    real = x.target.frames
    return tf.add_n([tf.reduce_mean(tf.abs(fake - real)) for fake in x.candidates])


def _perceptual(x: ComparedFrames) -> tf.Tensor:
    assert x.perceptual is not None
    return tf.add_n([x.perceptual(fake, x.target.frames) for fake in x.candidates])


def _warp(x: ComparedFrames) -> tf.Tensor:
    warped = tf.stop_gradient(backward_warp(x.previous, x.target.flow))
    return masked_l1(x.output.fake_frames, warped, x.target.confidence)


_ALL_KINDS = ("gan", "flow")
# Checkpoints keep the means of losses in the order of the rows.
FRAME_TERMS = (
    LossTerm(
        *("flow_l1", lambda weights: weights.flow, _flow_l1),
        kinds=_ALL_KINDS,
        when=lambda generator: generator.use_flow,
    ),
    LossTerm(
        *("flow_warp", lambda weights: weights.flow_warp, _flow_warp),
        kinds=_ALL_KINDS,
        when=lambda generator: generator.use_flow,
    ),
    LossTerm(
        *("mask", lambda weights: weights.mask, _mask),
        kinds=_ALL_KINDS,
        when=lambda generator: generator.use_flow,
    ),
    LossTerm("l1", lambda weights: weights.l1, _l1),
    LossTerm("perceptual", perceptual_weight, _perceptual),
    LossTerm("warp", lambda weights: weights.warp, _warp),
)
FACE_TERMS = DiscriminatorTerms(
    "face", gan=lambda weights: weights.gan, factor=lambda weights: weights.face
)


def temporal_terms(scale: int) -> DiscriminatorTerms:
    """Returns the row of the temporal discriminator of a temporal scale."""
    return DiscriminatorTerms(
        f"temporal_s{scale}", gan=lambda weights: weights.gan_temporal
    )


def frame_terms(config: Config, kind: str) -> list[LossTerm]:
    """Returns the rows of `FRAME_TERMS` that apply to a kind of stage."""
    found = [x for x in FRAME_TERMS if kind in x.kinds and x.when(config.generator)]
    return weighted_terms(found, config.losses)


def discriminator_rows(config: Config, stage: StageConfig) -> list[DiscriminatorTerms]:
    """Returns the rows of the discriminators that a stage trains, in order."""
    if stage.kind != "gan":
        return []
    face = [FACE_TERMS] if uses_face(config, stage) else []
    starts = range(0, stage.num_frames, stage.chunk_frames)
    chunks = [(x, min(stage.chunk_frames, stage.num_frames - x)) for x in starts]
    temporal = [
        temporal_terms(scale)
        for scale in range(config.discriminator.num_temporal_scales)
        # A discriminator trains in the chunks that have groups of its scale.
        if any(groups_of(config.discriminator, scale, *chunk) for chunk in chunks)
    ]
    return [IMAGE_TERMS, *face, *temporal]


def loss_names(config: Config, stage: StageConfig) -> list[str]:
    """Returns the names of all losses that a stage computes, as they are logged.

    Args:
        config: the experiment.
        stage: stage of the curriculum.

    Returns:
        `generator/...`, then `discriminator/...`, each with its total behind.
    """
    names = [term.name for term in frame_terms(config, stage.kind)]
    rows = discriminator_rows(config, stage)
    names += [name for row in rows for name in row.generator_names(config.losses)]
    of_rows = [row.discriminator_names(config.losses) for row in rows]
    return tag_names(names, [name for row in of_rows for name in row])


def uses_face(config: Config, stage: StageConfig) -> bool:
    """Tells whether a stage trains on faces: at coarser scales they are too small."""
    all_scales = stage.num_scales in (0, config.generator.num_scales)
    return config.discriminator.use_face and all_scales


def groups_of(
    parts: DiscriminatorConfig, scale: int, start: int, num_new: int
) -> list[tuple[int, ...]]:
    """Returns the groups that a chunk has at a temporal scale, see `triplet_schedule`.

    Args:
        parts: the discriminators' configuration.
        scale: temporal scale.
        start: frames that were generated before the chunk.
        num_new: frames of the chunk.
    """
    sizes = (parts.num_frames, scale, parts.num_temporal_scales)
    return triplet_schedule(start, num_new, *sizes)
