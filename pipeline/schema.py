"""Makes the schema of clip records, that data validation checks, from the task.

What holds for the records of every task stands here; what is of one task, its planes
and its scalars, comes from the `Task`. Bounds that depend on further options are
`validation.broken_rules`.
"""

from __future__ import annotations

import math

import tensorflow as tf
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from v2v_tf.data.records import clip as clip_record
from v2v_tf.tasks import Task
from v2v_tf.tasks.rules import Scalar

_INF = math.inf
# The lowest and the highest value of features that every record has.
_BOUNDS: dict[str, tuple[float, float]] = {
    "num_frames": (1, _INF),
    "height": (8, 8192),
    "width": (8, 8192),
    "frame_stride": (1, 100),
    "source_height": (1, _INF),
    "source_width": (1, _INF),
    "crop": (0, _INF),
    "mean_luma": (0.01, 0.99),
    "black_fraction": (0, 1),
}
# And of those that a clip of one frame lacks, or one whose source says no rate.
_OPTIONAL = {
    "flow_p95": (0.0, 500.0),
    "confident_fraction": (0.0, 1.0),
    "fps": (0.0, _INF),
}


def task_schema(task: Task) -> schema_pb2.Schema:
    """Returns the schema of the clip records of a task.

    Args:
        task: any task, built in or of another package; its `plane_counts` and its
            `scalars` are read.

    Returns:
        A feature for each one of a clip record, and for each scalar of the task.
        Encoded images have a type alone: nobody looks into them.

    Example:
        ```python
        >>> from v2v_tf.config import TASKS
        >>> [planes] = [
        ...     feature.int_domain
        ...     for feature in task_schema(TASKS.get("face")).feature
        ...     if feature.name == "num_planes"
        ... ]
        >>> planes.min, planes.max
        (1, 32)

        ```
    """
    schema = schema_pb2.Schema()
    scalars = {scalar.name: scalar for scalar in task.scalars}
    bounds = {**_BOUNDS, "num_planes": task.plane_counts}
    for name, spec in clip_record.feature_spec().items():
        if name in scalars:
            continue
        feature = schema.feature.add(name=name, type=_TYPES[spec.dtype])
        if name == "task":
            _require(feature, 1)
            feature.string_domain.name = name
            feature.string_domain.value.append(task.name)
        elif name in bounds:
            _require(feature, math.prod(spec.shape))
            _bound(feature, *bounds[name])
        elif name in _OPTIONAL:
            _count(feature, 0, 1)
            _bound(feature, *_OPTIONAL[name])
        elif spec.dtype != tf.string:
            # A scalar of another task.
            _count(feature, 0, 0)
    for scalar in task.scalars:
        _add_scalar(schema, scalar)
    return schema


def schema_text(task: Task) -> str:
    """Returns `task_schema` as text, the same in every process."""
    return text_format.MessageToString(task_schema(task))


_TYPES = {
    tf.string: schema_pb2.BYTES,
    tf.int64: schema_pb2.INT,
    tf.float32: schema_pb2.FLOAT,
}


def _add_scalar(schema: schema_pb2.Schema, scalar: Scalar) -> None:
    kind = schema_pb2.INT if scalar.kind is int else schema_pb2.FLOAT
    feature = schema.feature.add(name=scalar.name, type=kind)
    if scalar.required:
        feature.presence.min_fraction, feature.presence.min_count = 1.0, 1
    _count(feature, int(scalar.required), scalar.max_count)
    _bound(feature, scalar.low, scalar.high)


def _require(feature: schema_pb2.Feature, size: int) -> None:
    """Asks for so many values in every record."""
    feature.presence.min_fraction, feature.presence.min_count = 1.0, 1
    feature.shape.dim.add(size=size)


def _count(feature: schema_pb2.Feature, least: int, most: int) -> None:
    feature.value_count.min, feature.value_count.max = least, most


def _bound(feature: schema_pb2.Feature, low: float, high: float) -> None:
    """Sets the lowest and the highest value; infinite ones set no bound."""
    is_integer = feature.type == schema_pb2.INT
    domain = feature.int_domain if is_integer else feature.float_domain
    if low > -_INF:
        domain.min = int(low) if is_integer else low
    if high < _INF:
        domain.max = int(high) if is_integer else high
