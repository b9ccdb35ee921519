"""The model family `first_frame`: an image generator, each frame by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from v2v_tf.models.family import ModelFamily

if TYPE_CHECKING:
    from v2v_tf.config import Config
    from v2v_tf.models.first_frame.model import FirstFrameModel


class FirstFrameFamily(ModelFamily):
    """The image generator of pix2pixHD, which makes first frames or every frame."""

    name = "first_frame"
    size_formula = "2^(first_frame.num_downsamples + first_frame.num_enhancers)"

    def num_past_frames(self, config: Config) -> int:
        """See base class."""
        return 0

    def size_multiple(self, config: Config) -> int:
        """See base class."""
        parts = config.first_frame
        return 2 ** (parts.num_downsamples + parts.num_enhancers)

    def build(self, config: Config) -> FirstFrameModel:
        """See base class."""
        from v2v_tf.models.first_frame.model import FirstFrameModel

        return FirstFrameModel(config)


FAMILY = FirstFrameFamily()
