"""Looks at a source before anything is found in it, and says what is wrong."""

from __future__ import annotations

from pathlib import Path

from absl import logging

from v2v_tf.config import load_config
from v2v_tf.data.sources.base import BadClip, Contents, Sequence
from v2v_tf.data.sources.finding import NoSequencesError, list_sequences
from v2v_tf.errors import InputError


def usable_sequences(source: str | Path) -> list[Sequence]:
    """Lists what has pictures; conditions that lie beside them are not looked at.

    Args:
        source: video, folder of videos, or folders of frames.

    Raises:
        InputError: nothing there that can be used.
    """
    pictures = load_config(None, ("task=edges",))
    usable = []
    try:
        listed = list(list_sequences(source, pictures))
    except NoSequencesError:
        raise InputError(
            f"{source} holds no videos and no frames: expected a video, a folder of "
            "videos, a folder of frames, or train_img/<sequence>/ with frames"
        ) from None
    for one in listed:
        if isinstance(one, BadClip):
            logging.warning("%s: left out, %s", one.path, one.reason)
        else:
            usable.append(one)
    if not usable:
        raise InputError(f"{source} holds no video that can be used")
    return usable


def require_inside(
    point: tuple[float, float], sequence: Sequence, contents: Contents
) -> None:
    """Raises InputError where a point lies outside of a sequence's pictures.

    Args:
        point: (x, y), pixels.
        sequence: the sequence.
        contents: what it holds.
    """
    if not contents.runs:
        return
    with sequence.open() as reader:
        image = reader.read(contents.runs[0].start).raw.image
    assert image is not None  # sequences of pictures are listed
    height, width = image.shape[:2]
    if not (0 <= point[0] < width and 0 <= point[1] < height):
        raise InputError(
            f"--person point {point[0]:g},{point[1]:g}: expected x below {width} and y "
            f"below {height}, the size of the frames of {sequence.name} in pixels"
        )
