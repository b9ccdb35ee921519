"""Videos in TensorBoard, which has no panel for them but plays an image that moves."""

from __future__ import annotations

import struct
import tempfile
from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np
import tensorflow as tf

from v2v_tf.visualization.panels import MIN_TILE_WIDTH
from v2v_tf.visualization.video import write_gif


def gif_summary(tag: str, frames: Iterable[np.ndarray], fps: float) -> None:
    """Writes frames as an animated GIF to the default summary writer, at its step.

    `tf.summary.image` would encode still PNGs.

    Args:
        tag: name in TensorBoard.
        frames: uint8 [H, W, 3], all of one size.
        fps: frames a second.

    Raises:
        InputError: no frames, wrong frames, an fps of 0 or less.
        OSError, tf.errors.OpError: the encoder failed, or the disk refused.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "clip.gif")
        write_gif(path, frames, fps)
        gif = path.read_bytes()
    width, height = struct.unpack("<HH", gif[6:10])
    image = tf.compat.v1.Summary.Image(
        width=width, height=height, colorspace=3, encoded_image_string=gif
    )
    value = tf.compat.v1.Summary.Value(tag=tag, image=image)
    summary = tf.compat.v1.Summary(value=[value])
    tf.summary.experimental.write_raw_pb(summary.SerializeToString())


def reduced(frames: np.ndarray) -> np.ndarray:
    """Reduces frames by the whole factor that leaves 200 pixels of width or more.

    Args:
        frames: uint8 [T, H, W, 3].

    Returns:
        uint8 [T, h, w, 3], w below 400; the same frames where W is.
    """
    height, width = frames.shape[1:3]
    factor = max(1, width // MIN_TILE_WIDTH)
    size = (width // factor, max(1, height // factor))
    return np.stack(
        [cv2.resize(frame, size, interpolation=cv2.INTER_AREA) for frame in frames]
    )
