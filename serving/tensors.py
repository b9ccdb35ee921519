"""Reads the tensors of requests, and checks them before any memory is taken."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import tensorflow as tf
from tensorflow.core.framework import tensor_pb2
from tensorflow.core.protobuf import meta_graph_pb2

from serving.status import invalid

# Fields of TensorProto that hold values where `tensor_content` does not.
_VALUE_FIELDS = (
    *("float_val", "double_val", "int_val", "string_val", "int64_val", "bool_val"),
    *("half_val", "uint32_val", "uint64_val", "scomplex_val", "dcomplex_val"),
)


def to_array(
    name: str,
    proto: tensor_pb2.TensorProto,
    wanted: meta_graph_pb2.TensorInfo,
    max_bytes: int,
) -> np.ndarray:
    """Returns the values of a tensor of a request.

    Args:
        name: name of the input, for messages.
        proto: tensor that came.
        wanted: type and shape that the signature asks for; -1 for any size.
        max_bytes: size of the largest array that is made, bytes; a short message can
            claim gigabytes.

    Raises:
        RequestError: the tensor has another type, rank or size, or its values do not
            fill it.
    """
    dtype = tf.dtypes.as_dtype(wanted.dtype)
    shape = [dim.size for dim in proto.tensor_shape.dim]
    sizes = [dim.size for dim in wanted.tensor_shape.dim]
    if proto.dtype != wanted.dtype or not _fits(shape, sizes):
        raise invalid(
            f"{name}: expected {dtype.name} {_shown(sizes)}, got "
            f"{_type_name(proto.dtype)} {_shown(shape)}"
        )
    count = math.prod(shape)
    if count * max(dtype.size, 1) > max_bytes:
        raise invalid(
            f"{name}: a tensor of shape {_shown(shape)} is larger than the "
            f"{max_bytes} bytes that are taken"
        )
    _check_values(name, proto, count, dtype)
    try:
        return tf.make_ndarray(proto)
    except (ValueError, TypeError) as error:
        raise invalid(f"{name}: not a tensor that can be read: {error}") from error


def to_proto(array: np.ndarray) -> tensor_pb2.TensorProto:
    """Returns an array as a tensor of a response."""
    return tf.make_tensor_proto(array)


def _check_values(
    name: str, proto: tensor_pb2.TensorProto, count: int, dtype: tf.DType
) -> None:
    """Raises RequestError where the values do not fill the shape."""
    content = len(proto.tensor_content)
    if content:
        if dtype == tf.string or content != count * dtype.size:
            raise invalid(
                f"{name}: expected {count * dtype.size} bytes in tensor_content, got "
                f"{content}"
            )
        return
    # Fewer values than elements: the last one is repeated; none: zeros.
    values = max(len(getattr(proto, field)) for field in _VALUE_FIELDS)
    if values > count or (values == 0 and count > 0):
        raise invalid(f"{name}: expected {count} values, got {values}")


def _fits(shape: Sequence[int], sizes: Sequence[int]) -> bool:
    return len(shape) == len(sizes) and all(
        side >= 0 and size in (-1, side)
        for side, size in zip(shape, sizes, strict=True)
    )


def _shown(shape: Sequence[int]) -> str:
    return f"[{', '.join('?' if size == -1 else str(size) for size in shape)}]"


def _type_name(number: int) -> str:
    try:
        return tf.dtypes.as_dtype(number).name
    except TypeError:
        return f"type {number}"
