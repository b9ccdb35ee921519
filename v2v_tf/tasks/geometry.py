"""Sizes by the resize and crop rules (method.md 5.3, 2.5), as pure functions.

Sizes are (height, width). `prepare` stores frames at `prepared_size`; the input
pipeline draws the rest (scale, crop, flip, central half) once per clip.
"""

from __future__ import annotations

from v2v_tf.config import ResizeConfig
from v2v_tf.errors import InputError

Size = tuple[int, int]


def scaled_size(size: Size, resize: ResizeConfig, load_size: int | None = None) -> Size:
    """Returns the size after scaling and rounding, before any crop.

    Args:
        size: (height, width) of the source.
        resize: the rules.
        load_size: size that a random scale drew; `resize.load_size` by default.
    """
    height, width = size
    target = resize.load_size if load_size is None else load_size
    side = resize.scale.removeprefix("random_")
    if side == "square":
        height, width = target, target
    elif side == "width":
        height, width = target * height // width, target
    elif side == "height":
        height, width = target, target * width // height
    multiple = 32 if resize.crop == "none" else 4
    return _round_to(height, multiple), _round_to(width, multiple)


def prepared_size(size: Size, resize: ResizeConfig) -> Size:
    """Returns the size that records hold: the largest that training may draw."""
    return scaled_size(size, resize)


def crop_size(scaled: Size, resize: ResizeConfig) -> Size:
    """Returns the size of the crop of a frame of size `scaled`.

    Sides are rounded to the nearest multiple of 32. With a random scale they are
    rounded down where that would not fit the smallest frame that may be drawn; the
    original pads such frames with black.

    Raises:
        InputError: the crop is larger than the frame, or no random scale is left.
    """
    height, width = scaled
    fine = resize.fine_size
    if resize.crop == "none":
        return scaled
    if resize.crop == "square":
        cropped = (fine, fine)
    elif resize.crop == "scaled_height":
        cropped = (fine, fine * width // height)
    else:
        cropped = (fine * height // width, fine)
    cropped = (_round_to(cropped[0], 32), _round_to(cropped[1], 32))
    if resize.scale.startswith("random_"):
        if fine > resize.load_size:
            raise InputError(
                f"data.resize.scale={resize.scale} draws sizes between fine_size and "
                f"load_size, got fine_size={fine} above load_size={resize.load_size}: "
                "lower data.resize.fine_size, or raise load_size"
            )
        height, width = scaled_size(scaled, resize, fine)
        if resize.crop != "square":
            cropped = (_fit_to(cropped[0], height), _fit_to(cropped[1], width))
    if cropped[0] > height or cropped[1] > width:
        raise InputError(
            f"a crop of {cropped[1]}x{cropped[0]} does not fit frames of "
            f"{width}x{height}: change data.resize.fine_size or raise load_size"
        )
    return cropped


def network_size(prepared: Size, resize: ResizeConfig) -> Size:
    """Returns the size that a network reads, from that of the records.

    The same for every draw of a random scale. 1280x720 gives 192x256, 448x512 and
    896x1024 (width x height) with the three pose recipes.

    Raises:
        InputError: a random scale without a crop, a crop or a central half that does
            not fit.
    """
    if resize.scale.startswith("random_") and resize.crop == "none":
        raise InputError(
            f"data.resize.scale={resize.scale} gives frames of many sizes: set "
            "data.resize.crop too"
        )
    height, width = crop_size(prepared, resize)
    if resize.central_half:
        width = 2 * central_half_width(width)
    return height, width


def central_half_width(width: int) -> int:
    """Returns how many columns each side of the centre keeps (method.md 2.5).

    Raises:
        InputError: not even 32.
    """
    half = int(0.25 * width / 32) * 32
    if half == 0:
        raise InputError(
            f"data.resize.central_half needs a width of 128 or more, got {width}"
        )
    return half


def _fit_to(side: int, limit: int) -> int:
    return side if side <= limit else max(32, limit // 32 * 32)


def _round_to(value: int, multiple: int) -> int:
    return max(multiple, round(value / multiple) * multiple)
