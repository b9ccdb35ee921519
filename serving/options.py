"""Defines the options of the server, in our spelling and in TensorFlow Serving's."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from serving import model_config, text_configs
from serving.batching_options import BatchingOptions
from serving.cached_export import cached_export
from serving.model_config import ModelConfig
from v2v_tf.errors import InputError

DEFAULT_MESSAGE_MB = 256
_DEFAULT_NAME = "vid2vid"
_METRICS_PATH = "/monitoring/prometheus/metrics"


@dataclass(frozen=True)
class TlsOptions:
    """Keys and certificates for TLS, as PEM texts.

    Attributes:
        key: private key of the server.
        certificate: certificate of the server, with its chain.
        client_ca: certificates that those of clients are checked against; None for
            none.
        client_verify: refuse clients without a certificate.
    """

    key: bytes
    certificate: bytes
    client_ca: bytes | None = None
    client_verify: bool = False


@dataclass(frozen=True)
class ServerOptions:
    """Holds the options that a server is started with.

    Attributes:
        models: models to serve, with their folders and wanted versions.
        host: network address to listen on.
        port: port of the gRPC service, 0 .. 65535; 0 takes a free one.
        rest_port: port of the REST service, 0 .. 65535; 0 switches it off.
        poll_seconds: seconds between looks for new versions, above 0.
        batching: options of batching; None to run each request alone.
        tls: keys and certificates for gRPC; None for a server without TLS.
        metrics_path: path of the Prometheus metrics on the REST port; None for none.
        warm_up: replay the warm-up requests of a version before it is served.
        max_message_mb: largest message of gRPC and body of REST, megabytes, 1 .. 2047.
        drain_seconds: seconds that running requests may take to end after SIGTERM.
        config_file: list of models that is read again every `config_poll_seconds`;
            None for none.
        config_poll_seconds: seconds after which `config_file` is read again; 0 for
            never.

    Raises:
        InputError: a value is out of its range, or the models cannot be served side by
            side.

    Example:
        ```python
        >>> from pathlib import Path
        >>> from serving.model_config import ModelConfig
        >>> model = ModelConfig("vid2vid", Path("models/vid2vid"))
        >>> ServerOptions(models=(model,), rest_port=0).port
        8500
        ```
    """

    models: tuple[ModelConfig, ...]
    host: str = "0.0.0.0"
    port: int = 8500
    rest_port: int = 8501
    poll_seconds: float = 1.0
    batching: BatchingOptions | None = None
    tls: TlsOptions | None = None
    metrics_path: str | None = _METRICS_PATH
    warm_up: bool = True
    max_message_mb: int = DEFAULT_MESSAGE_MB
    drain_seconds: float = 30.0
    config_file: Path | None = None
    config_poll_seconds: float = 0.0

    def __post_init__(self) -> None:
        model_config.check(self.models)
        for name in ("port", "rest_port"):
            if not 0 <= getattr(self, name) <= 65535:
                raise InputError(
                    f"{name} must be 0 .. 65535, got {getattr(self, name)}"
                )
        for name in ("poll_seconds", "max_message_mb"):
            if getattr(self, name) <= 0:
                raise InputError(f"{name} must be above 0, got {getattr(self, name)}")
        if self.max_message_mb > 2047:
            raise InputError(
                f"gRPC takes messages below 2048 MB, got {self.max_message_mb}"
            )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options to a parser, each in both spellings.

    `--drain-seconds` is also `--drain_seconds`, and `--rest-port` TensorFlow Serving's
    `--rest_api_port`.
    """

    def add(name: str, *others: str, **more: Any) -> None:
        flags = [name, *others]
        if "-" in name[2:]:
            flags.append("--" + name[2:].replace("-", "_"))
        parser.add_argument(*flags, **more)

    add(
        "--model-base-path",
        type=Path,
        metavar="DIR",
        help="Folder that holds the numbered versions of one model, as `v2v-tf export` "
        "writes them.",
    )
    add(
        "--model",
        metavar="MODEL",
        help="Run or pack to export once and serve, in place of --model-base-path.",
    )
    add(
        "--model-name",
        metavar="NAME",
        help="Name by which requests ask for the model (default: vid2vid; of --model, "
        "the name of its folder).",
    )
    add(
        "--model-config-file",
        type=Path,
        metavar="FILE",
        help="Text file that lists several models, in TensorFlow Serving's format; in "
        "place of --model-base-path.",
    )
    add(
        "--model-config-file-poll-wait-seconds",
        type=float,
        default=0.0,
        metavar="S",
        help="Seconds after which --model-config-file is read again and its changes "
        "are served; 0 reads it once (default: %(default)g).",
    )
    add(
        "--host",
        default="0.0.0.0",
        metavar="ADDRESS",
        help="Network address to listen on (default: %(default)s, all of them).",
    )
    add(
        "--port",
        type=int,
        default=8500,
        metavar="N",
        help="Port of the gRPC service; 0 takes a free one (default: %(default)d).",
    )
    add(
        "--rest-port",
        "--rest_api_port",
        type=int,
        default=8501,
        metavar="N",
        help="Port of the REST service and of the metrics; 0 switches both off "
        "(default: %(default)d).",
    )
    add(
        "--file-system-poll-wait-seconds",
        type=float,
        default=1.0,
        metavar="S",
        help="Seconds between checks for new versions (default: %(default)g).",
    )
    add(
        "--enable-batching",
        type=_flag,
        nargs="?",
        const=True,
        default=False,
        metavar="BOOL",
        help="Run requests of several callers together as one batch (default: false).",
    )
    add(
        "--batching-parameters-file",
        type=Path,
        metavar="FILE",
        help="Text file with sizes and waiting times of batches, in TensorFlow "
        "Serving's format, for --enable-batching (default: built-in values).",
    )
    add(
        "--ssl-config-file",
        type=Path,
        metavar="FILE",
        help="Text file with key and certificates for TLS over gRPC, in TensorFlow "
        "Serving's format (default: no TLS).",
    )
    add(
        "--monitoring-config-file",
        type=Path,
        metavar="FILE",
        help="Text file that says whether and where Prometheus metrics are served, in "
        "TensorFlow Serving's format (default: /monitoring/prometheus/metrics).",
    )
    add(
        "--enable-model-warmup",
        type=_flag,
        nargs="?",
        const=True,
        default=True,
        metavar="BOOL",
        help="Replay the warm-up requests of a version before it is served "
        "(default: true).",
    )
    add(
        "--max-message-mb",
        type=int,
        default=DEFAULT_MESSAGE_MB,
        metavar="MB",
        help="Size of the largest message that is accepted or sent, in megabytes, up "
        "to 2047 (default: %(default)d).",
    )
    add(
        "--drain-seconds",
        type=float,
        default=30.0,
        metavar="S",
        help="Seconds that running requests may take to end after SIGTERM "
        "(default: %(default)g).",
    )


def from_arguments(args: argparse.Namespace) -> ServerOptions:
    """Returns the options of parsed arguments, and reads the files that they name.

    Args:
        args: arguments of a parser that `add_arguments` was given.

    Raises:
        InputError: no source of models is named, or two, or a file cannot be read.
    """
    sources = (args.model, args.model_base_path, args.model_config_file)
    if sum(one is not None for one in sources) != 1:
        raise InputError(
            "name what to serve: either --model-base-path (one exported model), "
            "--model (a run or a pack), or --model-config-file (several)"
        )
    if args.batching_parameters_file and not args.enable_batching:
        raise InputError("--batching-parameters-file needs --enable-batching")
    if args.model_config_file is None:
        name, path = _DEFAULT_NAME, args.model_base_path
        if args.model is not None:
            name, path = cached_export(args.model)
        models: tuple[ModelConfig, ...] = (ModelConfig(args.model_name or name, path),)
    else:
        models = read_models(args.model_config_file)
    return ServerOptions(
        models=models,
        host=args.host,
        port=args.port,
        rest_port=args.rest_port,
        poll_seconds=args.file_system_poll_wait_seconds,
        batching=_batching(args),
        tls=_tls(args.ssl_config_file),
        metrics_path=_metrics_path(args.monitoring_config_file),
        warm_up=args.enable_model_warmup,
        max_message_mb=args.max_message_mb,
        drain_seconds=args.drain_seconds,
        config_file=args.model_config_file,
        config_poll_seconds=args.model_config_file_poll_wait_seconds,
    )


def read_models(path: Path) -> tuple[ModelConfig, ...]:
    """Returns the models that a `--model_config_file` lists.

    Raises:
        InputError: the file cannot be read, or lists what cannot be served.
    """
    return model_config.from_proto(text_configs.read_models(path))


def _batching(args: argparse.Namespace) -> BatchingOptions | None:
    if not args.enable_batching:
        return None
    if args.batching_parameters_file is None:
        return BatchingOptions()
    found = text_configs.read(args.batching_parameters_file, "BatchingParameters")
    names = (
        *("max_batch_size", "batch_timeout_micros"),
        *("max_enqueued_batches", "num_batch_threads"),
    )
    given = {n: getattr(found, n).value for n in names if found.HasField(n)}
    return BatchingOptions(
        **given, allowed_batch_sizes=tuple(found.allowed_batch_sizes)
    )


def _tls(path: Path | None) -> TlsOptions | None:
    if path is None:
        return None
    found = text_configs.read(path, "SSLConfig")
    if not found.server_key or not found.server_cert:
        raise InputError(f"{path}: TLS needs server_key and server_cert, as PEM texts")
    if found.client_verify and not found.custom_ca:
        raise InputError(
            f"{path}: client_verify needs custom_ca, the certificate that signed the "
            "clients' ones"
        )
    return TlsOptions(
        key=found.server_key.encode(),
        certificate=found.server_cert.encode(),
        client_ca=found.custom_ca.encode() or None,
        client_verify=found.client_verify,
    )


def _metrics_path(path: Path | None) -> str | None:
    if path is None:
        return _METRICS_PATH
    found = text_configs.read(path, "MonitoringConfig").prometheus_config
    return (found.path or _METRICS_PATH) if found.enable else None


def _flag(text: str) -> bool:
    known = {"true": True, "1": True, "false": False, "0": False}
    if text.lower() not in known:
        raise argparse.ArgumentTypeError(f"expected true or false, got '{text}'")
    return known[text.lower()]
