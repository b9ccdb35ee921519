"""An exported model in this process, rolled out by its own signatures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import tensorflow as tf

from v2v_tf import config as configuration
from v2v_tf.export.versions import EXTRA
from v2v_tf.export.wire_states import PREFIX
from v2v_tf.inference.frames import Synthesized
from v2v_tf.storage.runs import CONFIG_FILE


class ExportedModel:
    """A SavedModel of `v2v-tf export`.

    Args:
        folder: of the version.

    Attributes:
        config: the experiment that it was trained by.
    """

    def __init__(self, folder: Path) -> None:
        self.config = configuration.load_config(folder / EXTRA / CONFIG_FILE)
        self._model = tf.saved_model.load(str(folder))
        self._signatures = self._model.signatures

    def rollout(self, clip: dict[str, np.ndarray]) -> Synthesized:
        """Generates a clip from its first frames, or from none where it begins alone.

        Args:
            clip: `conditions`, `frames` and, where the model uses them, `instances`,
                as of `Synthesizer.rollout`.
        """
        n = self.config.history
        given = {k: clip[k] for k in self._inputs("generate_frame") if k in clip}
        start = "init_states_from_frames"
        first = {k: _batch(array[:n]) for k, array in given.items()}
        if "styles_from_frames" in self._signatures:
            shown = {**first, "frames": _batch(clip["frames"][:n])}
            first |= self._signatures["styles_from_frames"](**shown)
        if start in self._signatures:
            first["frames"] = _batch(clip["frames"][:n])
        else:
            start = "init_states"
        states = self._signatures[start](**first)
        frames: list[dict[str, np.ndarray]] = []
        for index in range(n, len(clip["conditions"])):
            now = {k: _batch(array[index]) for k, array in given.items()}
            outputs = self._signatures["generate_frame"](**now, **states)
            states = {k: v for k, v in outputs.items() if k.startswith(PREFIX)}
            frames.append(
                {k: v.numpy()[0] for k, v in outputs.items() if k not in states}
            )

        def stacked(name: str) -> np.ndarray | None:
            return np.stack([f[name] for f in frames]) if name in frames[0] else None

        fake = stacked("fake_frames")
        assert fake is not None
        return Synthesized(fake, None, None, stacked("flow"), stacked("mask"))

    def _inputs(self, signature: str) -> list[str]:
        return list(self._signatures[signature].structured_input_signature[1])


def _batch(array: np.ndarray) -> tf.Tensor:
    return tf.constant(array)[tf.newaxis]
