"""The network of single images as a `keras.Model` (method.md 1.8; losses 3.7).

It makes the first frames of a video, or all of them, each from its own condition. One
batch is the same batch of clips that `vid2vid` takes; of it `conditions`, `frames` and
`instances` are read. A step walks a clip in chunks, with one optimiser step a chunk, so
that steps and frames compare with those of a video model; but every frame is an
example of its own, and there is no history.

It reads all encoded channels, the plane of instance edges among them. The original's
reads labels alone, so that two cars side by side are one to it.

References:
    Wang et al., High-Resolution Image Synthesis and Semantic Manipulation with
    Conditional GANs, CVPR 2018, arXiv 1711.11585.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import tensorflow as tf

from v2v_tf.config import Config
from v2v_tf.models.common.adversarial import AdversarialModel, Batch
from v2v_tf.models.common.adversarial_terms import Losses, judge_images
from v2v_tf.models.common.discriminators import MultiScaleDiscriminator
from v2v_tf.models.common.moving_average import MovingAverage
from v2v_tf.models.common.training_step import TrainingStep, by_tag
from v2v_tf.models.first_frame.build import build_image_network, build_weights
from v2v_tf.models.vid2vid.states import merge_time, split_time


class ImageResult(NamedTuple):
    """What a forward pass over frames gives.

    Attributes:
        losses: weighted terms of the `generator`, terms of `image`.
    """

    losses: dict[str, Losses]


class FirstFrameModel(AdversarialModel):
    """A generator of single images, an image discriminator, and how they train.

    Args:
        config: the experiment, of `model: first_frame`.

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
        self.generator = build_image_network(config)
        decay = config.optimizer.ema_decay
        self.moving_average = (
            MovingAverage(build_image_network(config), decay) if decay else None
        )
        parts = config.discriminator
        self.image_discriminator = MultiScaleDiscriminator(
            parts.num_filters, parts.num_layers, parts.num_scales, name="image"
        )

    def compile(
        self, generator_optimizer: Any, discriminator_optimizer: Any, **kwargs: Any
    ) -> None:
        """Sets the optimisers, by example: every player gets a copy (method.md 4.3)."""
        super().compile(generator_optimizer, discriminator_optimizer, **kwargs)
        self._step = TrainingStep(self, self.image_losses)

    def judges(self) -> dict[str, list[tf.keras.Model]]:
        """The image discriminator."""
        return {"image": [self.image_discriminator]}

    def build_networks(self, height: int, width: int) -> None:
        """Makes every weight, for frames of that size, and every optimiser's slots.

        Optimisers are left out before `compile`.
        """
        channels = self.conditioning.num_channels
        build_weights(self.generator, channels)
        if self.moving_average is not None:
            build_weights(self.moving_average.generator, channels)
        self.image_discriminator(tf.zeros([1, height, width, channels + 3]))
        self.make_slots()

    def call(self, inputs: Batch) -> tf.Tensor:
        """Generates every frame of a batch of clips, float32 [B, T, H, W, 3]."""
        return self._generate(self.encode(inputs)["channels"])

    # Its loops are static: AutoGraph would only lengthen the tracing.
    @tf.autograph.experimental.do_not_convert
    def train_step(self, batch: Batch) -> Losses:
        """Takes one optimiser step per chunk."""
        self.make_variables(*batch["frames"].shape[2:4])
        clip = self.encode(batch)
        for start in range(0, clip["frames"].shape[1], self.stage.chunk_frames):
            chunk = slice(start, start + self.stage.chunk_frames)
            result = self._step(clip["channels"][:, chunk], clip["frames"][:, chunk])
            self.meter.update_state(by_tag(result.losses))
        return self.meter.result()

    @tf.autograph.experimental.do_not_convert
    def test_step(self, batch: Batch) -> Losses:
        """Computes the losses of whole clips, without training."""
        clip = self.encode(batch)
        result = self.image_losses(clip["channels"], clip["frames"])
        self.meter.update_state(by_tag(result.losses))
        return self.meter.result()

    def image_losses(self, channels: tf.Tensor, real: tf.Tensor) -> ImageResult:
        """Generates frames and computes the losses of both players.

        Args:
            channels: [B, F, H, W, C], the encoded condition of each frame.
            real: float32 [B, F, H, W, 3], range [-1, 1].
        """
        weights = self.experiment.losses
        fake = self._generate(channels)
        losses: Losses = {}
        if weights.l1:
            losses["l1"] = weights.l1 * tf.reduce_mean(tf.abs(fake - real))
        if self.perceptual is not None:
            error = self.perceptual(merge_time(fake), merge_time(real))
            losses["perceptual"] = weights.perceptual * error
        image, judged = judge_images(
            self.experiment, self.image_discriminator, channels, real, [fake]
        )
        return ImageResult({"generator": losses | image, "image": judged})

    def _generate(self, channels: tf.Tensor) -> tf.Tensor:
        """Maps [B, F, H, W, C] to frames [B, F, H, W, 3], all at once."""
        return split_time(self.generator(merge_time(channels)), channels.shape[1])
