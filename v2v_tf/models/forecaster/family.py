"""The model family `forecaster`: label maps that come next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from v2v_tf.models.family import ModelFamily

if TYPE_CHECKING:
    from v2v_tf.config import Config
    from v2v_tf.models.forecaster.model import ForecasterModel


class ForecasterFamily(ModelFamily):
    """A generator of label distributions, trained without discriminators."""

    name = "forecaster"
    size_formula = "2^generator.num_downsamples"

    def num_past_frames(self, config: Config) -> int:
        """See base class."""
        return config.generator.num_frames - 1

    def size_multiple(self, config: Config) -> int:
        """See base class."""
        return 2**config.generator.num_downsamples

    def build(self, config: Config) -> ForecasterModel:
        """See base class."""
        from v2v_tf.models.forecaster.model import ForecasterModel

        return ForecasterModel(config)


FAMILY = ForecasterFamily()
