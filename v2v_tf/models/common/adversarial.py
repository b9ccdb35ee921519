"""What every model here shares: players, stages, a moving average, the means of losses.

`training` sees models through this class alone.
"""

from __future__ import annotations

import dataclasses
from abc import abstractmethod
from typing import Any

import tensorflow as tf

from v2v_tf.config import Config, StageConfig
from v2v_tf.config import checks as config_checks
from v2v_tf.errors import InputError
from v2v_tf.losses.perceptual import PerceptualLoss, perceptual_weight
from v2v_tf.models.common.discriminators import MultiScaleDiscriminator
from v2v_tf.models.common.loss_meter import LossMeter
from v2v_tf.models.common.moving_average import MovingAverage
from v2v_tf.models.common.subnetworks import Player
from v2v_tf.tasks import registry

Batch = dict[str, tf.Tensor]


class AdversarialModel(tf.keras.Model):
    """A generator and discriminators.

    Sub-classes make `generator`, `image_discriminator` and `moving_average`, and say
    how a step trains them.

    Args:
        config: the experiment.

    Attributes:
        experiment: as given.
        conditioning: encodes conditions.
        stage: the current one of the curriculum.
        meter: the means of its losses.
        players: by name, after `compile`.
        perceptual: the VGG loss, or None.

    Raises:
        InputError: a stage that cannot train.
    """

    generator: tf.keras.Model
    image_discriminator: MultiScaleDiscriminator
    moving_average: MovingAverage | None

    def __init__(self, config: Config, **kwargs) -> None:
        super().__init__(**kwargs)
        for stage in config.curriculum:
            config_checks.check_stage(stage, config)
        self.experiment = config
        self.conditioning = registry.create(config)
        losses = config.losses
        vgg = (losses.perceptual_weights, losses.perceptual_normalization)
        self.perceptual = PerceptualLoss(*vgg) if perceptual_weight(losses) else None
        self.players: dict[str, Player] = {}
        self._begin(config.curriculum[0])

    def compile(
        self, generator_optimizer: Any, discriminator_optimizer: Any, **kwargs
    ) -> None:
        """Sets the optimisers, by example: every player gets a copy (method.md 4.3)."""
        super().compile(**kwargs)
        with_scale = self.experiment.runtime.precision == "mixed_float16"
        options = (with_scale, self.experiment.optimizer.clip_norm)
        self.players = {
            "generator": Player([self.generator], generator_optimizer, *options),
            **{
                name: Player(networks, discriminator_optimizer, *options)
                for name, networks in self.judges().items()
            },
        }

    @property
    def generator_optimizer(self) -> Any:
        """The generator's."""
        return self.players["generator"].optimizer

    @property
    def discriminator_optimizer(self) -> Any:
        """That of the image (and face) discriminator; temporal ones have their own.

        None of a model that nobody judges.
        """
        return self.players["image"].optimizer if "image" in self.players else None

    def set_learning_rates(self, generator: float, discriminator: float) -> None:
        """Sets the rate of the generator, and that of all discriminators."""
        for name, player in self.players.items():
            rate = generator if name == "generator" else discriminator
            player.optimizer.learning_rate = rate

    def set_stage(self, stage: StageConfig) -> None:
        """Trains by `stage` from the next `fit` on; call it after `compile`.

        Where the stage trains other weights than the last one, the optimisers forget
        what they gathered.

        Args:
            stage: of the curriculum.

        Raises:
            InputError: a stage that cannot train.
        """
        config_checks.check_stage(stage, self.experiment)
        before = self.stage
        self._begin(stage)
        scales = before.num_scales != stage.num_scales
        trained = (before.kind, before.train_scales)
        if scales or trained != (stage.kind, stage.train_scales):
            self.players["generator"].start_afresh()
        if scales:
            for player in self.players.values():
                player.start_afresh()
        # `fit` caches the traced function and would go on with the last stage.
        self.make_train_function(force=True)

    @abstractmethod
    def judges(self) -> dict[str, list[tf.keras.Model]]:
        """Returns the discriminators of every player but the generator, by name."""

    @abstractmethod
    def loss_names(self, stage: StageConfig) -> list[str]:
        """Returns the names of all losses that a stage computes, as they are logged.

        Args:
            stage: stage of the curriculum.
        """

    @abstractmethod
    def build_networks(self, height: int, width: int) -> None:
        """Makes every weight, for frames of that size, and every optimiser's slots.

        Optimisers are left out before `compile`.
        """

    @property
    def stage_variables(self) -> list[tf.Variable]:
        """Weights of the generator that the current stage trains."""
        return self.generator.trainable_variables

    @property
    def traced_stage(self) -> str:
        """What of the stage a traced step depends on, besides shapes of its inputs."""
        free = {
            *("name", "epochs", "steps_per_epoch", "num_frames", "chunk_frames"),
            *("batch_size", "learning_rate", "end_learning_rate"),
        }
        fields = dataclasses.asdict(self.stage)
        return repr({name: x for name, x in fields.items() if name not in free})

    @property
    def halvings(self) -> int:
        """How often frames are halved for the current stage."""
        return 0

    @property
    def metrics(self) -> list[tf.keras.metrics.Metric]:
        """The means of all losses, reset by `fit` at each epoch."""
        return [self.meter]

    @property
    def preview_generator(self) -> tf.keras.Model:
        """What to generate with: the moving average where there is one."""
        if self.moving_average is None:
            return self.generator
        return self.moving_average.generator

    def encode(self, batch: Batch) -> Batch:
        """Adds `channels`, and puts frames in [-1, 1]."""
        frames = tf.cast(batch["frames"], tf.float32) / 127.5 - 1.0
        channels = self.conditioning.encode(batch["conditions"], batch.get("instances"))
        return {**batch, "frames": frames, "channels": channels}

    def saved_parts(self) -> dict[str, Any]:
        """Returns all that a checkpoint holds, by name."""
        return {"image_discriminator": self.image_discriminator, **self.own_parts()}

    def own_parts(self) -> dict[str, Any]:
        """Returns all of it but discriminators."""
        parts: dict[str, Any] = {
            "generator": self.generator,
            "optimizers": {name: p.optimizer for name, p in self.players.items()},
            "losses": self.meter,
        }
        if self.moving_average is not None:
            parts["moving_average"] = self.moving_average
        return parts

    def after_generator_step(self) -> None:
        """Lets the moving average follow."""
        if self.moving_average is not None:
            self.moving_average.follow(self.generator)

    def make_slots(self) -> None:
        """Makes the optimisers' variables, where `compile` was called."""
        for player in self.players.values():
            player.make_slots()

    def make_variables(self, height: int, width: int) -> None:
        """Makes weights and optimiser slots ahead of tracing, where they are missing.

        A traced function makes variables in its first trace only, but temporal
        networks and their slots come in with later chunks and stages.

        Raises:
            InputError: they are missing, and replicas cannot make them.
        """
        if self.generator.built and all(p.has_slots for p in self.players.values()):
            return
        if tf.distribute.has_strategy():
            raise InputError(
                "with a distribution strategy make the weights first: call "
                "model.build_networks(height, width) in its scope, after compile"
            )
        with tf.init_scope():
            self.build_networks(height, width)

    def _begin(self, stage: StageConfig) -> None:
        self.stage = stage
        self.meter = LossMeter(self.loss_names(stage))
