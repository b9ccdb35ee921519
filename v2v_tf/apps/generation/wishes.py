"""What a user may ask of a generation besides its source."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path

from v2v_tf.apps.generation.beginning import Beginning
from v2v_tf.apps.generation.recording import Forms
from v2v_tf.config import Config
from v2v_tf.data.input.stream import Sizes
from v2v_tf.inference.style_choice import StyleChoice
from v2v_tf.tasks.registry import task_of


@dataclass(frozen=True)
class Wishes:
    """Holds what a user may ask of a generation besides its source.

    Attributes:
        first_frames: what videos begin with; None for the default of the model.
        style: appearance, of a model with styles; None for that of the first frames.
        sizes: sizes of source and network; None for those that follow.
        sequence: name of the one sequence to generate; None for all.
        max_gap: see `data.max_gap`; None for that of the model's configuration.
        label_map: table of the source's label ids or colours, as `--label-map` takes
            it; None for that of the model's configuration.
        fps: frames a second, above 0, also in place of the times of a video, whose
            sound is then left out; None for the source's own.
        audio: whether the sound of a source video is taken along.
        forms: what is written.

    Example:
        ```python
        >>> from v2v_tf.apps.generation.beginning import parse_beginning
        >>> wishes = Wishes(parse_beginning("zeros"), fps=24.0)
        >>> str(wishes.first_frames), wishes.audio
        ('nothing: the model makes them itself', True)

        ```
    """

    first_frames: Beginning | None = None
    style: StyleChoice | None = None
    sizes: Sizes = field(default_factory=Sizes)
    sequence: str | None = None
    max_gap: int | None = None
    label_map: str | None = None
    fps: float | None = None
    audio: bool = True
    forms: Forms = field(default_factory=Forms)

    @property
    def look(self) -> StyleChoice | None:
        """The style, read by the same table of labels as the source."""
        if self.style is None or self.style.label_map is not None:
            return self.style
        return dataclasses.replace(self.style, label_map=self.label_map)

    def files(self) -> list[Path]:
        """Returns the files that are named, which no output may replace."""
        named = [
            None if self.first_frames is None else self.first_frames.image,
            None if self.style is None else self.style.image,
            Path(self.label_map) if self.label_map else None,
        ]
        return [path for path in named if path is not None and path.is_file()]


def configured(config: Config, wishes: Wishes) -> Config:
    """Returns the configuration by which a source is read."""
    if wishes.label_map is not None:
        config = task_of(config).with_label_map(config, wishes.label_map)
    if wishes.max_gap is None:
        return config
    data = dataclasses.replace(config.data, max_gap=wishes.max_gap)
    return dataclasses.replace(config, data=data)
