"""vid2vid as a `keras.Model`: `compile`, `fit`, `evaluate` (method.md 3 and 4).

One batch is a batch of clips, as `v2v_tf.make_dataset` yields them: a dict of
`conditions` uint8 [B, T, H, W, P], `frames` uint8 [B, T, H, W, 3], `flow` float32
[B, T - 1, H, W, 2] in pixels (frame t + 1 to t), `flow_confidence` float32
[B, T - 1, H, W, 1], `instances` integers [B, T, H, W] where the task has them, and
`faces` int32 [B, T, 4], boxes of faces; without `faces` they are found in `conditions`.
The first n - 1 frames are past frames, the others are generated.

A step walks a clip in chunks, with one optimiser step a chunk. All losses come from
one forward pass with the discriminators as they were before it; past frames enter a
chunk without gradient. Under `tf.distribute` every replica walks its share of the
clips, and gradients are added up: build, compile and fit within the strategy's scope.
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from v2v_tf.config import Config, StageConfig
from v2v_tf.models.common.adversarial import AdversarialModel
from v2v_tf.models.common.discriminators import MultiScaleDiscriminator
from v2v_tf.models.common.kept_maps import kept_by_discriminator, kept_by_scales
from v2v_tf.models.common.loss_terms import Losses, tag_losses
from v2v_tf.models.common.moving_average import MovingAverage
from v2v_tf.models.common.random_inputs import RandomInputs
from v2v_tf.models.common.staged import Batch
from v2v_tf.models.common.training_step import TrainingStep
from v2v_tf.models.registry import family_of
from v2v_tf.models.vid2vid.chunk import generate_chunk
from v2v_tf.models.vid2vid.clip_windows import at_scale, cut_window
from v2v_tf.models.vid2vid.history_noise import HistoryNoise
from v2v_tf.models.vid2vid.objective import groups_of, loss_names
from v2v_tf.models.vid2vid.stage_objective import ChunkResult, Networks, Objective
from v2v_tf.models.vid2vid.states import States

_SHARE_OF_ZEROS = 0.5  # of the clips of `generator.first_frames=either`


class Vid2Vid(AdversarialModel):
    """Trains a video generator and its discriminators.

    Args:
        config: the experiment.

    Raises:
        InputError: a stage cannot train.

    Example:
        ```python
        >>> import tensorflow as tf
        >>> from v2v_tf import load_config, make_dataset
        >>> config = load_config("test/toy_street")
        >>> model = Vid2Vid(config)
        >>> model.compile(
        ...     generator_optimizer=tf.keras.optimizers.legacy.Adam(2e-4, 0.5),
        ...     discriminator_optimizer=tf.keras.optimizers.legacy.Adam(2e-4, 0.5),
        ... )
        >>> dataset = make_dataset(
        ...     "data/toy", config, num_frames=6, batch_size=1, training=True, seed=1
        ... )
        >>> model.set_stage(config.curriculum[1])
        >>> losses = model.fit(dataset, steps_per_epoch=1, verbose=0).history
        ```
    """

    images_of_a_frame = 3  # the frame without the warp is read too

    def __init__(self, config: Config, **kwargs: Any) -> None:
        super().__init__(config, **kwargs)
        family = family_of(config)
        self.generator = family.build_generator(config)
        decay = config.optimizer.ema_decay
        self.moving_average = (
            MovingAverage(family.build_generator(config), decay) if decay else None
        )
        parts = config.discriminator
        sizes = (parts.num_filters, parts.num_layers, parts.num_scales)
        norm = parts.norm
        self.image_discriminator = MultiScaleDiscriminator(
            *sizes, norm=norm, name="image"
        )
        self.temporal_discriminators = [
            MultiScaleDiscriminator(*sizes, norm=norm, name=f"temporal_s{scale}")
            for scale in range(parts.num_temporal_scales)
        ]
        self.face_discriminator = None
        if parts.use_face:
            copies = max(1, parts.num_scales - 2)
            self.face_discriminator = MultiScaleDiscriminator(
                parts.num_filters, parts.num_layers, copies, norm=norm, name="face"
            )
        # Frames before a chunk that losses still read: the warp loss the last one,
        # temporal discriminators those that their groups span.
        reach = parts.num_frames ** max(parts.num_temporal_scales - 1, 0)
        self.past_frames = max(reach * (parts.num_frames - 1), 1)
        # Past frames of zeros cannot be warped: in training the first chunk is raw,
        # otherwise the first frame (method.md 6.2).
        self._starts_raw = not config.generator.takes_frames

    def compile(
        self, generator_optimizer: Any, discriminator_optimizer: Any, **kwargs: Any
    ) -> None:
        """Sets the optimisers; every sub-network gets a copy (method.md 4.3).

        Arguments are those of `AdversarialModel.compile`.
        """
        super().compile(generator_optimizer, discriminator_optimizer, **kwargs)
        # A step is traced once for each stage, and asks for its objective then.
        self._step = TrainingStep(self, self._chunk)
        self._flow_step = TrainingStep(self, lambda clip: self.objective.flow(clip))

    def loss_names(self, stage: StageConfig) -> list[str]:
        """Returns the names of all losses that a stage computes, as they are logged.

        Args:
            stage: stage of the curriculum.
        """
        return loss_names(self.experiment, stage)

    @property
    def objective(self) -> Objective:
        """The loss terms of the current stage, with the networks of this model."""
        networks = Networks(
            self.generator,
            self.image_discriminator,
            self.temporal_discriminators,
            self.face_discriminator,
            self.perceptual,
        )
        return Objective(self.experiment, self.stage, networks)

    def _chunk(
        self,
        window: Batch,
        states: States,
        past: tf.Tensor | None,
        raw_frames: int,
        raw_clips: tf.Tensor | None,
    ) -> ChunkResult:
        """Computes the losses of a chunk as the stage trains on it."""
        noise, levels = None, self.stage.history_noise
        step = self.generator_optimizer.iterations
        if levels:
            noise = HistoryNoise(levels, self.experiment.seed, step)
        changes = RandomInputs.of(self.experiment, step)
        return self.objective.chunk(
            window, states, past, raw_frames, noise, raw_clips, changes
        )

    def discriminator_groups(self) -> dict[str, list[MultiScaleDiscriminator]]:
        """Returns image and face discriminator together, and every temporal one."""
        face = [] if self.face_discriminator is None else [self.face_discriminator]
        temporal = {network.name: [network] for network in self.temporal_discriminators}
        return {"image": [self.image_discriminator, *face], **temporal}

    def build_networks(self, height: int, width: int) -> None:
        """Makes every weight and the variables of every optimiser.

        Before `compile` the optimisers are left out.

        Args:
            height: pixels of the frames.
            width: pixels of the frames.
        """
        channels = self.conditioning.num_channels
        if not self.generator.built:
            self.generator.build_weights()
        if self.moving_average is not None:
            self.moving_average.generator.build_weights()
        self.image_discriminator(tf.zeros([1, height, width, channels + 3]))
        if self.face_discriminator is not None:
            self.face_discriminator(tf.zeros([1, height, width, channels + 3]))
        group = self.experiment.discriminator.num_frames
        for discriminator in self.temporal_discriminators:
            discriminator(tf.zeros([1, height, width, 3 * group + 2 * (group - 1)]))
        self.make_slots()

    def call(self, inputs: Batch) -> tf.Tensor:
        """Generates the frames of a batch of clips, float32 [B, F, H, W, 3]."""
        clip = self.encode(inputs)
        num_past = self.generator.num_prev_frames
        output, _ = generate_chunk(
            self.generator,
            self.generator.read_clip(clip, slice(num_past, None)),
            self.first_states(clip),
            raw_frames=int(self._starts_raw),
        )
        return output.fake_frames

    @property
    def num_scales(self) -> int:
        """Number of scales that the current stage trains."""
        return self.objective.num_scales

    @property
    def num_downsamplings(self) -> int:
        """Number of times that the current stage halves the sides of frames."""
        return self.objective.num_downsamplings

    @property
    def stage_variables(self) -> list[tf.Variable]:
        """Weights of the generator that the current stage trains."""
        first = self.num_scales - 1 if self.stage.train_scales == "finest" else 0
        trained = [*self.generator.scales[first : self.num_scales]]
        encoder = self.generator.style_encoder
        if encoder is not None and self.stage.train_scales == "all":
            trained.append(encoder)
        return [v for network in trained for v in network.trainable_variables]

    @property
    def kept_maps(self) -> float:
        """See base class: of the scales that the stage trains."""
        first = self.num_scales - 1 if self.stage.train_scales == "finest" else 0
        return kept_by_scales(self.generator.scales[first : self.num_scales])

    def kept_maps_beside(self, num_frames: int) -> float:
        """See base class: of the temporal discriminators too."""
        if self.stage.kind == "flow":
            return 0.0
        kept = super().kept_maps_beside(num_frames)
        parts = self.experiment.discriminator
        before = self.stage.num_frames - num_frames
        for scale, network in enumerate(self.temporal_discriminators):
            groups = groups_of(parts, scale, before, num_frames)
            of_group = kept_by_discriminator(network, self.num_downsamplings)
            kept += 2 * len(groups) * of_group
        return kept

    # Its loops are static: AutoGraph would only lengthen the tracing.
    @tf.autograph.experimental.do_not_convert
    def train_step(self, batch: Batch) -> Losses:
        """Takes one optimiser step per chunk (or one, in a flow stage)."""
        self.make_variables(*batch["frames"].shape[2:4])
        clip = self.encode(batch)
        if self.stage.kind == "flow":
            self.meter.update_state(tag_losses(self._flow_step(clip).losses))
            return self.meter.result()
        num_past = self.generator.num_prev_frames
        may_start_raw = self.experiment.generator.begins_alone
        raw_clips = self._raw_clips(clip)
        states, past = self.first_states(clip, raw_clips), None
        total, chunk = clip["frames"].shape[1] - num_past, self.stage.chunk_frames
        for start in range(0, total, chunk):
            stop = min(start + chunk, total)
            window = cut_window(clip, num_past + start, num_past + stop, past)
            raw = stop - start if may_start_raw and start == 0 else 0
            result = self._step(window, states, past, raw, raw_clips)
            states, past = result.states, result.frames[:, -self.past_frames :]
            self.meter.update_state(tag_losses(result.losses))
        return self.meter.result()

    @tf.autograph.experimental.do_not_convert
    def test_step(self, batch: Batch) -> Losses:
        """Computes the losses of whole clips, free-running, without training."""
        clip = self.encode(batch)
        num_past, stop = self.generator.num_prev_frames, clip["frames"].shape[1]
        window = cut_window(clip, num_past, stop, None)
        states, raw = self.first_states(clip), int(self._starts_raw)
        losses = tag_losses(self.objective.chunk(window, states, None, raw).losses)
        # A whole clip may have groups that the stage's clips are too short for.
        self.meter.update_state({k: losses[k] for k in self.meter.names if k in losses})
        return self.meter.result()

    def encode(self, batch: Batch) -> Batch:
        """Encodes a batch at the scale of the stage, with what its networks read."""
        clip = super().encode(batch)
        if self.generator.style_encoder is not None:
            clip["regions"] = self.reader.region_ids(
                batch["conditions"], batch.get("instances")
            )
        if self.face_discriminator is not None and "faces" not in clip:
            clip["faces"] = self.conditioning.face_boxes(clip["conditions"])
        return at_scale(clip, self.num_downsamplings)

    def _raw_clips(self, clip: Batch) -> tf.Tensor | None:
        """Draws which clips of a step begin with zeros, bool [B]; None for all alike.

        By the seed and the step alone, so an interrupted training draws the same.
        """
        if self.experiment.generator.first_frames != "either":
            return None
        low = tf.cast(self.generator_optimizer.iterations, tf.int32)
        seed = tf.stack([-1 - self.experiment.seed, low])
        count = tf.shape(clip["frames"])[:1]
        return tf.random.stateless_uniform(count, seed) < _SHARE_OF_ZEROS

    def first_states(self, clip: Batch, raw_clips: tf.Tensor | None = None) -> States:
        """Returns the states before the first generated frame of an encoded clip.

        Args:
            clip: encoded.
            raw_clips: bool [B], clips that begin with zeros; None for as all do.
        """
        num_past = self.generator.num_prev_frames
        conditions = self.generator.read_clip(clip, slice(num_past))
        frames = clip["frames"][:, :num_past]
        if self._starts_raw:
            frames = tf.zeros_like(frames)
        elif raw_clips is not None:
            blank = raw_clips[:, None, None, None, None]
            frames = tf.where(blank, tf.zeros_like(frames), frames)
        return self.generator.init_states(conditions, frames, self.num_scales)

    def saved_parts(self) -> dict[str, Any]:
        """Returns all that a checkpoint holds, by name."""
        parts = super().saved_parts()
        parts["temporal_discriminators"] = self.temporal_discriminators
        if self.face_discriminator is not None:
            parts["face_discriminator"] = self.face_discriminator
        return parts
