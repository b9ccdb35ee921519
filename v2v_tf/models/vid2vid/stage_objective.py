"""The losses of all sub-networks in one stage, each pass by pass (method.md 4.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import tensorflow as tf

from v2v_tf.config import Config, StageConfig
from v2v_tf.losses.perceptual import PerceptualLoss
from v2v_tf.models.common.adversarial_terms import IMAGE_TERMS
from v2v_tf.models.common.discriminators import Discriminator, MultiScaleDiscriminator
from v2v_tf.models.common.loss_terms import Losses, compute_terms
from v2v_tf.models.common.random_inputs import NO_CHANGES, RandomInputs
from v2v_tf.models.vid2vid import clip_windows, discriminator_inputs
from v2v_tf.models.vid2vid.chunk import generate_chunk
from v2v_tf.models.vid2vid.clip_windows import Clip, Targets
from v2v_tf.models.vid2vid.frame import FrameOutput
from v2v_tf.models.vid2vid.generator import SequentialGenerator
from v2v_tf.models.vid2vid.history_noise import HistoryNoise
from v2v_tf.models.vid2vid.objective import (
    FACE_TERMS,
    ComparedFrames,
    frame_terms,
    groups_of,
    temporal_terms,
    uses_face,
)
from v2v_tf.models.vid2vid.states import States, merge_time, stack_time

BothSides = tuple[Losses, Losses]
# Discriminators draw their random changes apart: image, face, temporal ones.
_IMAGE, _FACE, _TEMPORAL = 0, 1, 2


@dataclass(frozen=True)
class Networks:
    """The networks that take part in the objective.

    Attributes:
        generator: network that makes the frames.
        image: discriminator of frames.
        temporal: discriminators of groups of frames, by temporal scale.
        face: discriminator of faces, or None.
        perceptual: the VGG loss, or None without VGG weights.
    """

    generator: SequentialGenerator
    image: MultiScaleDiscriminator
    temporal: Sequence[MultiScaleDiscriminator] = ()
    face: MultiScaleDiscriminator | None = None
    perceptual: PerceptualLoss | None = None


class ChunkResult(NamedTuple):
    """Result of a chunk.

    Attributes:
        losses: terms of each sub-network: weighted ones of the
            `generator`, those of `image` (with the face discriminator) and of each
            `temporal_s<k>` that has groups.
        states: states after the chunk, without gradient.
        frames: float32 [B, P + F, H, W, 3], the past frames and the chunk's.
    """

    losses: dict[str, Losses]
    states: States
    frames: tf.Tensor


class FlowResult(NamedTuple):
    """Result of a step of a flow stage.

    Attributes:
        losses: terms of each sub-network: weighted ones of the `generator`.
    """

    losses: dict[str, Losses]


class Objective:
    """The objective of a model in one stage.

    Args:
        config: the experiment.
        stage: the stage of the curriculum.
        networks: networks that the losses are computed with.

    Attributes:
        num_scales: scales of the generator that the stage trains.
        num_downsamplings: number of times that the stage halves the sides of frames.
    """

    def __init__(self, config: Config, stage: StageConfig, networks: Networks) -> None:
        self._config = config
        self._weights = config.losses
        self._stage = stage
        self._networks = networks
        self.num_scales = stage.num_scales or config.generator.num_scales
        self.num_downsamplings = config.generator.num_scales - self.num_scales

    def chunk(
        self,
        window: Clip,
        states: States,
        past: tf.Tensor | None,
        raw_frames: int,
        noise: HistoryNoise | None = None,
        raw_clips: tf.Tensor | None = None,
        changes: RandomInputs = NO_CHANGES,
    ) -> ChunkResult:
        """Generates a chunk and computes the losses of all sub-networks.

        Args:
            window: the real side: one frame, the `past` frames, and the chunk.
            states: states before the chunk.
            past: float32 [B, P, H, W, 3], generated before the chunk and still read by
                a loss; None at the start of a clip.
            raw_frames: number of first frames that leave the warp out.
            noise: noise on past frames where the generator reads them; None for none.
            raw_clips: bool [B], the clips in which they do; None for all.
            changes: random changes of what discriminators read.
        """
        start = 0 if past is None else past.shape[1]
        stop = window["frames"].shape[1] - 1
        channels = window["channels"][:, 1 + start :]
        generator = self._networks.generator
        conditions = generator.read_clip(window, slice(1 + start, None))
        output, next_states = generate_chunk(
            *(generator, conditions, states, raw_frames, raw_clips),
            *(self._stage.bptt_frames, noise),
        )
        target = clip_windows.targets(window, 1, start, stop)
        before = target.previous[:, 0] if past is None else past[:, -1]
        losses = self.frame_losses(output, target, tf.stop_gradient(before))
        by_subnetwork = {"generator": losses}

        def add(subnetwork: str, terms: BothSides) -> None:
            losses.update(terms[0])
            by_subnetwork.setdefault(subnetwork, {}).update(terms[1])

        add("image", self.image_losses(channels, target.frames, output, changes))
        if self._networks.face is not None and uses_face(self._config, self._stage):
            boxes = window["faces"][:, 1 + start :]
            faces = (channels, boxes, target.frames, output, changes)
            add("image", self.face_losses(*faces))
        frames = output.fake_frames
        if past is not None:
            frames = tf.concat([tf.stop_gradient(past), frames], axis=1)
        for scale in range(len(self._networks.temporal)):
            groups = groups_of(self._config.discriminator, scale, start, stop - start)
            if groups:
                terms = self.temporal_losses(scale, groups, window, 1, frames, changes)
                add(f"temporal_s{scale}", terms)
        return ChunkResult(by_subnetwork, next_states, tf.stop_gradient(frames))

    def flow(self, clip: Clip) -> FlowResult:
        """Computes the losses of a flow stage: of flow alone, from real past frames.

        One clip a step does not teach flow: here all frames of several clips are
        generated at once, each an example of its own.

        Args:
            clip: encoded.
        """
        generator = self._networks.generator
        num_past = generator.num_prev_frames
        num_frames = clip["frames"].shape[1] - num_past
        conditions = generator.read_clip(clip, slice(None))
        windows = clip_windows.sliding(conditions, num_past + 1, num_frames)
        previous = clip_windows.sliding(clip["frames"], num_past, num_frames)
        states = generator.init_states(windows[:, :num_past], previous, self.num_scales)
        outputs = generator(stack_time(windows), tuple(map(stack_time, states.frames)))
        target = clip_windows.flatten(
            clip_windows.targets(clip, num_past, 0, num_frames)
        )
        return FlowResult({"generator": self.flow_losses(outputs[-1], target)})

    def flow_losses(self, output: FrameOutput, target: Targets) -> Losses:
        """Returns the weighted terms of a flow stage.

        Args:
            output: generated from real past frames, flattened to [N, ...].
            target: the real side of the same frames, flattened.
        """
        compared = ComparedFrames(output, target, num_scales=self.num_scales)
        return compute_terms(frame_terms(self._config, "flow"), self._weights, compared)

    def frame_losses(
        self, output: FrameOutput, target: Targets, before: tf.Tensor
    ) -> Losses:
        """Returns the weighted terms of a chunk that need no discriminator.

        Args:
            output: generated frames, [B, F, ...].
            target: the real side of the same frames.
            before: [B, H, W, 3], the frame before the chunk: generated, or real at the
                start of a clip.
        """
        previous = tf.concat([before[:, None], output.fake_frames[:, :-1]], axis=1)
        compared = ComparedFrames(
            FrameOutput(*(None if x is None else merge_time(x) for x in output)),
            clip_windows.flatten(target),
            merge_time(previous),
            self.num_scales,
            self._networks.perceptual,
        )
        return compute_terms(frame_terms(self._config, "gan"), self._weights, compared)

    def image_losses(
        self,
        channels: tf.Tensor,
        real: tf.Tensor,
        output: FrameOutput,
        changes: RandomInputs = NO_CHANGES,
    ) -> BothSides:
        """Returns the terms of the image discriminator, of both sides.

        Arguments are those of `discriminator_inputs.image_inputs`, and `changes`.
        """
        inputs = discriminator_inputs.image_inputs(channels, real, output)
        inputs, near = changes(inputs, channels.shape[-1], 1, _IMAGE)
        discriminator = self._at_scale(self._networks.image, real.shape[1])
        return IMAGE_TERMS.compute(self._weights, discriminator, inputs, disturbed=near)

    def face_losses(
        self,
        channels: tf.Tensor,
        boxes: tf.Tensor,
        real: tf.Tensor,
        output: FrameOutput,
        changes: RandomInputs = NO_CHANGES,
    ) -> BothSides:
        """Returns the terms of the face discriminator, of both sides.

        Arguments are those of `discriminator_inputs.face_inputs`, and `changes`.
        """
        fine_size = self._config.data.resize.fine_size
        inputs, examples = discriminator_inputs.face_inputs(
            channels, boxes, real, output, fine_size
        )
        inputs, near = changes(inputs, channels.shape[-1], 1, _FACE)
        assert self._networks.face is not None
        discriminator = self._networks.face.of_chunks(0, real.shape[1])
        return FACE_TERMS.compute(self._weights, discriminator, inputs, examples, near)

    def temporal_losses(
        self,
        scale: int,
        groups: Sequence[tuple[int, ...]],
        clip: Clip,
        num_past: int,
        generated: tf.Tensor,
        changes: RandomInputs = NO_CHANGES,
    ) -> BothSides:
        """Returns the terms of the temporal discriminator of a scale, of both sides.

        The other arguments are those of `discriminator_inputs.group_inputs`, and
        `changes`.
        """
        inputs = discriminator_inputs.group_inputs(groups, clip, num_past, generated)
        inputs, near = changes(inputs, 0, len(groups[0]), _TEMPORAL + scale)
        discriminator = self._at_scale(self._networks.temporal[scale], len(groups))
        return temporal_terms(scale).compute(
            self._weights, discriminator, inputs, disturbed=near
        )

    def _at_scale(
        self, discriminator: MultiScaleDiscriminator, together: int
    ) -> Discriminator:
        """Returns the discriminator without the copies of finer scales.

        Args:
            discriminator: the whole one.
            together: number of examples of a chunk of one clip.
        """
        return discriminator.of_chunks(self.num_downsamplings, together)
