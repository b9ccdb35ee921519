"""Runs an exported model in this process, by its own signatures."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import tensorflow as tf

from v2v_tf import config as configuration
from v2v_tf.errors import InputError
from v2v_tf.export.versions import EXTRA, METADATA_FILE
from v2v_tf.export.wire_states import PREFIX, finest_frames, past_frames
from v2v_tf.inference.frames import Synthesized
from v2v_tf.storage.runs import CONFIG_FILE

Arrays = Mapping[str, np.ndarray]
Tensors = dict[str, tf.Tensor]


class ExportedModel:
    """Runs a SavedModel of `v2v-tf export` as a server does, without one.

    Clips are arrays by name: `conditions` [T, H, W, P], `frames` uint8
    [n - 1 or more, H, W, 3] and, where the model uses them, `instances` integers
    [T, H, W].

    Args:
        folder: folder of a version.

    Attributes:
        config: configuration that the model was trained with.
        training_labels: label ids of its training clips; None where nobody knows, as of
            exports of version 0.1.
        trained_sizes: (height, width) of the records that it was trained on; empty
            where it does not say.

    Raises:
        InputError: the folder holds no configuration.
        OSError: the folder holds no SavedModel.

    Example:
        ```python
        >>> from pathlib import Path
        >>> from v2v_tf import load_config
        >>> from v2v_tf.data.input.dataset import read_clips
        >>> clip = next(read_clips("data/toy", load_config("test/toy_street")))
        >>> model = ExportedModel(Path("models/vid2vid/1"))
        >>> model.rollout(clip.arrays()).fake_frames.shape
        (6, 32, 64, 3)
        ```
    """

    def __init__(self, folder: Path) -> None:
        self.config = configuration.load_config(folder / EXTRA / CONFIG_FILE)
        facts = folder / EXTRA / METADATA_FILE
        said = json.loads(facts.read_text(encoding="utf-8")) if facts.is_file() else {}
        labels = said.get("training_labels")
        self.training_labels = None if labels is None else tuple(labels)
        self.trained_sizes: tuple[tuple[int, int], ...] = tuple(
            (height, width) for height, width in said.get("trained_sizes", ())
        )
        self._model = tf.saved_model.load(str(folder))
        self._signatures = self._model.signatures
        self._used = list(
            self._signatures["generate_frame"].structured_input_signature[1]
        )

    def begin(self, clip: Arrays, styles: tf.Tensor | None = None) -> Tensors:
        """Returns the states before the first generated frame.

        The clip gives the first frames, and the styles where the model has some; a
        model that begins with zeros is given none.

        Args:
            clip: arrays by name; those of the first n - 1 frames are used.
            styles: float32 [1, L, K, F], of a model with styles; None for those that
                the first frames show.
        """
        n = self.config.history
        first = {name: _batch(clip[name][:n]) for name in self._given(clip)}
        start = "init_states_from_frames"
        if self.has_styles:
            if styles is None:
                styles = self.shown_styles({k: clip[k][:n] for k in clip})
            first["styles"] = styles
        if start in self._signatures:
            first["frames"] = _batch(clip["frames"][:n])
        else:
            start = "init_states"
        return dict(self._signatures[start](**first))

    @property
    def has_styles(self) -> bool:
        """Whether a video is given styles."""
        return "styles_from_frames" in self._signatures

    def shown_styles(self, clip: Arrays) -> tf.Tensor:
        """Returns the styles that frames show, float32 [1, L, K, F].

        Args:
            clip: arrays by name, `frames` among them, all of one length.
        """
        shown = {name: _batch(clip[name]) for name in (*self._given(clip), "frames")}
        return self._signatures["styles_from_frames"](**shown)["styles"]

    def drawn_styles(self, seed: int, component: int = -1) -> tf.Tensor:
        """Returns styles as the training clips have them, float32 [1, L, K, F].

        Args:
            seed: seed of the draw.
            component: component of every class; -1 to draw one.

        Raises:
            InputError: a model without styles.
        """
        if not self.has_styles:
            raise InputError("this exported model has no styles: leave --style out")
        draw = self._signatures["sample_styles"]
        return draw(
            seed=tf.constant([seed], tf.int64),
            component=tf.constant([component], tf.int32),
        )["styles"]

    @property
    def begins_alone(self) -> bool:
        """Whether a video can begin without frames of the caller."""
        return "init_states" in self._signatures

    def begin_alone(self, clip: Arrays, styles: tf.Tensor | None = None) -> Tensors:
        """Returns the states before the first generated frame, of conditions alone.

        Args:
            clip: arrays by name; the conditions of the first n - 1 frames are used.
            styles: float32 [1, L, K, F], of a model with styles.

        Raises:
            InputError: the model must be given its first frames, or its styles.
        """
        if not self.begins_alone:
            raise InputError(
                "this exported model begins with frames that it is given: give real "
                "ones, or export it with --first-frame-model"
            )
        if self.has_styles and styles is None:
            raise InputError(
                "this exported model takes its styles from real frames, and there are "
                "none: choose --style sample, index:N or image:PATH"
            )
        n = self.config.history
        first = {name: _batch(clip[name][:n]) for name in self._given(clip)}
        if self.has_styles:
            first["styles"] = styles
        return dict(self._signatures["init_states"](**first))

    def past_frames(self, states: Tensors) -> np.ndarray:
        """Returns the past frames that states hold, uint8 [n - 1, H, W, 3]."""
        stored = states[finest_frames(self.config.generator.num_scales)]
        return past_frames(stored, self.config.history)[0]

    def step(
        self, clip: Arrays, index: int, states: Tensors
    ) -> tuple[Tensors, Tensors]:
        """Generates one frame.

        Args:
            clip: arrays by name.
            index: position of the frame in the clip, n - 1 for the first generated one.
            states: states of `begin`, or after the frame before.

        Returns:
            What the signature `generate_frame` gives (`fake_frames` uint8
            [1, H, W, 3], and with flow `mask` and `flow`), and the states after it.
        """
        now = {name: _batch(clip[name][index]) for name in self._given(clip)}
        outputs = self._signatures["generate_frame"](**now, **states)
        after = {k: v for k, v in outputs.items() if k.startswith(PREFIX)}
        return {k: v for k, v in outputs.items() if k not in after}, after

    def rollout(self, clip: Arrays, styles: tf.Tensor | None = None) -> Synthesized:
        """Generates a clip from its first frames, or from none where it begins alone.

        Args:
            clip: arrays by name.
            styles: styles of the instances, as `begin` takes them.

        Returns:
            The T - n + 1 generated frames, and their flow and mask where the model has
            them.
        """
        states = self._begun(clip, styles)
        frames: list[dict[str, np.ndarray]] = []
        for index in range(self.config.history, len(clip["conditions"])):
            outputs, states = self.step(clip, index, states)
            frames.append({k: v.numpy()[0] for k, v in outputs.items()})

        def stacked(name: str) -> np.ndarray | None:
            return np.stack([f[name] for f in frames]) if name in frames[0] else None

        fake = stacked("fake_frames")
        assert fake is not None
        return Synthesized(fake, None, None, stacked("flow"), stacked("mask"))

    def _begun(self, clip: Arrays, styles: tf.Tensor | None) -> Tensors:
        if "frames" not in clip and self.begins_alone:
            return self.begin_alone(clip, styles)
        return self.begin(clip, styles)

    def _given(self, clip: Arrays) -> list[str]:
        """Returns the names of the arrays of a clip that every step takes."""
        return [name for name in self._used if name in clip]


def _batch(array: np.ndarray) -> tf.Tensor:
    return tf.constant(array)[tf.newaxis]
