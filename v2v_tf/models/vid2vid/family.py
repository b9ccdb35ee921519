"""The model family `vid2vid`: video from conditions, frame after frame."""

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
    from v2v_tf.models.vid2vid.generator import SequentialGenerator
    from v2v_tf.models.vid2vid.model import Vid2Vid


class Vid2VidFamily(ModelFamily):
    """The sequential generator of the paper, its discriminators and its training."""

    name = "vid2vid"
    size_formula = "2^(generator.num_downsamples + generator.num_scales - 1)"
    title = "vid2vid, frame after frame"
    explanation = (
        "A model that makes video from {task} conditions, frame after frame: it warps "
        "its last frame by a flow that it predicts, and hallucinates what the warp "
        "cannot show."
    )
    reference = (
        "After Wang et al., Video-to-Video Synthesis, NeurIPS 2018, arXiv 1808.06601."
    )
    synthesizer = "v2v_tf.inference.synthesizer:Synthesizer"
    makes_video = True
    can_be_exported = True
    recomputes_maps = True

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

    def build_generator(self, config: Config) -> SequentialGenerator:
        """See base class."""
        from v2v_tf.models.vid2vid.generator import build_generator

        return build_generator(config)

    def checks(self, config: Config) -> Iterator[Check]:
        """See base class: of the style encoder."""
        generator = config.generator
        yield (
            generator.anchor == "none" or generator.first_frames == "given",
            "generator.anchor is a given or generated first frame, and with "
            f"generator.first_frames={generator.first_frames} there may be none: set "
            "one of them to none or given",
        )
        yield (
            generator.first_frames != "either"
            or not config.runtime.gradient_checkpointing,
            "generator.first_frames=either: runtime.gradient_checkpointing begins all "
            "clips alike: set one of them to given or false",
        )
        yield (
            generator.anchor == "none" or not config.runtime.gradient_checkpointing,
            "generator.anchor: runtime.gradient_checkpointing keeps none: set one of "
            "them to none or false",
        )
        style = config.style
        yield (
            min(style.num_features, style.num_downsamples) >= 0
            and min(style.num_filters, style.num_variants) >= 1,
            "style: num_filters and num_variants must be 1 or more, the other numbers "
            "0 or more",
        )

    def check_stage(self, stage: StageConfig, config: Config) -> None:
        """See base class: scales, gradients through time, and what trains flow."""
        check_scales(stage, config)
        check_bptt(stage)
        if stage.bptt_frames > 1 and config.runtime.gradient_checkpointing:
            raise InputError(
                f"stage '{stage.name}': runtime.gradient_checkpointing follows no "
                "gradient from frame to frame: set it to false, or bptt_frames to 1"
            )
        if stage.history_noise and config.runtime.gradient_checkpointing:
            raise InputError(
                f"stage '{stage.name}': runtime.gradient_checkpointing makes frames a "
                "second time, without noise: set it to false, or history_noise to 0"
            )
        losses = config.losses
        has_losses = any((losses.flow, losses.flow_warp, losses.mask))
        if stage.kind == "flow" and not (config.generator.use_flow and has_losses):
            raise InputError(
                f"stage '{stage.name}' trains flow, but generator.use_flow is off or "
                "the weights losses.flow, flow_warp and mask are all 0: leave the "
                "stage out"
            )

    def kept_maps(self, generator: Any) -> float:
        """See base class: of all scales."""
        from v2v_tf.models.common.kept_maps import kept_by_scales

        return kept_by_scales(generator.scales)

    def memory_settings(self, config: Config, index: int) -> Iterator[MemorySetting]:
        """See base class: the width too, and maps that are computed again."""
        from v2v_tf.models.common.memory_settings import of_width, recomputed

        yield from super().memory_settings(config, index)
        yield from of_width("generator.num_filters", config.generator.num_filters)
        yield from recomputed(config, index)

    def weight_pairs(self, model: Any, other: Any, there: set[str]) -> Iterator[Pair]:
        """See base class: scale by scale, then the discriminators."""
        from v2v_tf.models.vid2vid.weight_pairs import weight_pairs

        return weight_pairs(model, other, there)


FAMILY = Vid2VidFamily()
