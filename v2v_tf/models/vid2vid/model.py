"""vid2vid as a `keras.Model`: `compile`, `fit`, `evaluate` (spec parts 3 and 4).

One batch is a batch of clips, as `v2v_tf.make_dataset` yields them: a dict of
`conditions` uint8 [B, T, H, W, P], `frames` uint8 [B, T, H, W, 3], `flow` float32
[B, T - 1, H, W, 2] in pixels (frame t + 1 to t), `flow_confidence` float32
[B, T - 1, H, W, 1], `instances` integers [B, T, H, W] where the task has them, and
`faces` int32 [B, T, 4], boxes of faces; without it they are found in `conditions`.
The first n - 1 frames are history, the others are generated.

A step walks a clip in chunks, with one optimiser step a chunk. All losses come from
one forward pass with the discriminators as they were before it; history enters a
chunk without gradient. Under `tf.distribute` every replica walks its share of the
clips, and gradients are added up: build, compile and fit within the strategy's scope.
"""

from __future__ import annotations

import functools
from typing import Any

import tensorflow as tf

from v2v_tf.config import Config
from v2v_tf.models.common.adversarial import AdversarialModel, Batch
from v2v_tf.models.common.discriminators import MultiScaleDiscriminator
from v2v_tf.models.common.moving_average import MovingAverage
from v2v_tf.models.common.training_step import TrainingStep, by_tag
from v2v_tf.models.vid2vid import chunk_losses, flow_stage
from v2v_tf.models.vid2vid.chunk import generate_chunk
from v2v_tf.models.vid2vid.generator import build_generator
from v2v_tf.models.vid2vid.objective import Losses
from v2v_tf.models.vid2vid.states import States
from v2v_tf.models.vid2vid.style_tables import region_ids


class Vid2Vid(AdversarialModel):
    """Generator, discriminators, and how they train.

    Args:
        config: the experiment.

    Raises:
        InputError: a stage that cannot train.

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

    def __init__(self, config: Config, **kwargs: Any) -> None:
        super().__init__(config, **kwargs)
        self.generator = build_generator(config)
        decay = config.optimizer.ema_decay
        self.moving_average = (
            MovingAverage(build_generator(config), decay) if decay else None
        )
        parts = config.discriminator
        sizes = (parts.num_filters, parts.num_layers, parts.num_scales)
        self.image_discriminator = MultiScaleDiscriminator(*sizes, name="image")
        self.temporal_discriminators = [
            MultiScaleDiscriminator(*sizes, name=f"temporal_s{scale}")
            for scale in range(parts.num_temporal_scales)
        ]
        self.face_discriminator = None
        if parts.use_face:
            copies = max(1, parts.num_scales - 2)
            self.face_discriminator = MultiScaleDiscriminator(
                parts.num_filters, parts.num_layers, copies, name="face"
            )
        # Frames before a chunk that a loss may still see: the warp loss the last one,
        # temporal discriminators those that their groups span.
        reach = parts.num_frames ** max(parts.num_temporal_scales - 1, 0)
        self.past_frames = max(reach * (parts.num_frames - 1), 1)
        # A history of zeros has nothing to warp: in training the first chunk is raw,
        # else the first frame (method.md 6.2).
        self._starts_raw = config.generator.first_frames == "zeros"

    def compile(
        self, generator_optimizer: Any, discriminator_optimizer: Any, **kwargs: Any
    ) -> None:
        """Sets the optimisers, by example: every player gets a copy (method.md 4.3)."""
        super().compile(generator_optimizer, discriminator_optimizer, **kwargs)
        compute = functools.partial(chunk_losses.chunk_losses, self)
        self._step = TrainingStep(self, compute)

    def judges(self) -> dict[str, list[tf.keras.Model]]:
        """Image and face discriminator together, and every temporal one."""
        face = [] if self.face_discriminator is None else [self.face_discriminator]
        temporal = {network.name: [network] for network in self.temporal_discriminators}
        return {"image": [self.image_discriminator, *face], **temporal}

    def build_networks(self, height: int, width: int) -> None:
        """Makes every weight, for frames of that size, and every optimiser's slots.

        Optimisers are left out before `compile`.
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
        history = self.generator.num_prev_frames
        output, _ = generate_chunk(
            self.generator,
            self.seen(clip, slice(history, None)),
            self.first_states(clip),
            raw_frames=int(self._starts_raw),
        )
        return output.fake_frames

    @property
    def discriminators(self) -> list[MultiScaleDiscriminator]:
        """All of them: image, face where there is one, temporal."""
        return [network for networks in self.judges().values() for network in networks]

    @property
    def num_scales(self) -> int:
        """Scales that the current stage trains."""
        return self.stage.num_scales or self.experiment.generator.num_scales

    @property
    def halvings(self) -> int:
        """How often frames are halved for the current stage."""
        return self.experiment.generator.num_scales - self.num_scales

    @property
    def stage_variables(self) -> list[tf.Variable]:
        """Weights of the generator that the current stage trains."""
        first = self.num_scales - 1 if self.stage.train_scales == "finest" else 0
        trained = [*self.generator.scales[first : self.num_scales]]
        encoder = self.generator.style_encoder
        if encoder is not None and self.stage.train_scales == "all":
            trained.append(encoder)
        return [v for network in trained for v in network.trainable_variables]

    # Its loops are static: AutoGraph would only lengthen the tracing.
    @tf.autograph.experimental.do_not_convert
    def train_step(self, batch: Batch) -> Losses:
        """Takes one optimiser step per chunk (or one, in a flow stage)."""
        self.make_variables(*batch["frames"].shape[2:4])
        clip = self.encode(batch)
        if self.stage.kind == "flow":
            losses = flow_stage.train(self, clip)
            self.meter.update_state(by_tag({"generator": losses}))
            return self.meter.result()
        history = self.generator.num_prev_frames
        states, past = self.first_states(clip), None
        total, chunk = clip["frames"].shape[1] - history, self.stage.chunk_frames
        for start in range(0, total, chunk):
            stop = min(start + chunk, total)
            window = chunk_losses.cut_window(
                clip, history + start, history + stop, past
            )
            raw = stop - start if self._starts_raw and start == 0 else 0
            result = self._step(window, states, past, raw)
            states, past = result.states, result.frames[:, -self.past_frames :]
            self.meter.update_state(by_tag(result.losses))
        return self.meter.result()

    @tf.autograph.experimental.do_not_convert
    def test_step(self, batch: Batch) -> Losses:
        """Computes the losses of whole clips, free-running, without training."""
        clip = self.encode(batch)
        history, stop = self.generator.num_prev_frames, clip["frames"].shape[1]
        window = chunk_losses.cut_window(clip, history, stop, None)
        states = self.first_states(clip)
        raw = int(self._starts_raw)
        result = chunk_losses.chunk_losses(self, window, states, None, raw)
        losses = by_tag(result.losses)
        # A whole clip may have groups that the stage's clips are too short for.
        self.meter.update_state({k: losses[k] for k in self.meter.names if k in losses})
        return self.meter.result()

    def encode(self, batch: Batch) -> Batch:
        """Also finds faces and regions, where asked for; goes to the stage's scale."""
        clip = super().encode(batch)
        if self.generator.style_encoder is not None:
            regions = self.conditioning.style_regions(
                batch["conditions"], batch.get("instances")
            )
            clip["regions"] = region_ids(*regions)
        if self.face_discriminator is not None and "faces" not in clip:
            clip["faces"] = self.conditioning.face_boxes(clip["conditions"])
        return chunk_losses.at_scale(clip, self.halvings)

    def first_states(self, clip: Batch) -> States:
        """Returns the states before the first generated frame of an encoded clip."""
        history = self.generator.num_prev_frames
        conditions = self.seen(clip, slice(history))
        frames = clip["frames"][:, :history]
        if self._starts_raw:
            frames = tf.zeros_like(frames)
        return self.generator.init_states(conditions, frames, self.num_scales)

    def seen(self, clip: Batch, frames: slice) -> tf.Tensor:
        """Returns what the generator reads of frames of an encoded clip.

        With styles these are those of the real frames: gradients reach the encoder.
        """
        channels = clip["channels"][:, frames]
        if self.generator.style_encoder is None:
            return channels
        real, regions = clip["frames"][:, frames], clip["regions"][:, frames]
        return self.generator.with_styles(channels, real, regions)

    def saved_parts(self) -> dict[str, Any]:
        """Returns all that a checkpoint holds, by name."""
        parts = super().saved_parts()
        parts["temporal_discriminators"] = self.temporal_discriminators
        if self.face_discriminator is not None:
            parts["face_discriminator"] = self.face_discriminator
        return parts
