"""The one door to a trained model: `from_pretrained(path)`, for sources and clips."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from v2v_tf.apps.generation.frames import VideoFrame, generate_frames
from v2v_tf.apps.generation.stepper import LoadedModel
from v2v_tf.apps.generation.steppers import load_stepper
from v2v_tf.apps.generation.wishes import Wishes, configured
from v2v_tf.apps.packs.finding import model_folder
from v2v_tf.config import Config
from v2v_tf.data.clips import Clip
from v2v_tf.data.input.stream import draw_pictures, find_sequence
from v2v_tf.inference.frames import Synthesized
from v2v_tf.inference.style_choice import StyleChoice


class Pretrained:
    """Makes videos with a trained model.

    `from_pretrained` returns one.

    Args:
        model: a run or an export, loaded.

    Attributes:
        config: configuration that the model was trained with.
        history: past frames that a frame is made from.
    """

    def __init__(self, model: LoadedModel) -> None:
        self.config: Config = model.config
        self.history = model.history
        self._model = model

    def generate(
        self, source: str | Path, wishes: Wishes | None = None
    ) -> Iterator[VideoFrame]:
        """Generates the frames of one sequence of a source, as they are made.

        Args:
            source: folders of conditions, with or without frames, or a video for a
                model of edges.
            wishes: first frames, style, sizes and the name of the sequence; what
                concerns written files is not used. None for nothing besides.

        Yields:
            Every frame, in order.

        Raises:
            InputError: a source that cannot be used, several sequences of which none is
                named, or first frames that the model never began with.
        """
        wishes = wishes or Wishes()
        config = configured(self.config, wishes)
        sequence = find_sequence(source, config, wishes.sequence)
        pictures = draw_pictures(sequence, config, wishes.sizes)
        return generate_frames(self._model, pictures, wishes.first_frames, wishes.look)

    def rollout(
        self, clip: Clip | Mapping[str, np.ndarray], style: StyleChoice | None = None
    ) -> Synthesized:
        """Makes the frames of a clip of arrays, such as one of prepared records.

        Args:
            clip: `conditions`, `frames` (of these the first `history`; none for a model
                that makes them or begins with zeros) and, where the task uses them,
                `instances`; a mapping of arrays by these names will do.
            style: appearance of the instances, for a model with styles; None for that
                of the clip's first frames.

        Returns:
            T - `history` frames, the first of which belongs to frame `history` of the
            clip, and what the model knows of each.

        Raises:
            InputError: a clip that is too short, lacks something or is of another
                shape or type.
        """
        return self._model.rollout(Clip.of(clip), style)


def from_pretrained(path: str | Path, precision: str | None = None) -> Pretrained:
    """Loads a trained model to make videos with: a run, an export, or a pack.

    Args:
        path: run folder of `v2v-tf train` or `import-nvidia`; a model that `v2v-tf
            export` wrote: a folder of versions, or one of them; or a pack: its folder,
            its name, `https://HOST/NAME.zip#sha256=HASH`, or `hf:ORG/NAME@COMMIT`.
        precision: policy to compute in, `float32` or `mixed_bfloat16`, of a run; None
            for its own.

    Returns:
        The model. Its `generate(source)` yields frames as they are made, and its
        `rollout(clip)` returns those of a clip of arrays.

    Raises:
        InputError: the folder is none of them, its model makes no frames, or a pack
            that cannot be fetched.

    Example:
        ```python
        >>> from v2v_tf import Wishes
        >>> model = from_pretrained("runs/toy")
        >>> frames = list(model.generate("clips", Wishes(sequence="toy_0001")))
        >>> frames[0].origin, frames[-1].origin
        ('given', 'generated')
        >>> frames[-1].image.shape
        (32, 64, 3)

        ```
    """
    folder = model_folder(path)
    return Pretrained(load_stepper(folder, precision, whole_clips=True))
