"""Decodes and encodes the images of a request, after a look at their headers.

A PNG of a few hundred bytes can claim gigabytes of pixels, so sizes are read from the
headers first.
"""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from v2v_tf.export import wire_checks

MAX_IMAGE_PIXELS = 1 << 24  # 4096x4096
MAX_PIXELS = 1 << 28  # of all images of one input
FORMATS = ("png", "jpeg")
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG_SIZE = (16, 8)  # where width and height are: start, length
_PNG_BITS = (24, 1)  # and the bits of a sample
_JPEG_QUALITY = 95


def decode(
    name: str,
    encoded: tf.Tensor,
    decoder: Callable[[tf.Tensor], tf.Tensor],
    spec: tf.TensorSpec,
    rows_of: int = 1,
    jpeg: bool = False,
    bits: int | None = None,
) -> tf.Tensor:
    """Decodes images of one size.

    Args:
        name: name of the input, for messages.
        encoded: string [B, T].
        decoder: decodes one image, a string scalar, to a tensor of `spec`.
        spec: shape and type of a decoded image.
        rows_of: number of planes that an image holds one below the other.
        jpeg: take JPEG images too, not PNG alone.
        bits: of a sample of every PNG; None for any.

    Returns:
        [B, T, ...].
    """
    flat = tf.reshape(encoded, [-1])
    with tf.control_dependencies(_checks(name, flat, rows_of, jpeg, bits)):
        flat = tf.identity(flat)
    decoded = tf.map_fn(decoder, flat, fn_output_signature=spec)
    batched = tf.concat([tf.shape(encoded), tf.shape(decoded)[1:]], axis=0)
    return tf.ensure_shape(tf.reshape(decoded, batched), [None, None, *spec.shape])


def encode(frames: tf.Tensor, formats: tf.Tensor) -> tf.Tensor:
    """Encodes the frames of each video in the format that its request names.

    Args:
        frames: uint8 [B, T, H, W, 3].
        formats: string [B], of `FORMATS`.

    Returns:
        string [B, T].
    """
    shape = tf.shape(frames)
    flat = tf.reshape(frames, tf.concat([[-1], shape[2:]], axis=0))

    def one(image: tf.Tensor, wanted: tf.Tensor) -> tf.Tensor:
        return tf.cond(
            wanted == "jpeg",
            lambda: tf.io.encode_jpeg(image, "rgb", _JPEG_QUALITY),
            lambda: tf.io.encode_png(image),
        )

    encoded = tf.map_fn(
        lambda pair: one(*pair),
        (flat, tf.repeat(formats, shape[1])),
        fn_output_signature=tf.TensorSpec([], tf.string),
    )
    return tf.reshape(encoded, shape[:2])


def formats_known(formats: tf.Tensor) -> tf.Operation:
    """Checks that every wanted format is one of `FORMATS`."""
    known = tf.reduce_any(formats[:, None] == tf.constant(FORMATS)[None], axis=1)
    message = f"image_format: expected {' or '.join(FORMATS)} for each video, got"
    return wire_checks.check(tf.reduce_all(known), message, formats)


def _checks(
    name: str, flat: tf.Tensor, rows_of: int, jpeg: bool, bits: int | None
) -> list[tf.Operation | tf.Tensor]:
    """Checks kinds and sizes of images, string [N], by their headers."""
    # Substrings beyond the end are errors of their own.
    padded = tf.strings.join([flat, "\0" * sum(_PNG_BITS)])
    is_png = tf.strings.substr(padded, 0, len(_PNG_SIGNATURE)) == _PNG_SIGNATURE
    if jpeg:
        sizes = tf.map_fn(
            lambda pair: _size(*pair),
            (padded, is_png),
            fn_output_signature=tf.TensorSpec([2], tf.int64),
        )
        checks = []
    else:
        message = f"{name}: expected PNG images, got bytes of another kind as image"
        first_other = tf.argmin(tf.cast(is_png, tf.int32))
        checks = [wire_checks.check(tf.reduce_all(is_png), message, first_other)]
        sizes = tf.map_fn(
            _png_size, padded, fn_output_signature=tf.TensorSpec([2], tf.int64)
        )
    if bits is not None:
        found = tf.io.decode_raw(tf.strings.substr(padded, *_PNG_BITS), tf.uint8)
        message = f"{name}: expected PNGs of {bits} bits a sample, got (bits)"
        right = tf.reduce_all((found[:, 0] == bits) | ~is_png)
        checks.append(wire_checks.check(right, message, found[:, 0]))
    pixels = tf.reduce_prod(sizes, axis=1)
    limit = (
        f"{name}: images may have {MAX_IMAGE_PIXELS} pixels each and {MAX_PIXELS} in "
        "all, and one pixel or more, got (height, width) of up to"
    )
    small = tf.reduce_all((pixels > 0) & (pixels <= MAX_IMAGE_PIXELS))
    small &= tf.reduce_sum(pixels) <= MAX_PIXELS
    same = tf.reduce_all(sizes == sizes[:1])
    rows = tf.reduce_all(sizes[:, 0] % rows_of == 0)
    return checks + [
        wire_checks.check(small, limit, tf.reduce_max(sizes, axis=0)),
        wire_checks.check(
            same, f"{name}: all images must have one size, got (height, width)", sizes
        ),
        wire_checks.check(
            rows,
            f"{name}: an image must hold {rows_of} planes, one below the other, got "
            "(height, width)",
            sizes[0],
        ),
    ]


def _size(encoded: tf.Tensor, is_png: tf.Tensor) -> tf.Tensor:
    def of_jpeg() -> tf.Tensor:
        return tf.cast(tf.io.extract_jpeg_shape(encoded)[:2], tf.int64)

    return tf.cond(is_png, lambda: _png_size(encoded), of_jpeg)


def _png_size(encoded: tf.Tensor) -> tf.Tensor:
    """Returns (height, width), int64 [2], that a PNG claims."""
    numbers = tf.io.decode_raw(
        tf.strings.substr(encoded, *_PNG_SIZE), tf.int32, little_endian=False
    )
    return tf.cast(numbers[::-1], tf.int64)
