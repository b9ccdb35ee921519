"""Turns frames into what networks read, and their answers into maps of the frame."""

from __future__ import annotations

import cv2
import numpy as np

from v2v_tf.detection.networks.description import InputRules
from v2v_tf.errors import InputError

Size = tuple[int, int]


def input_size(
    frame: Size, network: tuple[int | None, int | None], rules: InputRules
) -> Size:
    """Returns the size at which a network reads a frame.

    Args:
        frame: (height, width) of the frame.
        network: sides that the network is made for; None for any.
        rules: size, shape and multiples.

    Returns:
        (height, width): sides of the network; else those of the rules, else those of
        the frame. Where frames keep their shape, they are scaled so that the side fits
        which has to change less. Sides that may be any become multiples.

    Example:
        ```python
        >>> from v2v_tf.detection.networks.description import InputRules
        >>> from v2v_tf.detection.networks.maps import input_size
        >>> rules = InputRules(size=(518, 518), keeps_shape=True, multiple=14)
        >>> input_size((1080, 1920), (None, None), rules)
        (518, 924)

        ```
    """
    wanted = [float(side) for side in rules.size or frame]
    if rules.size is not None and rules.keeps_shape:
        scales = [wanted[0] / frame[0], wanted[1] / frame[1]]
        scale = min(scales, key=lambda one: abs(1.0 - one))
        wanted = [side * scale for side in frame]
    step = rules.multiple
    sides = [max(round(side / step), 1) * step for side in wanted]
    return network[0] or sides[0], network[1] or sides[1]


def to_input(
    frame: np.ndarray, size: Size, rules: InputRules, as_levels: bool = False
) -> np.ndarray:
    """Returns a frame as a network reads it.

    Args:
        frame: uint8 [H, W, 3], RGB.
        size: (height, width) of the result.
        rules: range, mean and standard deviation, and order of the channels.
        as_levels: keep the levels 0 .. 255 as they are.

    Returns:
        float32, or uint8 for levels, [height, width, 3].
    """
    shrinks = size[0] < frame.shape[0] or size[1] < frame.shape[1]
    how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    if frame.shape[:2] != size:
        frame = cv2.resize(frame, size[::-1], interpolation=how)
    if not as_levels:
        values = frame * np.float32((rules.high - rules.low) / 255.0) + rules.low
        values = (values - np.array(rules.mean)) / np.array(rules.std)
        frame = values.astype(np.float32)
    return frame[..., ::-1] if rules.bgr else frame


def to_classes(
    answer: np.ndarray, size: Size, num_classes: int, channels_first: bool
) -> np.ndarray:
    """Returns the class of each pixel of a frame.

    Args:
        answer: what a network says of it: logits or probabilities, [h, w, N] or
            [N, h, w], which are enlarged smoothly before the largest counts; or ids,
            integers [h, w], which are enlarged by the nearest.
        size: (height, width) of the frame.
        num_classes: number of classes that have names; tells where the channels are.
        channels_first: where they are, if that does not tell.

    Returns:
        int32 [height, width].

    Raises:
        InputError: neither logits nor ids.
    """
    if answer.dtype.kind in "iu":
        ids = _without_channel(answer)
        if ids.ndim == 2:
            ids = ids.astype(np.int32)
            return cv2.resize(ids, size[::-1], interpolation=cv2.INTER_NEAREST_EXACT)
    first = channels_first
    if answer.ndim == 3:
        ends = [answer.shape[0] == num_classes, answer.shape[-1] == num_classes]
        first = ends[0] if ends[0] != ends[1] else channels_first
    channels = 0 if answer.ndim != 3 else answer.shape[0 if first else -1]
    if channels < 2 or answer.dtype.kind not in "fiu":
        raise InputError(
            "expected logits [H, W, N], one for each class, or ids, integers [H, W], "
            f"got {answer.dtype} {list(answer.shape)}"
        )
    if np.isnan(answer).any():
        raise InputError("it answers with values that are no numbers (NaN)")
    planes = answer if first else np.moveaxis(answer, -1, 0)
    # One class after the other: all of them at full size would take gigabytes.
    best = np.full(size, -np.inf, np.float32)
    classes = np.zeros(size, np.int32)
    for index, plane in enumerate(planes):
        scores = to_frame(plane, size)
        larger = scores > best
        best[larger], classes[larger] = scores[larger], index
    return classes


def to_depths(answer: np.ndarray, size: Size) -> np.ndarray:
    """Returns the number of each pixel of a frame, enlarged smoothly.

    Args:
        answer: float [h, w], or with an axis of 1 at either end.
        size: (height, width) of the frame.

    Returns:
        float32 [height, width].

    Raises:
        InputError: no single number for each pixel.
    """
    flat = _without_channel(answer)
    if flat.ndim != 2 or flat.dtype.kind not in "fiu":
        raise InputError(
            "expected depths [H, W], one number for each pixel, got "
            f"{answer.dtype} {list(answer.shape)}"
        )
    return to_frame(flat, size)


def to_frame(plane: np.ndarray, size: Size) -> np.ndarray:
    """Resizes a plane [h, w] to a frame, bilinear; float32 [height, width]."""
    values = np.ascontiguousarray(plane, np.float32)
    if values.shape == size:
        return values
    return cv2.resize(values, size[::-1], interpolation=cv2.INTER_LINEAR)


def _without_channel(answer: np.ndarray) -> np.ndarray:
    """Returns a map without its axis of one channel, at either end."""
    if answer.ndim == 3 and answer.shape[-1] == 1:
        return answer[..., 0]
    return answer[0] if answer.ndim == 3 and answer.shape[0] == 1 else answer
