"""vid2vid as a `keras.Model`: `compile`, `fit`, `evaluate` (spec parts 3 and 4).

One batch is a batch of clips, as `v2v_tf.data.input.make_dataset` yields them: a
dict of `conditions` uint8 [B, T, H, W, P], `frames` uint8 [B, T, H, W, 3], `flow`
float32 [B, T - 1, H, W, 2] in pixels (frame t + 1 to t), `flow_confidence` float32
[B, T - 1, H, W, 1], `instances` integers [B, T, H, W] where the task has them, and
`faces` int32 [B, T, 4], boxes of faces; without it they are found in `conditions`.
The first n - 1 frames are history, the others are generated.

A step walks a clip in chunks, with one optimiser step a chunk. All losses come from
one forward pass with the discriminators as they were before it; history enters a
frame without gradient.
"""

from __future__ import annotations

import tensorflow as tf

from v2v_tf import config_checks
from v2v_tf.conditioning import registry
from v2v_tf.conditioning.pose_face import face_boxes
from v2v_tf.config import Config, StageConfig
from v2v_tf.losses.perceptual import PerceptualLoss
from v2v_tf.models import objectives
from v2v_tf.models.chunk import generate_chunk
from v2v_tf.models.discriminators import MultiScaleDiscriminator
from v2v_tf.models.optimization import (
    apply_gradients,
    make_slots,
    scaled,
    with_loss_scale,
)
from v2v_tf.models.sequential import States, stack_time
from v2v_tf.models.sequential_generator import build_generator
from v2v_tf.models.temporal import triplet_schedule

FRAME_KEYS = ("channels", "frames", "faces")
FLOW_KEYS = ("flow", "flow_confidence")
Batch = dict[str, tf.Tensor]
Losses = dict[str, tf.Tensor]


class Vid2Vid(tf.keras.Model):
    """Generator, discriminators, and how they train.

    Args:
        config: the experiment.

    Raises:
        InputError: parts that this version lacks, or a stage that cannot train.

    Example:
        ```python
        model = Vid2Vid(config)
        model.compile(
            generator_optimizer=tf.keras.optimizers.Adam(2e-4, beta_1=0.5),
            discriminator_optimizer=tf.keras.optimizers.Adam(2e-4, beta_1=0.5),
        )
        model.fit(dataset, steps_per_epoch=100, epochs=10)
        ```
    """

    def __init__(self, config: Config, **kwargs) -> None:
        super().__init__(**kwargs)
        for stage in config.curriculum:
            config_checks.check_stage(stage, config)
        self.experiment = config
        self.conditioning = registry.create(config)
        self.generator = build_generator(config)
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
        losses = config.losses
        use_vgg = losses.perceptual > 0 and losses.perceptual_weights != "none"
        vgg = (losses.perceptual_weights, losses.perceptual_normalization)
        self.perceptual = PerceptualLoss(*vgg) if use_vgg else None
        # Frames before a chunk that a loss may still see: the warp loss the last one,
        # temporal discriminators those that their groups span.
        reach = parts.num_frames ** max(parts.num_temporal_scales - 1, 0)
        self.past_frames = max(reach * (parts.num_frames - 1), 1)
        # A history of zeros has nothing to warp: in training the first chunk is raw,
        # else the first frame (spec 1.8).
        self._starts_raw = config.generator.first_frames == "zeros"
        self.stage = config.curriculum[0]
        self._trackers: dict[str, tf.keras.metrics.Mean] = {}

    def compile(
        self,
        generator_optimizer: tf.keras.optimizers.Optimizer,
        discriminator_optimizer: tf.keras.optimizers.Optimizer,
        **kwargs,
    ) -> None:
        """Sets the optimisers; one Adam serves all discriminators.

        Their losses share no weight, so this equals an optimiser for each.
        """
        super().compile(**kwargs)
        # Traced once for each number of past frames, not once for each chunk.
        self._chunk_step = tf.function(self._one_chunk, autograph=False)
        if self.experiment.runtime.precision == "mixed_float16":
            generator_optimizer = with_loss_scale(generator_optimizer)
            discriminator_optimizer = with_loss_scale(discriminator_optimizer)
        self.generator_optimizer = generator_optimizer
        self.discriminator_optimizer = discriminator_optimizer

    def set_stage(self, stage: StageConfig) -> None:
        """Trains by `stage` from the next `fit` on; call it after `compile`.

        Raises:
            InputError: a stage that cannot train.
        """
        config_checks.check_stage(stage, self.experiment)
        self.stage = stage
        self._trackers = {}
        # `fit` caches the traced function and would go on with the last stage.
        self.make_train_function(force=True)

    def build_networks(self, height: int, width: int) -> None:
        """Makes every weight, for frames of that size."""
        channels = self.conditioning.num_channels
        self.generator.build_weights()
        self.image_discriminator(tf.zeros([1, height, width, channels + 3]))
        if self.face_discriminator is not None:
            self.face_discriminator(tf.zeros([1, height, width, channels + 3]))
        group = self.experiment.discriminator.num_frames
        for discriminator in self.temporal_discriminators:
            discriminator(tf.zeros([1, height, width, 3 * group + 2 * (group - 1)]))

    def call(self, inputs: Batch) -> tf.Tensor:
        """Generates the frames of a batch of clips, float32 [B, F, H, W, 3]."""
        clip = self._encode(inputs)
        history = self.experiment.generator.num_frames - 1
        output, _ = generate_chunk(
            self.generator,
            clip["channels"][:, history:],
            self._first_states(clip),
            raw_frames=int(self._starts_raw),
        )
        return output.fake_frames

    @property
    def metrics(self) -> list[tf.keras.metrics.Metric]:
        """The mean of every loss, reset by `fit` at each epoch."""
        return list(self._trackers.values())

    @property
    def discriminators(self) -> list[MultiScaleDiscriminator]:
        """All of them: image, face where there is one, temporal."""
        face = [] if self.face_discriminator is None else [self.face_discriminator]
        return [self.image_discriminator, *face, *self.temporal_discriminators]

    @property
    def discriminator_variables(self) -> list[tf.Variable]:
        """Trainable weights of all discriminators."""
        networks = self.discriminators
        return [v for network in networks for v in network.trainable_variables]

    @property
    def stage_variables(self) -> list[tf.Variable]:
        """Weights of the generator that the current stage trains."""
        if self.stage.train_scales == "finest":
            return self.generator.scales[-1].trainable_variables
        return self.generator.trainable_variables

    # Its loops are static: AutoGraph would only lengthen the tracing.
    @tf.autograph.experimental.do_not_convert
    def train_step(self, batch: Batch) -> Losses:
        """Takes one optimiser step per chunk (or one, in a flow stage)."""
        clip = self._encode(batch)
        self._make_variables(*clip["frames"].shape[2:4])
        if self.stage.kind == "flow":
            return self._flow_step(clip)
        history = self.experiment.generator.num_frames - 1
        states, past = self._first_states(clip), None
        total, chunk = clip["frames"].shape[1] - history, self.stage.chunk_frames
        for start in range(0, total, chunk):
            stop = min(start + chunk, total)
            window = _window(clip, history + start, history + stop, past)
            raw = stop - start if self._starts_raw and start == 0 else 0
            losses, states, generated = self._chunk_step(
                window, states, past, raw_frames=raw
            )
            past = generated[:, -self.past_frames :]
            self._track(losses)
        return self._results()

    @tf.autograph.experimental.do_not_convert
    def test_step(self, batch: Batch) -> Losses:
        """Computes the losses of whole clips, free-running, without training."""
        clip = self._encode(batch)
        history = self.experiment.generator.num_frames - 1
        window = _window(clip, history, clip["frames"].shape[1], None)
        losses, _, _ = self._chunk_losses(
            window, self._first_states(clip), None, raw_frames=int(self._starts_raw)
        )
        self._track(losses)
        return self._results()

    def _make_variables(self, height: int, width: int) -> None:
        """Makes weights and optimiser slots ahead of tracing.

        A traced function makes variables in its first trace only, but temporal
        networks and their slots come in with later chunks and stages.
        """
        with tf.init_scope():
            if not self.generator.built:
                self.build_networks(height, width)
            make_slots(self.generator_optimizer, self.generator.trainable_variables)
            make_slots(self.discriminator_optimizer, self.discriminator_variables)

    def _encode(self, batch: Batch) -> Batch:
        """Adds what networks read: `channels`, and frames in [-1, 1]."""
        frames = tf.cast(batch["frames"], tf.float32) / 127.5 - 1.0
        channels = self.conditioning.encode(batch["conditions"], batch.get("instances"))
        clip = {**batch, "frames": frames, "channels": channels}
        if self.face_discriminator is not None and "faces" not in clip:
            pose = self.experiment.conditioning.pose
            clip["faces"] = face_boxes(clip["conditions"], pose)
        return clip

    def _first_states(self, clip: Batch) -> States:
        history = self.experiment.generator.num_frames - 1
        frames = clip["frames"][:, :history]
        if self.experiment.generator.first_frames == "zeros":
            frames = tf.zeros_like(frames)
        return self.generator.init_states(clip["channels"][:, :history], frames)

    def _one_chunk(
        self, window: Batch, states: States, past: tf.Tensor | None, raw_frames: int
    ) -> tuple[dict[str, Losses], States, tf.Tensor]:
        """Trains both players on one chunk; arguments as of `_chunk_losses`."""
        players = (
            ("generator", self.generator_optimizer, self.stage_variables),
            (
                "discriminator",
                self.discriminator_optimizer,
                self.discriminator_variables,
            ),
        )
        with tf.GradientTape(persistent=True) as tape:
            losses, states, generated = self._chunk_losses(
                window, states, past, raw_frames
            )
            totals = {
                group: scaled(_total(group, losses[group]), optimizer)
                for group, optimizer, _ in players
            }
        # All gradients before any step: the losses are of one forward pass.
        gradients = [tape.gradient(totals[group], v) for group, _, v in players]
        del tape
        for (_, optimizer, variables), found in zip(players, gradients, strict=True):
            apply_gradients(optimizer, found, variables)
        return losses, states, generated

    def _chunk_losses(
        self, window: Batch, states: States, past: tf.Tensor | None, raw_frames: int
    ) -> tuple[dict[str, Losses], States, tf.Tensor]:
        """Generates a chunk and computes both players' losses.

        Args:
            window: the real side: one frame, the `past` frames, and the chunk.
            states: before the chunk.
            past: float32 [B, P, H, W, 3], generated before the chunk and still of
                interest to a loss; None at the start of a clip.
            raw_frames: so many of the first frames leave the warp out.

        Returns:
            Weighted losses of the `generator` and losses of the `discriminator`;
            the states after the chunk; `past` and the chunk's frames.
        """
        config = self.experiment
        start = 0 if past is None else past.shape[1]
        stop = window["frames"].shape[1] - 1
        channels = window["channels"][:, 1 + start :]
        output, next_states = generate_chunk(
            self.generator, channels, states, raw_frames
        )
        target = objectives.targets(window, 1, start, stop)
        before = target.previous[:, 0] if past is None else past[:, -1]
        losses = objectives.frame_losses(
            config, output, target, tf.stop_gradient(before), self.perceptual
        )
        image, discriminator = objectives.judge_frames(
            config, self.image_discriminator, channels, target.frames, output
        )
        losses.update(image)
        if self.face_discriminator is not None:
            boxes = window["faces"][:, 1 + start :]
            face, judged = objectives.judge_faces(
                config, self.face_discriminator, channels, boxes, target.frames, output
            )
            losses.update(face)
            discriminator.update(judged)

        frames = output.fake_frames
        if past is not None:
            frames = tf.concat([tf.stop_gradient(past), frames], axis=1)
        parts = config.discriminator
        for scale, network in enumerate(self.temporal_discriminators):
            groups = triplet_schedule(
                start, stop - start, parts.num_frames, scale, parts.num_temporal_scales
            )
            if groups:
                temporal, judged = objectives.judge_groups(
                    config, network, scale, groups, window, 1, frames
                )
                losses.update(temporal)
                discriminator.update(judged)
        both = {"generator": losses, "discriminator": discriminator}
        return both, next_states, frames

    def _flow_step(self, clip: Batch) -> Losses:
        """Trains flow alone, every frame from real history, all frames at once."""
        config = self.experiment
        history = config.generator.num_frames - 1
        num_frames = clip["frames"].shape[1] - history
        windows = objectives.sliding(clip["channels"], history + 1, num_frames)
        previous = objectives.sliding(clip["frames"], history, num_frames)
        target = objectives.flatten(objectives.targets(clip, history, 0, num_frames))
        variables, optimizer = self.stage_variables, self.generator_optimizer
        with tf.GradientTape() as tape:
            states = self.generator.init_states(windows[:, :history], previous)
            outputs = self.generator(
                stack_time(windows), tuple(map(stack_time, states.frames))
            )
            losses = objectives.flow_losses(config, outputs[-1], target)
            total = scaled(_total("generator", losses), optimizer)
        apply_gradients(optimizer, tape.gradient(total, variables), variables)
        self._track({"generator": losses})
        return self._results()

    def _track(self, losses: dict[str, Losses]) -> None:
        for group, terms in losses.items():
            for name, value in {"total": _total(group, terms), **terms}.items():
                tag = f"{group}/{name}"
                if tag not in self._trackers:
                    # Variables made inside a trace would cost a second trace.
                    with tf.init_scope():
                        self._trackers[tag] = tf.keras.metrics.Mean(name=tag)
                self._trackers[tag].update_state(value)

    def _results(self) -> Losses:
        return {tag: tracker.result() for tag, tracker in self._trackers.items()}


def _total(group: str, losses: Losses) -> tf.Tensor:
    """Returns what a player minimises; discriminators half their sum (spec 3.7)."""
    total = tf.add_n(list(losses.values()))
    return 0.5 * total if group == "discriminator" else total


def _window(clip: Batch, first: int, last: int, past: tf.Tensor | None) -> Batch:
    """Cuts frames first .. last - 1 of a clip, with `past` and one more before."""
    begin = first - 1 - (0 if past is None else past.shape[1])
    cut = {name: clip[name][:, begin:last] for name in FRAME_KEYS if name in clip}
    pairs = {name: clip[name][:, begin : last - 1] for name in FLOW_KEYS}
    return {**cut, **pairs}
