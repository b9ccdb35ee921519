"""Reads `--style`: the appearance of the instances of a video."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tensorflow as tf

from v2v_tf.config import Config
from v2v_tf.data.input.stream import draw_frames, find_sequence
from v2v_tf.data.sources.base import Sequence
from v2v_tf.errors import InputError
from v2v_tf.inference.condition_reader import StylePainter
from v2v_tf.inference.style_mixture import load_mixture
from v2v_tf.tasks.base import DrawnFrame
from v2v_tf.tasks.registry import task_of

FORMS = "own, sample, index:N or image:PATH"


@dataclass(frozen=True)
class StyleChoice:
    """Names one style for a whole video.

    Attributes:
        kind: `own`, that of its first real frames; `sample`, drawn from the mixtures
            that `styles fit` found, one vector for each instance; `index`, one
            component of each; `image`, that of a frame of another source.
        index: number of the component.
        image: a frame in a source as `prepare` takes it, with its label maps beside.
        seed: seed of a sample.
        label_map: table of label ids or colours that the source of `image` has, as
            `--label-map` takes it; None for that of the model's configuration.
    """

    kind: str = "own"
    index: int = 0
    image: Path | None = None
    seed: int = 0
    label_map: str | None = None

    def table(
        self, run_dir: Path, config: Config, painter: StylePainter
    ) -> np.ndarray | None:
        """Returns the styles, float32 [L, K, F]; None for each clip's own.

        Args:
            run_dir: run folder of the model, which holds its mixtures.
            config: configuration of the model.
            painter: style painter of the model.

        Raises:
            InputError: no mixtures, no such component, an image that cannot be read.
        """
        if self.kind == "own":
            return None
        if self.kind == "image":
            assert self.image is not None
            return _of_image(self.image, config, painter, self.label_map)
        mixture = load_mixture(run_dir, config)
        num_variants = config.style.num_variants
        if self.kind == "index":
            return mixture.component(self.index, num_variants)
        seeds = tf.constant([self.seed], tf.int64)
        return mixture.sample(seeds, num_variants)[0].numpy()


def parse_style(text: str, seed: int = 0) -> StyleChoice:
    """Returns the choice that a text such as `index:2` means.

    Raises:
        InputError: none of the forms.
    """
    kind, _, value = text.partition(":")
    if text in ("own", "sample"):
        return StyleChoice(kind, seed=seed)
    if kind == "index" and re.fullmatch(r"\d+", value):
        return StyleChoice(kind, index=int(value))
    if kind == "image" and value:
        return StyleChoice(kind, image=Path(value))
    raise InputError(f"--style {text}: expected {FORMS}")


def draw_image(path: Path, config: Config, label_map: str | None = None) -> DrawnFrame:
    """Draws a real frame of a source, with the labels that say what it shows.

    Args:
        path: `SOURCE/train_B/SEQUENCE/FRAME.png`.
        config: configuration of the model.
        label_map: table of the source's ids or colours; None for the configuration's.

    Raises:
        InputError: no such frame, or a source that cannot be read.
    """
    if not path.is_file() or len(path.parents) < 3:
        raise InputError(
            f"--style image:{path}: expected a frame of a source as prepare takes it, "
            "such as SOURCE/train_B/SEQUENCE/FRAME.png, whose label maps lie beside"
        )
    if label_map is not None:
        config = task_of(config).with_label_map(config, label_map)
    path = path.resolve()
    sequence = find_sequence(path.parents[2], config, path.parent.name)
    position = _position(sequence, path)
    frames = draw_frames(sequence, config)
    drawn = None
    if position is not None:
        drawn = next(itertools.islice(frames, position, None), None)
    if drawn is None or drawn.frame is None:
        raise InputError(f"--style image:{path}: the source shows no frame there")
    return drawn


def _position(sequence: Sequence, image: Path) -> int | None:
    """Returns which frame of a sequence has a picture; None for none."""
    with sequence.open() as reader:
        for index, frame in enumerate(reader.frames()):
            file = frame.paths.get("image")
            if file is not None and Path(file).resolve() == image:
                return index
    return None


def _of_image(
    path: Path, config: Config, painter: StylePainter, label_map: str | None
) -> np.ndarray:
    drawn = draw_image(path, config, label_map)
    assert drawn.frame is not None
    ids = None if drawn.instances is None else drawn.instances[None]
    return painter.table_of(drawn.planes[None], ids, drawn.frame[None])
