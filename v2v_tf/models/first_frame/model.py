"""The image generator of pix2pixHD as a `keras.Model` (method.md 1.8; losses 3.7).

It makes the first frames of a video, or all frames, each from its own condition. One
batch is the same batch of clips that `vid2vid` takes; `conditions`, `frames` and
`instances` are read. A step walks a clip in chunks, with one optimiser step a chunk, so
that steps and frames compare with those of a video model; but every frame is an
example of its own, and there are no past frames.

The generator reads all encoded channels, the plane of instance edges among them. That
of NVIDIA/vid2vid reads labels alone and cannot tell apart two cars side by side.

References:
    Wang et al., High-Resolution Image Synthesis and Semantic Manipulation with
    Conditional GANs, CVPR 2018, arXiv 1711.11585.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import tensorflow as tf

from v2v_tf.config import Config, StageConfig
from v2v_tf.models.common.adversarial import AdversarialModel
from v2v_tf.models.common.discriminators import MultiScaleDiscriminator
from v2v_tf.models.common.loss_terms import Losses, tag_losses
from v2v_tf.models.common.moving_average import MovingAverage
from v2v_tf.models.common.random_inputs import NO_CHANGES, RandomInputs
from v2v_tf.models.common.staged import Batch
from v2v_tf.models.common.training_step import TrainingStep
from v2v_tf.models.first_frame import objective
from v2v_tf.models.first_frame.build import build_weights
from v2v_tf.models.registry import family_of
from v2v_tf.models.vid2vid.states import merge_time, split_time


class ImageResult(NamedTuple):
    """Result of a forward pass over frames.

    Attributes:
        losses: terms of each sub-network: weighted ones of the
            `generator`, and those of `image`.
    """

    losses: dict[str, Losses]


class FirstFrameModel(AdversarialModel):
    """Trains an image generator and an image discriminator.

    Args:
        config: the experiment, with `model: first_frame`.

    Raises:
        InputError: a stage that cannot train.

    Example:
        ```python
        >>> from v2v_tf import load_config
        >>> model = FirstFrameModel(load_config("test/toy_street_first_frame"))
        >>> model.build_networks(height=32, width=64)
        >>> model.generator.count_params() > 0
        True
        ```
    """

    def __init__(self, config: Config, **kwargs: Any) -> None:
        super().__init__(config, **kwargs)
        family = family_of(config)
        self.generator = family.build_generator(config)
        decay = config.optimizer.ema_decay
        self.moving_average = (
            MovingAverage(family.build_generator(config), decay) if decay else None
        )
        parts = config.discriminator
        self.image_discriminator = MultiScaleDiscriminator(
            parts.num_filters,
            parts.num_layers,
            parts.num_scales,
            norm=parts.norm,
            name="image",
        )

    def compile(
        self, generator_optimizer: Any, discriminator_optimizer: Any, **kwargs: Any
    ) -> None:
        """Sets the optimisers; every sub-network gets a copy (method.md 4.3).

        Arguments are those of `AdversarialModel.compile`.
        """
        super().compile(generator_optimizer, discriminator_optimizer, **kwargs)
        self._step = TrainingStep(self, self._train_losses)

    def loss_names(self, stage: StageConfig) -> list[str]:
        """Returns the names of all losses, the same in every stage."""
        del stage
        return objective.loss_names(self.experiment.losses)

    def discriminator_groups(self) -> dict[str, list[MultiScaleDiscriminator]]:
        """Returns the image discriminator."""
        return {"image": [self.image_discriminator]}

    def build_networks(self, height: int, width: int) -> None:
        """Makes every weight and the variables of every optimiser.

        Before `compile` the optimisers are left out.

        Args:
            height: pixels of the frames.
            width: pixels of the frames.
        """
        channels = self.conditioning.num_channels
        build_weights(self.generator, channels)
        if self.moving_average is not None:
            build_weights(self.moving_average.generator, channels)
        self.image_discriminator(tf.zeros([1, height, width, channels + 3]))
        self.make_slots()

    def call(self, inputs: Batch) -> tf.Tensor:
        """Generates every frame of a batch of clips, float32 [B, T, H, W, 3]."""
        channels = self.encode(inputs)["channels"]
        return split_time(self.generator(merge_time(channels)), channels.shape[1])

    # Its loops are static: AutoGraph would only lengthen the tracing.
    @tf.autograph.experimental.do_not_convert
    def train_step(self, batch: Batch) -> Losses:
        """Takes one optimiser step per chunk."""
        self.make_variables(*batch["frames"].shape[2:4])
        clip = self.encode(batch)
        for start in range(0, clip["frames"].shape[1], self.stage.chunk_frames):
            chunk = slice(start, start + self.stage.chunk_frames)
            result = self._step(clip["channels"][:, chunk], clip["frames"][:, chunk])
            self.meter.update_state(tag_losses(result.losses))
        return self.meter.result()

    @tf.autograph.experimental.do_not_convert
    def test_step(self, batch: Batch) -> Losses:
        """Computes the losses of whole clips, without training."""
        clip = self.encode(batch)
        result = self.image_losses(clip["channels"], clip["frames"])
        self.meter.update_state(tag_losses(result.losses))
        return self.meter.result()

    def _train_losses(self, channels: tf.Tensor, real: tf.Tensor) -> ImageResult:
        """Computes the losses as a step trains on them."""
        step = self.generator_optimizer.iterations
        changes = RandomInputs.of(self.experiment, step)
        return self.image_losses(channels, real, changes)

    def image_losses(
        self,
        channels: tf.Tensor,
        real: tf.Tensor,
        changes: RandomInputs = NO_CHANGES,
    ) -> ImageResult:
        """Generates frames and computes the losses of both sub-networks.

        Args:
            channels: [B, F, H, W, C], the encoded condition of each frame.
            real: float32 [B, F, H, W, 3], range [-1, 1].
            changes: random changes of what the discriminator reads.
        """
        condition = merge_time(channels)
        images = objective.ComparedImages(
            self.generator(condition), merge_time(real), self.perceptual
        )
        weights, discriminator = self.experiment.losses, self.image_discriminator
        return ImageResult(
            objective.compute_losses(weights, discriminator, condition, images, changes)
        )
