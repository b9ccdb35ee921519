"""Features of clip records, as the components of the pipeline use them."""

from __future__ import annotations

from pathlib import Path

import tensorflow as tf
from tensorflow_metadata.proto.v0 import schema_pb2

from v2v_tf.data.records import clip as clip_record
from v2v_tf.errors import InputError

SCHEMA_FOLDER = Path(__file__).resolve().parent / "schemas"


def scalar_features() -> list[str]:
    """Returns the features that data validation looks at: all that are no images."""
    spec = clip_record.feature_spec()
    return sorted(name for name, f in spec.items() if f.dtype != tf.string) + ["task"]


def schema_path(task: str) -> str:
    """Returns the curated schema of a task.

    Raises:
        InputError: there is none.
    """
    path = SCHEMA_FOLDER / task / "schema.pbtxt"
    if not path.is_file():
        raise InputError(f"no schema for task {task}: expected {path}")
    return str(path)


def read_schema(task: str) -> schema_pb2.Schema:
    """Returns the curated schema of a task, parsed."""
    from google.protobuf import text_format

    text = Path(schema_path(task)).read_text(encoding="utf-8")
    return text_format.Parse(text, schema_pb2.Schema())
