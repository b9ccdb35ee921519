"""The model family `vid2vid`: video from conditions, frame after frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

from v2v_tf.models.family import ModelFamily

if TYPE_CHECKING:
    from v2v_tf.config import Config
    from v2v_tf.models.vid2vid.model import Vid2Vid


class Vid2VidFamily(ModelFamily):
    """The sequential generator of the paper, its discriminators and its training."""

    name = "vid2vid"
    size_formula = "2^(generator.num_downsamples + generator.num_scales - 1)"

    def num_past_frames(self, config: Config) -> int:
        """See base class."""
        return config.generator.num_frames - 1

    def size_multiple(self, config: Config) -> int:
        """See base class; a style encoder may divide further than the generator."""
        deepest = config.generator.num_downsamples
        if config.style.num_features:
            deepest = max(deepest, config.style.num_downsamples)
        return 2 ** (deepest + config.generator.num_scales - 1)

    def build(self, config: Config) -> Vid2Vid:
        """See base class."""
        from v2v_tf.models.vid2vid.model import Vid2Vid

        return Vid2Vid(config)


FAMILY = Vid2VidFamily()
