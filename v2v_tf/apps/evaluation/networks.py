"""Runs feature networks of others, with weights that the user names.

None comes with the project. Each says what it is, for the table: which file, which
layer, which size, how frames are resized.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from v2v_tf.errors import InputError
from v2v_tf.layers.precision import policy_scope
from v2v_tf.metrics.checks import check_frames
from v2v_tf.storage.files import sha256

_SIDE = 299
_RESIZE = "bilinear with antialiasing"
_BATCH = 4  # pictures or windows in a network at once


class InceptionFeatures:
    """Computes 2048 features of a frame by Keras' InceptionV3, after average pooling.

    Keras' weights are not those of the FID of the literature (another training, another
    resize), so numbers compare only among themselves.

    Args:
        weights: a file of InceptionV3 without its top as Keras saves it, or
            `imagenet`, which Keras fetches.

    Raises:
        InputError: no such file, or not of that network; Keras could not fetch it.
    """

    def __init__(self, weights: str) -> None:
        if weights != "imagenet" and not Path(weights).is_file():
            raise InputError(
                f"--inception: no file '{weights}': give a file of Keras' InceptionV3 "
                "(include_top=False), or 'imagenet' to let Keras fetch its own"
            )
        try:
            with policy_scope("float32"):
                network = tf.keras.applications.InceptionV3(
                    include_top=False,
                    pooling="avg",
                    weights=weights,
                    input_shape=(_SIDE, _SIDE, 3),
                )
        except Exception as error:  # Keras raises whatever its reader does.
            raise InputError(
                f"--inception '{weights}' could not be loaded ({error}): give a file "
                "of Keras' InceptionV3 (include_top=False)"
            ) from error
        digest = hashlib.sha256()
        for array in network.get_weights():
            digest.update(np.ascontiguousarray(array).tobytes())
        self.description: dict[str, Any] = {
            "network": "tf.keras.applications.InceptionV3",
            "file": weights,
            "sha256": None if weights == "imagenet" else sha256(Path(weights)),
            "sha256_of_arrays": digest.hexdigest(),
            "layer": f"{network.layers[-1].name} (pooling='avg')",
            "size": [_SIDE, _SIDE],
            "resize": _RESIZE,
            "range": [-1.0, 1.0],
        }
        self._run = tf.function(
            lambda levels: network(_scaled(levels, (_SIDE, _SIDE)), training=False),
            reduce_retracing=True,
        )

    def features(self, frames: np.ndarray) -> np.ndarray:
        """Returns float64 [T, 2048] of frames, uint8 [T, H, W, 3]."""
        check_frames("frames", frames)
        starts = range(0, len(frames), _BATCH)
        parts = [self._run(tf.constant(frames[i : i + _BATCH])).numpy() for i in starts]
        return np.concatenate(parts).astype(np.float64)


@dataclass(frozen=True)
class VideoNetworkOptions:
    """Says where a video network lies, and which of its tensors to use.

    Attributes:
        path: folder of a SavedModel.
        signature: signature that takes one float32 tensor [N, T, H, W, 3] of range [-1,
            1].
        output: output of the signature; None where it has a single one.
        num_frames: T, where the signature leaves it open.
        size: (height, width), where the signature leaves it open.
    """

    path: Path
    signature: str = "serving_default"
    output: str | None = None
    num_frames: int | None = None
    size: tuple[int, int] | None = None


class VideoNetwork:
    """Runs a SavedModel that turns windows of frames into features.

    Windows follow each other without overlap; what is left at the end of a clip is not
    read. Feature maps are averaged over time and space.

    Args:
        options: network, signature and output.

    Raises:
        InputError: no SavedModel, no such signature or output, an input of another
            shape; clip length or size that neither side names, or both, differently.
    """

    def __init__(self, options: VideoNetworkOptions) -> None:
        path = Path(options.path)
        try:
            self._loaded = tf.saved_model.load(str(path))  # Keeps variables alive.
        except (OSError, ValueError, tf.errors.OpError) as error:
            raise InputError(
                f"--video-network {path} is no SavedModel that loads: {error}"
            ) from error
        signatures = self._loaded.signatures
        self._call = _chosen("signature", options.signature, dict(signatures), path)
        spec = self._input(path)
        outputs = self._call.structured_outputs
        names = sorted(outputs)
        if options.output is None and len(names) != 1:
            raise InputError(
                f"--video-network {path} has the outputs {', '.join(names)}: choose "
                "one with --video-output"
            )
        self._output = names[0] if options.output is None else options.output
        _chosen("output", self._output, outputs, path)
        self.num_frames = int(
            _agreed("--video-frames", options.num_frames, spec.shape[1])
        )
        asked = options.size or (None, None)
        self.size = (
            int(_agreed("--video-size (height)", asked[0], spec.shape[2])),
            int(_agreed("--video-size (width)", asked[1], spec.shape[3])),
        )
        self._batch = int(spec.shape[0] or _BATCH)
        self.description: dict[str, Any] = {
            "network": "SavedModel",
            "file": str(path),
            "sha256": _folder_sha256(path),
            "layer": f"output '{self._output}' of signature '{options.signature}'",
            "clip_frames": self.num_frames,
            "size": list(self.size),
            "resize": _RESIZE,
            "range": [-1.0, 1.0],
        }

    def features(self, frames: np.ndarray) -> np.ndarray:
        """Returns float64 [N, D], one row a window of frames, uint8 [T, H, W, 3].

        Raises:
            InputError: not such a clip, or fewer frames than a window.
        """
        check_frames("frames", frames)
        count = len(frames) // self.num_frames
        if not count:
            raise InputError(
                f"the video network reads windows of {self.num_frames} frames, the "
                f"clip has {len(frames)}: measure longer clips"
            )
        scaled = _scaled(tf.constant(frames[: count * self.num_frames]), self.size)
        shape = (count, self.num_frames, *self.size, 3)
        windows = tf.reshape(scaled, shape).numpy()
        rows = []
        for start in range(0, count, self._batch):
            part = windows[start : start + self._batch]
            # A signature of a fixed batch takes no smaller one.
            missing = self._batch - len(part)
            padded = np.concatenate([part, np.repeat(part[-1:], missing, axis=0)])
            maps = self._call(**{self._name: tf.constant(padded)})[self._output]
            rows.append(maps.numpy().astype(np.float64)[: len(part)])
        maps = np.concatenate(rows)
        return maps.reshape(count, -1, maps.shape[-1]).mean(axis=1)

    def _input(self, path: Path) -> tf.TensorSpec:
        """Returns what the signature takes, and keeps its name."""
        inputs = self._call.structured_input_signature[1]
        (self._name, spec), *others = inputs.items()
        shape = spec.shape
        if others or shape.rank != 5 or shape[-1] != 3 or spec.dtype != tf.float32:
            found = ", ".join(
                f"{n}: {s.dtype.name} {s.shape}" for n, s in inputs.items()
            )
            raise InputError(
                f"--video-network {path}: expected a signature of one tensor float32 "
                f"[N, T, H, W, 3], got {found}: export one that takes that"
            )
        return spec


def _scaled(levels: tf.Tensor, size: tuple[int, int]) -> tf.Tensor:
    """Returns uint8 [T, H, W, 3] resized, float32 in [-1, 1]."""
    images = tf.cast(levels, tf.float32) / 127.5 - 1.0
    return tf.image.resize(images, size, antialias=True)


def _chosen(what: str, name: str, found: dict[str, Any], path: Path) -> Any:
    if name not in found:
        raise InputError(
            f"--video-network {path} has no {what} '{name}', only "
            f"{', '.join(sorted(found)) or 'none'}: choose with --video-{what}"
        )
    return found[name]


def _agreed(option: str, asked: int | None, fixed: int | None) -> int:
    """Returns the one of two numbers that is known."""
    if fixed is None and asked is None:
        raise InputError(f"the video network takes any: name it with {option}")
    if None not in (asked, fixed) and asked != fixed:
        raise InputError(
            f"{option} is {asked}, and the video network takes {fixed} alone: leave "
            "the option out"
        )
    number = fixed if asked is None else asked
    if number is None or number < 1:
        raise InputError(f"{option} must be 1 or more, got {number}")
    return number


def _folder_sha256(folder: Path) -> str:
    """Returns one SHA-256 of names and contents of all files."""
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        digest.update(f"{path.relative_to(folder)} {sha256(path)}\n".encode())
    return digest.hexdigest()
