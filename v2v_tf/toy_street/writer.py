"""Writes toy street clips in NVIDIA/vid2vid's folder layout (method.md 5.1).

Beside its folders (train_A label ids, train_B frames, train_inst instance ids) lie
what only this world knows: train_depth, and train_flow and train_visible, for frames 1
and later under the name of the frame that the flow lies on.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import cv2
import numpy as np
from tqdm.auto import tqdm

from v2v_tf.data.flow import encode_flow
from v2v_tf.errors import InputError
from v2v_tf.toy_street.street import ToyFrame, ToyStreet, check_size

FOLDERS = (
    *("train_A", "train_B", "train_inst"),
    *("train_depth", "train_flow", "train_visible"),
)
# As KITTI's depth maps: 256 steps a metre, 0 where there is no depth.
DEPTH_STEPS = 256


def write_clips(
    output: str | Path,
    num_clips: int,
    num_frames: int,
    size: tuple[int, int],
    seed: int,
    overwrite: bool = False,
) -> None:
    """Writes clips `toy_0000`, `toy_0001`, ... of frames `000000.png`, ...

    train_A is 8-bit single channel, train_B 8-bit RGB, train_inst 16-bit single
    channel, train_depth of 16 bits too (metres * 256, at most 65535, and 0 for sky),
    train_flow a KITTI 16-bit PNG whose valid channel is the visibility, train_visible
    8-bit, 0 or 255. A clip is drawn from (seed, its number) and appears whole or not
    at all.

    Args:
        output: the folder; made where it is missing.
        num_clips: 1 or more.
        num_frames: 2 or more, so that every clip has flow.
        size: (height, width), pixels.
        seed: 0 or more.
        overwrite: replace the clips of an earlier call. Other files stay.

    Raises:
        InputError: an argument out of its range; `output` holds anything and
            `overwrite` is not set, or its clips are not of a toy street.

    Example:
        ```python
        >>> from pathlib import Path
        >>> write_clips("drawn", num_clips=2, num_frames=3, size=(32, 64), seed=1)
        >>> sorted(path.name for path in Path("drawn/train_A").iterdir())
        ['toy_0000', 'toy_0001']
        ```
    """
    output = Path(output)
    if num_clips < 1:
        raise InputError(f"expected 1 clip or more, got {num_clips}")
    if num_frames < 2:
        raise InputError(f"a clip with flow needs 2 frames or more, got {num_frames}")
    if seed < 0:
        raise InputError(f"a seed must be 0 or more, got {seed}")
    check_size(size)
    _clear(output, overwrite)
    with tqdm(total=num_clips * num_frames, unit="frame", disable=None) as progress:
        for clip in range(num_clips):
            name = f"toy_{clip:04d}"
            progress.set_description(name)
            street = ToyStreet((seed, clip), size, num_frames)
            _write_clip(output, name, street, progress)


def _clear(output: Path, overwrite: bool) -> None:
    """Makes room for new clips, or says why it does not."""
    if output.exists() and not output.is_dir():
        raise InputError(f"{output} is a file: name a folder")
    if output.is_dir() and any(output.iterdir()):
        if not overwrite:
            raise InputError(
                f"{output} is not empty: name another folder, or pass --overwrite to "
                "replace the clips in it"
            )
        old = [output / name for name in FOLDERS if (output / name).exists()]
        for folder in old:
            foreign = [p for p in folder.iterdir() if not p.name.startswith("toy_")]
            if foreign:
                raise InputError(
                    f"{foreign[0]} is no clip of a toy street: name another folder"
                )
        # What an interrupted call left is hidden, and named by its clip.
        for folder in (*old, *output.glob(".toy_*")):
            shutil.rmtree(folder)
    for name in FOLDERS:
        (output / name).mkdir(parents=True, exist_ok=True)


def _write_clip(output: Path, name: str, street: ToyStreet, progress: tqdm) -> None:
    """Writes one clip aside and moves it in place, labels last."""
    partial = Path(tempfile.mkdtemp(prefix=f".{name}.", dir=output))
    try:
        for folder in FOLDERS:
            (partial / folder).mkdir()
        for t in range(street.num_frames):
            files = _encode(street.frame(t), first=t == 0)
            files["train_depth"] = _png(_stored(street.depth(t)))
            for folder, png in files.items():
                (partial / folder / f"{t:06d}.png").write_bytes(png)
            progress.update()
        # A clip that has its train_A has everything.
        for folder in reversed(FOLDERS):
            os.replace(partial / folder, output / folder / name)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def encode_labels(frame: ToyFrame) -> dict[str, bytes]:
    """Returns the PNG files of a frame's label and instance ids, by their folder."""
    return {
        "train_A": _png(frame.label_map),
        "train_inst": _png(frame.instance_map),
    }


def _encode(frame: ToyFrame, first: bool) -> dict[str, bytes]:
    """Returns the files of a frame by folder; the first has no flow."""
    files = {**encode_labels(frame), "train_B": _png(frame.frame[..., ::-1])}
    if not first:
        files["train_flow"] = encode_flow(frame.flow, frame.visible)
        files["train_visible"] = _png(frame.visible.astype(np.uint8) * 255)
    return files


def _stored(depth: np.ndarray) -> np.ndarray:
    """Returns depth, float32 [H, W] in metres, in the steps of a file, uint16."""
    steps = np.clip(np.rint(depth * DEPTH_STEPS), 1, np.iinfo(np.uint16).max)
    return np.where(np.isinf(depth), 0, steps).astype(np.uint16)


def _png(image: np.ndarray) -> bytes:
    return cv2.imencode(".png", image)[1].tobytes()
