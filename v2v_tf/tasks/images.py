"""Resizes and checks images, the same way for every task."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from v2v_tf.errors import InputError
from v2v_tf.tasks.base import Geometry, RawFrame

Size = tuple[int, int]


def resize_rgb(image: np.ndarray, size: Size) -> np.ndarray:
    """Resizes a colour image: by pixel area to shrink, bicubic to enlarge.

    Bicubic alone would alias when it shrinks; area is used as soon as one side
    shrinks.

    Args:
        image: uint8 [H, W, 3].
        size: (height, width) of the result.

    Returns:
        uint8 [height, width, 3].
    """
    return _resize(image, size, cv2.INTER_CUBIC)


def resize_smooth(planes: np.ndarray, size: Size) -> np.ndarray:
    """Resizes drawn planes: bilinear to enlarge, by pixel area to shrink.

    Args:
        planes: uint8 [H, W] or [H, W, P].
        size: (height, width) of the result.

    Returns:
        uint8 [height, width] or [height, width, P].
    """
    # One by one: OpenCV's resizing by area takes four channels at most.
    layers = planes.reshape(*planes.shape[:2], -1)
    resized = [
        _resize(np.ascontiguousarray(layers[..., index]), size, cv2.INTER_LINEAR)
        for index in range(layers.shape[-1])
    ]
    return np.stack(resized, axis=-1).reshape(*size, *planes.shape[2:])


def resize_nearest(values: np.ndarray, size: Size) -> np.ndarray:
    """Resizes ids by the nearest pixel centre; no new values appear.

    Args:
        values: uint8, uint16 or int32 [H, W] or [H, W, P].
        size: (height, width) of the result.

    Returns:
        The type of `values`, [height, width] or [height, width, P].
    """
    if values.shape[:2] == size:
        return values
    # INTER_NEAREST takes the top left pixel instead, half a pixel off the frame.
    resized = cv2.resize(values, size[::-1], interpolation=cv2.INTER_NEAREST_EXACT)
    return resized.reshape(*size, *values.shape[2:])


def crop(values: np.ndarray, geometry: Geometry) -> np.ndarray:
    """Returns the part of `values` [H, W, ...] that the geometry keeps."""
    top, bottom, left, right = geometry.crop
    return values[top:bottom, left:right]


def draw_frame(image: np.ndarray | None, geometry: Geometry) -> np.ndarray | None:
    """Checks, crops and resizes a source image to a record's frame.

    Args:
        image: uint8 [H, W, 3], RGB, or None.
        geometry: geometry of the sequence.

    Returns:
        uint8 [h, w, 3], or None for None.

    Raises:
        InputError: not 8-bit RGB, or not of the source size.
    """
    if image is None:
        return None
    check_rgb(image)
    check_size(image, geometry, "image")
    return resize_rgb(crop(image, geometry), geometry.size)


def whole(source_size: Size, size: Size) -> Geometry:
    """Returns the geometry that keeps the whole source."""
    return Geometry(source_size, (0, source_size[0], 0, source_size[1]), size)


def picture_size(raw: RawFrame, task: str) -> Size:
    """Returns the (height, width) of the picture that a frame's points refer to.

    Args:
        raw: a frame.
        task: its name, for the message.

    Raises:
        InputError: there is neither an image, nor one of 8-bit RGB, nor a size.
    """
    if raw.image is not None:
        check_rgb(raw.image)
    if raw.size is None:
        raise InputError(
            f"task {task} needs `image` in the first frame, or the size of the picture "
            "that the points refer to, got neither: give --source-size",
            field="image",
        )
    return raw.size


def require(raw: RawFrame, field: str, task: str) -> Any:
    """Returns a field of a raw frame that must be there.

    Raises:
        InputError: it is None.
    """
    value = raw.get(field)
    if value is None:
        raise InputError(
            f"task {task} needs `{field}` in every frame, got a frame without: "
            "check the folders of the source",
            field=field,
        )
    return value


def check_rgb(image: np.ndarray, name: str = "image") -> None:
    """Raises InputError unless `image` is uint8 [H, W, 3]."""
    shape = image.shape
    if image.dtype != np.uint8 or len(shape) != 3 or shape[2] != 3 or not image.size:
        raise InputError(
            f"{name} must be uint8 [H, W, 3], got {image.dtype} "
            f"{list(shape)}: convert it to 8-bit RGB",
            field=name,
        )


def check_size(values: np.ndarray, geometry: Geometry, name: str) -> None:
    """Raises InputError unless `values` has the source size of the geometry."""
    if values.shape[:2] != geometry.source_size:
        height, width = geometry.source_size
        turned = values.shape[:2] == (width, height)
        advice = (
            "; one is turned: an EXIF orientation counts (data.orientation), so store "
            "all upright"
        )
        raise InputError(
            f"{name} must be {width}x{height} as the sequence began, got "
            f"{values.shape[1]}x{values.shape[0]}: all frames, labels and maps of "
            f"a sequence need one size{advice if turned else ''}",
            field=name,
        )


def _resize(image: np.ndarray, size: Size, enlarge: int) -> np.ndarray:
    if image.shape[:2] == size:
        return image
    shrinks = size[0] < image.shape[0] or size[1] < image.shape[1]
    return cv2.resize(
        image, size[::-1], interpolation=cv2.INTER_AREA if shrinks else enlarge
    )
