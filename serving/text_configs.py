"""Reads configuration files in TensorFlow Serving's own text formats.

`tensorflow-serving-api` brings the message of model configurations; those for batching,
TLS and monitoring are described here, field by field, as TensorFlow Serving names them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from google.protobuf import (
    descriptor_pb2,
    descriptor_pool,
    text_format,
    wrappers_pb2,
)
from google.protobuf.message import Message
from tensorflow_serving.config import model_server_config_pb2

from v2v_tf.compat import message_class
from v2v_tf.errors import InputError

_PACKAGE = "v2v_serving"
_FIELD = descriptor_pb2.FieldDescriptorProto
_WRAPPED = {
    "int64?": "Int64Value",
    "bool?": "BoolValue",
    "string?": "StringValue",
}
_PLAIN = {"string": _FIELD.TYPE_STRING, "bool": _FIELD.TYPE_BOOL}
_MESSAGES: dict[str, dict[str, str]] = {
    "BatchingParameters": {
        "max_batch_size": "int64?",
        "batch_timeout_micros": "int64?",
        "max_enqueued_batches": "int64?",
        "num_batch_threads": "int64?",
        "thread_pool_name": "string?",
        "allowed_batch_sizes": "int64*",
        "pad_variable_length_inputs": "bool",
        "enable_large_batch_splitting": "bool?",
        "max_execution_batch_size": "int64?",
    },
    "SSLConfig": {
        "server_key": "string",
        "server_cert": "string",
        "custom_ca": "string",
        "client_verify": "bool",
    },
    "PrometheusConfig": {"enable": "bool", "path": "string"},
    "MonitoringConfig": {"prometheus_config": "PrometheusConfig"},
}


def read_models(path: Path) -> model_server_config_pb2.ModelServerConfig:
    """Reads the list of models of a `--model_config_file`.

    Raises:
        InputError: the file cannot be read, or is no such text.
    """
    return _parse(path, model_server_config_pb2.ModelServerConfig())


def read(path: Path, message: str) -> Any:
    """Reads a file that holds one of the other messages.

    Args:
        path: file to read.
        message: `BatchingParameters`, `SSLConfig` or `MonitoringConfig`.

    Raises:
        InputError: the file cannot be read, or is no such text.
    """
    return _parse(path, _CLASSES[message]())


def _parse(path: Path, message: Message) -> Any:
    try:
        return text_format.Parse(path.read_text(encoding="utf-8"), message)
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read: {error}") from error
    except text_format.ParseError as error:
        name = type(message).__name__
        raise InputError(
            f"{path}: expected the text form of TensorFlow Serving's {name}, got an "
            f"error at {error}"
        ) from error


def _describe() -> dict[str, Any]:
    """Registers the messages and returns their classes."""
    file = descriptor_pb2.FileDescriptorProto(
        name=f"{_PACKAGE}/configs.proto",
        package=_PACKAGE,
        syntax="proto3",
        dependency=[wrappers_pb2.DESCRIPTOR.name],
    )
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        for number, (field, kind) in enumerate(fields.items(), 1):
            added = message.field.add(name=field, number=number)
            added.label = _FIELD.LABEL_OPTIONAL
            if kind == "int64*":
                added.label, added.type = _FIELD.LABEL_REPEATED, _FIELD.TYPE_INT64
            elif kind in _PLAIN:
                added.type = _PLAIN[kind]
            else:
                wrapped = _WRAPPED.get(kind)
                added.type = _FIELD.TYPE_MESSAGE
                added.type_name = (
                    f".google.protobuf.{wrapped}" if wrapped else f".{_PACKAGE}.{kind}"
                )
    pool = descriptor_pool.Default()
    pool.AddSerializedFile(file.SerializeToString())
    return {
        name: message_class(pool.FindMessageTypeByName(f"{_PACKAGE}.{name}"))
        for name in _MESSAGES
    }


_CLASSES = _describe()
