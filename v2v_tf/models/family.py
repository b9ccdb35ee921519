"""What a model family offers: one home for all that is known of a kind of model.

A family is light: nothing here imports TensorFlow until a network is asked for, so that
configurations load at once.
"""

from __future__ import annotations

import abc
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from v2v_tf.tasks.task import Check

if TYPE_CHECKING:
    from v2v_tf.config import Config, StageConfig
    from v2v_tf.memory.use import MemorySetting
    from v2v_tf.models.common.staged import StagedModel
    from v2v_tf.models.common.weight_pairs import Pair


@dataclass(frozen=True)
class NoOptions:
    """The block of a model family that has no options of its own."""


class ModelFamily(abc.ABC):
    """A kind of model.

    What others need to know of it they read from its traits (`makes_frames`,
    `makes_video`, `makes_first_frames`, `can_be_exported`, `forecasts_labels`): nobody
    compares its name.

    Attributes:
        name: as `Config.model` names it.
        config_class: a frozen dataclass, the block `families.<name>` of configurations.
        size_formula: which keys decide `size_multiple`, for messages.
        title: a few words on how it works, among the facts of a report.
        explanation: a sentence for reports and model cards; `{task}` stands for the
            name of the task.
        reference: the publication, a sentence for model cards; empty for none.
        synthesizer: `module:class` of what makes frames with its generator; None where
            it makes none. The class is called with a configuration and a generator,
            loads a run with `load(run_dir, precision)`, and has `config`, `generator`,
            `history` and `rollout(clip)`, as `inference.loading.AnySynthesizer` says.
        makes_video: whether each frame follows from those before. Its generator then
            works as a `SequentialGenerator`, and its synthesizer as a `Synthesizer`.
        makes_first_frames: whether each frame is made from its own condition alone, so
            that it can begin a video. Its synthesizer then works as a `FrameByFrame`.
        can_be_exported: whether it can become a SavedModel; it then makes videos.
        forecasts_labels: whether it forecasts label maps. Its generator then works as a
            `Forecaster`.
        recomputes_maps: whether `runtime.gradient_checkpointing` changes how it trains.

    Example:
        ```python
        >>> from v2v_tf.config.plugins import MODELS
        >>> family = MODELS.get("first_frame")
        >>> family.makes_frames, family.makes_video
        (True, False)

        ```
    """

    name: ClassVar[str]
    config_class: ClassVar[type] = NoOptions
    size_formula: ClassVar[str]
    title: ClassVar[str]
    explanation: ClassVar[str]
    reference: ClassVar[str] = ""
    synthesizer: ClassVar[str | None] = None
    makes_video: ClassVar[bool] = False
    makes_first_frames: ClassVar[bool] = False
    can_be_exported: ClassVar[bool] = False
    forecasts_labels: ClassVar[bool] = False
    recomputes_maps: ClassVar[bool] = False

    @property
    def makes_frames(self) -> bool:
        """Whether it makes frames: it names what makes them."""
        return self.synthesizer is not None

    @abc.abstractmethod
    def num_past_frames(self, config: Config) -> int:
        """Returns how many frames of a clip the model reads before it makes one."""

    @abc.abstractmethod
    def size_multiple(self, config: Config) -> int:
        """Returns the number of pixels that both sides of frames must divide by."""

    @abc.abstractmethod
    def build(self, config: Config) -> StagedModel:
        """Returns an untrained model, its weights not yet made.

        Raises:
            InputError: a stage that cannot train.
        """

    @abc.abstractmethod
    def build_generator(self, config: Config) -> Any:
        """Returns the untrained network that the model trains as `generator`.

        It is what a run is loaded into, so it has the weights of that of `build`.
        """

    def checks(self, config: Config) -> Iterator[Check]:
        """Yields what a configuration must hold, each with what to say where not."""
        yield from ()

    def check_stage(self, stage: StageConfig, config: Config) -> None:
        """Checks a stage of the curriculum, besides what holds for every model.

        Raises:
            InputError: the stage asks for what the model has not.
        """
        del stage, config

    def kept_maps(self, generator: Any) -> float:
        """Returns the numbers that a generator keeps of a pixel of a frame.

        They are what its backward pass needs, in its finest maps and in coarser ones.

        Args:
            generator: as `build_generator` returns it; its weights need not be made.
        """
        from v2v_tf.models.common.kept_maps import kept_by

        return kept_by(generator)

    def memory_settings(self, config: Config, index: int) -> Iterator[MemorySetting]:
        """Yields the settings of a configuration that would need less memory.

        Those of widths belong to each family; this method yields what all have: clips
        of a step, frames of a chunk, and the size of frames.

        Args:
            config: configuration that is trained.
            index: number of the stage in the curriculum, from 0.
        """
        from v2v_tf.models.common.memory_settings import of_any_model

        return of_any_model(config, index)

    def weight_pairs(
        self, model: StagedModel, other: StagedModel, there: set[str]
    ) -> Iterator[Pair]:
        """Yields the networks that a warm start copies weights between.

        Args:
            model: that begins, built.
            other: built as the run that it begins with was.
            there: the parts of `other` that the run has, as `saved_parts` names them.

        Yields:
            A name for messages, a network of `model`, and its counterpart of `other`;
            None in its place where there is none.
        """
        theirs = other.generator if "generator" in there else None
        yield "generator", model.generator, theirs
