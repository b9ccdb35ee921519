"""A model that trains against discriminators."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from v2v_tf.config import Config
from v2v_tf.losses.perceptual import PerceptualLoss, perceptual_weight
from v2v_tf.models.common.discriminators import MultiScaleDiscriminator
from v2v_tf.models.common.kept_maps import kept_by_discriminator
from v2v_tf.models.common.staged import StagedModel


class AdversarialModel(StagedModel):
    """A generator that is trained against discriminators.

    Sub-classes make `image_discriminator`, besides what `StagedModel` asks for.

    Args:
        config: the experiment.

    Attributes:
        perceptual: the perceptual loss, or None.
        image_discriminator: the discriminator of single frames.
        images_of_a_frame: real and generated images that it reads of each frame.

    Raises:
        InputError: a stage cannot train, or the weights of the VGG loss are missing.
    """

    image_discriminator: MultiScaleDiscriminator
    images_of_a_frame = 2

    def __init__(self, config: Config, **kwargs: Any) -> None:
        super().__init__(config, **kwargs)
        losses = config.losses
        network = (losses.perceptual_weights, losses.perceptual_normalization)
        self.perceptual = (
            PerceptualLoss(*network) if perceptual_weight(losses) else None
        )

    def compile(
        self,
        generator_optimizer: Any,
        discriminator_optimizer: Any,
        **kwargs: Any,
    ) -> None:
        """Sets the optimisers; every sub-network gets a copy (method.md 4.3).

        Args:
            generator_optimizer: optimiser that the generator's is a copy of.
            discriminator_optimizer: optimiser that those of all discriminators are
                copies of.
            **kwargs: arguments of `keras.Model.compile`.
        """
        super().compile(generator_optimizer, discriminator_optimizer, **kwargs)
        of_discriminators = {
            name: self._subnetwork(networks, discriminator_optimizer)
            for name, networks in self.discriminator_groups().items()
        }
        self.subnetworks = {**self.subnetworks, **of_discriminators}

    @property
    def discriminator_optimizer(self) -> Any:
        """The optimiser of the image discriminator and the face discriminator."""
        return self.subnetworks["image"].optimizer

    @property
    def discriminators(self) -> list[MultiScaleDiscriminator]:
        """All discriminators, in the order of their sub-networks."""
        groups = self.discriminator_groups().values()
        return [network for networks in groups for network in networks]

    def kept_maps_beside(self, num_frames: int) -> float:
        """See base class: of the image discriminator, and of the perceptual loss."""
        kept = kept_by_discriminator(self.image_discriminator, self.num_downsamplings)
        perceptual = 0 if self.perceptual is None else self.perceptual.kept_maps
        return num_frames * (self.images_of_a_frame * kept + perceptual)

    @abstractmethod
    def discriminator_groups(self) -> dict[str, list[MultiScaleDiscriminator]]:
        """Returns the discriminators of each sub-network, by the sub-network's name."""

    def saved_parts(self) -> dict[str, Any]:
        """Returns all parts of a checkpoint, by name."""
        return {
            "image_discriminator": self.image_discriminator,
            **super().saved_parts(),
        }
