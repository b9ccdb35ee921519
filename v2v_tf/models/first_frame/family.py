"""The model family `first_frame`: an image generator, each frame by itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from v2v_tf.errors import InputError
from v2v_tf.models.common.stage_checks import check_bptt, check_scales
from v2v_tf.models.family import ModelFamily
from v2v_tf.tasks.task import Check

if TYPE_CHECKING:
    from v2v_tf.config import Config, StageConfig
    from v2v_tf.memory.use import MemorySetting
    from v2v_tf.models.common.weight_pairs import Pair
    from v2v_tf.models.first_frame.build import ImageNetwork
    from v2v_tf.models.first_frame.model import FirstFrameModel


class FirstFrameFamily(ModelFamily):
    """The image generator of pix2pixHD, which makes first frames or every frame."""

    name = "first_frame"
    size_formula = "2^(first_frame.num_downsamples + first_frame.num_enhancers)"
    title = "single images, each by itself"
    explanation = "A model that makes each frame from its {task} condition alone."
    reference = (
        "After Wang et al., High-Resolution Image Synthesis and Semantic Manipulation "
        "with Conditional GANs, CVPR 2018, arXiv 1711.11585."
    )
    synthesizer = "v2v_tf.inference.frame_by_frame:FrameByFrame"
    makes_first_frames = True

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

    def build_generator(self, config: Config) -> ImageNetwork:
        """See base class."""
        from v2v_tf.models.first_frame.build import build_image_network

        return build_image_network(config)

    def checks(self, config: Config) -> Iterator[Check]:
        """See base class: of its generator."""
        parts = config.first_frame
        yield (
            parts.num_filters >= 1
            and min(parts.num_downsamples, parts.num_blocks) >= 0
            and min(parts.num_enhancers, parts.num_local_blocks) >= 0,
            "first_frame: num_filters must be 1 or more, the other numbers 0 or more",
        )

    def check_stage(self, stage: StageConfig, config: Config) -> None:
        """See base class: single images have no flow, no scales and no past."""
        rules = (
            (
                stage.kind == "flow",
                f"trains flow, and the {config.model} model makes single images: leave "
                "the stage out",
            ),
            (
                stage.train_scales == "finest" or stage.num_scales != 0,
                f"trains some of the scales, and the {config.model} model has no "
                "scales: set train_scales to all and num_scales to 0; for smaller "
                "frames train a run of its own and go on from it with --warm-start",
            ),
            (
                stage.bptt_frames > 1,
                f"follows gradients from frame to frame, and the {config.model} model "
                "makes every frame by itself: set bptt_frames to 1",
            ),
        )
        for is_asked, message in rules:
            if is_asked:
                raise InputError(f"stage '{stage.name}' {message}")
        check_scales(stage, config)
        check_bptt(stage)

    def kept_maps(self, generator: Any) -> float:
        """See base class: each part at the size of its own maps."""
        from v2v_tf.models.common.kept_maps import kept_by_scales
        from v2v_tf.models.first_frame.build import parts_of

        return kept_by_scales(list(parts_of(generator).values())[:-1])  # no head

    def memory_settings(self, config: Config, index: int) -> Iterator[MemorySetting]:
        """See base class: the width too."""
        from v2v_tf.models.common.memory_settings import of_width

        yield from super().memory_settings(config, index)
        yield from of_width("first_frame.num_filters", config.first_frame.num_filters)

    def weight_pairs(self, model: Any, other: Any, there: set[str]) -> Iterator[Pair]:
        """See base class: part by part, then the discriminator."""
        from v2v_tf.models.first_frame.weight_pairs import weight_pairs

        return weight_pairs(model, other, there)


FAMILY = FirstFrameFamily()
