"""The model family `forecaster`: label maps that come next."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from v2v_tf.config.plugins import TASKS
from v2v_tf.errors import InputError
from v2v_tf.models.family import ModelFamily
from v2v_tf.tasks.task import Check

if TYPE_CHECKING:
    from v2v_tf.config import Config, StageConfig
    from v2v_tf.memory.use import MemorySetting
    from v2v_tf.models.common.weight_pairs import Pair
    from v2v_tf.models.forecaster.model import ForecasterModel
    from v2v_tf.models.forecaster.network import Forecaster


class ForecasterFamily(ModelFamily):
    """A generator of label distributions, trained without discriminators."""

    name = "forecaster"
    size_formula = "2^generator.num_downsamples"
    title = "label maps, the next from the last ones"
    explanation = "A model that forecasts label maps; v2v-tf forecast shows them."
    forecasts_labels = True

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

    def build_generator(self, config: Config) -> Forecaster:
        """See base class."""
        from v2v_tf.models.forecaster.model import build_forecaster

        return build_forecaster(config)

    def checks(self, config: Config) -> Iterator[Check]:
        """See base class: it reads labels at one scale, and makes no frames."""
        has_labels = TASKS.get(config.task).has_labels
        yield (
            has_labels and config.generator.num_scales == 1,
            f"model: {config.model} forecasts labels at one scale, so it needs task: "
            f"{' or '.join(TASKS.names_with('has_labels'))} and generator.num_scales 1",
        )
        yield (
            config.generator.anchor == "none",
            f"generator.anchor keeps a frame in sight, and a {config.model} sees "
            "labels: set it to none",
        )
        yield (
            config.previews.clips == 0,
            f"previews show frames, and a {config.model} makes none: set "
            "previews.clips to 0, and look at forecasts with v2v-tf forecast",
        )

    def check_stage(self, stage: StageConfig, config: Config) -> None:
        """See base class: it trains all that it has, always."""
        asked = (stage.kind, stage.train_scales, stage.num_scales, stage.bptt_frames)
        if asked != ("gan", "all", 0, 1):
            raise InputError(
                f"stage '{stage.name}': kind, train_scales, num_scales and bptt_frames "
                f"are not for a {config.model}, which trains all of its losses and "
                "weights, through all frames of a chunk: leave them out"
            )

    def memory_settings(self, config: Config, index: int) -> Iterator[MemorySetting]:
        """See base class: the width too."""
        from v2v_tf.models.common.memory_settings import of_width

        yield from super().memory_settings(config, index)
        yield from of_width("generator.num_filters", config.generator.num_filters)

    def weight_pairs(self, model: Any, other: Any, there: set[str]) -> Iterator[Pair]:
        """See base class: it is one network."""
        theirs = other.generator if "generator" in there else None
        yield "forecaster", model.generator, theirs


FAMILY = ForecasterFamily()
