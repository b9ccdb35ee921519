"""A model that trains stage by stage: optimisers, means of losses, moving average.

`training` knows models as `StagedModel` alone.
"""

from __future__ import annotations

import dataclasses
from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from v2v_tf.config import Config, StageConfig
from v2v_tf.config import checks as config_checks
from v2v_tf.config.plugins import MODELS
from v2v_tf.errors import InputError
from v2v_tf.models.common.condition_reader import ConditionReader
from v2v_tf.models.common.loss_meter import LossMeter
from v2v_tf.models.common.moving_average import MovingAverage
from v2v_tf.models.common.subnetworks import Subnetwork

Batch = dict[str, tf.Tensor]


class StagedModel(tf.keras.Model):
    """A generator that is trained stage by stage.

    Sub-classes make `generator` and `moving_average`, name the losses of a stage, and
    define a step of training.

    Args:
        config: the experiment.

    Attributes:
        experiment: the configuration.
        reader: reads conditions.
        conditioning: draws and encodes the conditions of the task.
        stage: the current stage of the curriculum.
        meter: the means of the stage's losses.
        subnetworks: sub-networks by name, each with its optimiser, after `compile`.
        generator: the network that is trained.
        moving_average: the average of the generator's weights, or None.

    Raises:
        InputError: a stage cannot train.
    """

    generator: tf.keras.Model
    moving_average: MovingAverage | None

    def __init__(self, config: Config, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        for stage in config.curriculum:
            config_checks.check_stage(stage, config)
        self.experiment = config
        self.reader = ConditionReader.of(config)
        self.conditioning = self.reader.conditioning
        self.subnetworks: dict[str, Subnetwork] = {}
        self._begin(config.curriculum[0])

    def compile(
        self,
        generator_optimizer: Any,
        discriminator_optimizer: Any,
        **kwargs: Any,
    ) -> None:
        """Sets the optimisers; every sub-network gets a copy (method.md 4.3).

        Args:
            generator_optimizer: optimiser that the generator's is a copy of.
            discriminator_optimizer: optimiser that those of discriminators are copies
                of; not read by a model without discriminators.
            **kwargs: arguments of `keras.Model.compile`.
        """
        del discriminator_optimizer
        super().compile(**kwargs)
        generator = self._subnetwork([self.generator], generator_optimizer)
        self.subnetworks = {"generator": generator}

    @property
    def generator_optimizer(self) -> Any:
        """The optimiser of the generator."""
        return self.subnetworks["generator"].optimizer

    @property
    def discriminator_optimizer(self) -> Any:
        """The optimiser of the image discriminator; None without discriminators."""
        return None

    def set_learning_rates(self, generator: float, discriminator: float) -> None:
        """Sets the learning rate of the generator, and that of all discriminators."""
        for name, subnetwork in self.subnetworks.items():
            rate = generator if name == "generator" else discriminator
            subnetwork.optimizer.learning_rate = rate

    def set_stage(self, stage: StageConfig) -> None:
        """Trains by `stage` from the next `fit` on; call it after `compile`.

        Where the stage trains other weights than the last one, the optimisers forget
        what they gathered.

        Args:
            stage: stage of the curriculum.

        Raises:
            InputError: the stage cannot train.
        """
        config_checks.check_stage(stage, self.experiment)
        before = self.stage
        self._begin(stage)
        scales = before.num_scales != stage.num_scales
        trained = (before.kind, before.train_scales)
        if scales or trained != (stage.kind, stage.train_scales):
            self.subnetworks["generator"].start_afresh()
        if scales:
            for subnetwork in self.subnetworks.values():
                subnetwork.start_afresh()
        # `fit` caches the traced function and would go on with the last stage.
        self.make_train_function(force=True)

    @abstractmethod
    def loss_names(self, stage: StageConfig) -> list[str]:
        """Returns the names of all losses that a stage computes, as they are logged.

        Args:
            stage: stage of the curriculum.
        """

    @abstractmethod
    def build_networks(self, height: int, width: int) -> None:
        """Makes every weight and the variables of every optimiser.

        Before `compile` the optimisers are left out.

        Args:
            height: pixels of the frames.
            width: pixels of the frames.
        """

    @property
    def stage_variables(self) -> list[tf.Variable]:
        """Weights of the generator that the current stage trains."""
        return self.generator.trainable_variables

    @property
    def traced_stage(self) -> str:
        """The part of the stage that a traced step depends on, besides shapes."""
        free = {
            *(
                "name",
                "epochs",
                "extra_epochs",
                "steps_per_epoch",
                "num_frames",
                "chunk_frames",
            ),
            *("batch_size", "learning_rate", "end_learning_rate"),
        }
        fields = dataclasses.asdict(self.stage)
        return repr({name: x for name, x in fields.items() if name not in free})

    @property
    def num_downsamplings(self) -> int:
        """Number of times that the current stage halves the sides of frames."""
        return 0

    @property
    def kept_maps(self) -> float:
        """Numbers that the generator keeps of a pixel for the backward pass.

        Pixels are those of the frames that the current stage trains with.
        """
        family = MODELS.get(self.experiment.model)
        return family.kept_maps(self.generator)

    def kept_maps_beside(self, num_frames: int) -> float:
        """Returns the numbers that other networks keep of a pixel of a chunk's frames.

        Args:
            num_frames: frames of the chunk.
        """
        del num_frames
        return 0.0

    @property
    def metrics(self) -> list[tf.keras.metrics.Metric]:
        """The means of all losses, which `fit` resets at each epoch."""
        return [self.meter]

    @property
    def preview_generator(self) -> tf.keras.Model:
        """The network to generate with: the moving average where there is one."""
        if self.moving_average is None:
            return self.generator
        return self.moving_average.generator

    def encode(self, batch: Batch) -> Batch:
        """Adds `channels`, encoded conditions, and puts frames in [-1, 1]."""
        frames = tf.cast(batch["frames"], tf.float32) / 127.5 - 1.0
        channels = self.reader.channels(batch["conditions"], batch.get("instances"))
        return {**batch, "frames": frames, "channels": channels}

    def saved_parts(self) -> dict[str, Any]:
        """Returns all parts of a checkpoint, by name."""
        optimizers = {name: x.optimizer for name, x in self.subnetworks.items()}
        parts: dict[str, Any] = {
            "generator": self.generator,
            "optimizers": optimizers,
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
        for subnetwork in self.subnetworks.values():
            subnetwork.make_slots()

    def make_variables(self, height: int, width: int) -> None:
        """Makes weights and optimiser slots ahead of tracing, where they are missing.

        A traced function makes variables in its first trace only, but temporal
        networks and their slots come in with later chunks and stages.

        Raises:
            InputError: they are missing, and replicas cannot make them.
        """
        if self.generator.built and all(x.has_slots for x in self.subnetworks.values()):
            return
        if tf.distribute.has_strategy():
            raise InputError(
                "with a distribution strategy make the weights first: call "
                "model.build_networks(height, width) in its scope, after compile"
            )
        with tf.init_scope():
            self.build_networks(height, width)

    def _subnetwork(
        self, networks: Sequence[tf.keras.Model], optimizer: Any
    ) -> Subnetwork:
        with_scale = self.experiment.runtime.precision == "mixed_float16"
        clip_norm = self.experiment.optimizer.clip_norm
        return Subnetwork(networks, optimizer, with_scale, clip_norm)

    def _begin(self, stage: StageConfig) -> None:
        self.stage = stage
        self.meter = LossMeter(self.loss_names(stage))
