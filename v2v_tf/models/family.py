"""What a model family offers: one home for all that is known of a kind of model."""

from __future__ import annotations

import abc
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from v2v_tf.config import Config
    from v2v_tf.models.common.adversarial import AdversarialModel


@dataclass(frozen=True)
class NoOptions:
    """The block of a model family that has no options of its own."""


class ModelFamily(abc.ABC):
    """A kind of model, without TensorFlow until one is built.

    Attributes:
        name: as `Config.model` names it.
        config_class: a frozen dataclass, the block `families.<name>` of configurations.
        size_formula: which keys decide `size_multiple`, for messages.

    Example:
        ```python
        >>> from v2v_tf.config import MODELS, load_config
        >>> config = load_config("toy_street")
        >>> family = MODELS.get(config.model)
        >>> family.name, family.num_past_frames(config), family.size_multiple(config)
        ('vid2vid', 2, 4)
        ```
    """

    name: ClassVar[str]
    config_class: ClassVar[type] = NoOptions
    size_formula: ClassVar[str]

    @abc.abstractmethod
    def num_past_frames(self, config: Config) -> int:
        """Returns how many frames of a clip the model reads before it makes one."""

    @abc.abstractmethod
    def size_multiple(self, config: Config) -> int:
        """Returns the number of pixels that both sides of frames must divide by."""

    @abc.abstractmethod
    def build(self, config: Config) -> AdversarialModel:
        """Returns an untrained model, its weights not yet made.

        Raises:
            InputError: a stage that cannot train.
        """
