"""Finds depth maps by a network that a user names: `--network`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from v2v_tf.detection.detector import Detection, Detector, DetectorOptions
from v2v_tf.detection.model_files import ModelFile
from v2v_tf.detection.networks.description import DepthRules
from v2v_tf.errors import InputError

_MAX = int(np.iinfo(np.uint16).max)
# 0 stands for a missing depth, so that many steps are left.
_STEPS = _MAX - 1
_NONE = (
    "annotate --task depth needs a --network, as none comes with the package: a "
    "SavedModel, a .tflite or .onnx file, or hf:NAME@COMMIT of the Hugging Face Hub. "
    "Known to fit: hf:depth-anything/Depth-Anything-V2-Small-hf@"
    "870a35c76c2bc1d82fbde922d95015496cb7dd6c (Apache-2.0; inverse depths, so it takes "
    "a network.json with their scale, and PyTorch). See docs/annotating.md"
)


class NetworkDepth(Detector):
    """Finds the depth of every pixel, in steps of one size for all frames."""

    name = "network-depth"
    task = "depth"
    needs_network = True
    threshold = 0.0  # a map has no confidence

    def __init__(self, options: DetectorOptions | None = None) -> None:
        from v2v_tf.detection.networks.loading import load_network

        options = options or DetectorOptions()
        if options.network is None:
            raise InputError(_NONE)
        if options.labels is not None:
            raise InputError("--labels is for label maps, and depths have no labels")
        self._loaded = load_network(options.network, "depth")
        if self._loaded.depth is None:
            raise InputError(
                f"--network {options.network}: nothing says what its numbers are: "
                'write "depth": {"kind": "depth", "scale": 256} in network.json for '
                'metres, or {"kind": "inverse", "scale": N} for numbers that are '
                "larger nearby"
            )
        self._rules = self._loaded.depth

    def facts(self) -> dict[str, Any]:
        """See base class: what numbers become."""
        return {"depth": asdict(self._rules)}

    def files(self) -> tuple[ModelFile, ...]:
        """See base class."""
        return self._loaded.files

    def detect(
        self, frame: np.ndarray, before: Sequence[Detection] = ()
    ) -> list[Detection]:
        """See base class: one picture of depths."""
        try:
            value = stored(self._loaded.depths(frame), self._rules)
        except InputError as error:
            raise InputError(f"--network {self._loaded.name}: {error}") from error
        height, width = frame.shape[:2]
        box = (0.0, 0.0, float(width), float(height))
        return [Detection(box, 1.0, value)]


def stored(values: np.ndarray, rules: DepthRules) -> np.ndarray:
    """Returns depths as files hold them: larger is farther, and 0 is missing.

    Args:
        values: float [H, W], numbers of a network. What is not finite is missing, and
            so is a depth of 0 or less; an inverse depth below 0 is as far as 0.
        rules: what they are. Depths are multiplied by `scale`; inverse ones too, and
            counted down from 65535, so that an inverse depth of 0 is the farthest.

    Returns:
        uint16 [H, W].

    Raises:
        InputError: a value has no place in 16 bits; it says which scale fits.

    Example:
        ```python
        >>> import numpy as np
        >>> from v2v_tf.detection.networks.description import DepthRules
        >>> stored(np.array([[0.5, 2.0, np.nan]]), DepthRules("depth", 256)).tolist()
        [[128, 512, 0]]
        >>> stored(np.array([[0.5, 2.0, 0.0]]), DepthRules("inverse", 1000)).tolist()
        [[65035, 63535, 65535]]

        ```
    """
    known = np.isfinite(values)
    inverse = rules.kind == "inverse"
    if not inverse:
        known &= values > 0
    numbers = np.where(known, np.maximum(values, 0), 0).astype(np.float64)
    largest = float(numbers.max())
    most = _STEPS if inverse else _MAX
    if np.rint(largest * rules.scale) > most:
        raise InputError(
            f"it answers with {largest:g}, which times the scale {rules.scale:g} is "
            f"above {most}, the most that 16 bits hold: set depth.scale in "
            f"network.json to {0.8 * most / largest:.3g} or less"
        )
    steps = np.rint(numbers * rules.scale)
    steps = _MAX - steps if inverse else np.maximum(steps, 1)
    return np.where(known, steps, 0).astype(np.uint16)
