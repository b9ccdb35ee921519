"""Options of the server: ours, and TensorFlow Serving's own spellings of them."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from serving import model_config, text_configs
from serving.batching_options import BatchingOptions
from serving.model_config import ModelConfig
from v2v_tf.errors import InputError

DEFAULT_MESSAGE_MB = 256
_METRICS_PATH = "/monitoring/prometheus/metrics"


@dataclass(frozen=True)
class TlsOptions:
    """PEM texts for TLS.

    Attributes:
        key: private key of the server.
        certificate: of the server, with its chain.
        client_ca: certificates that clients' ones are checked by.
        client_verify: refuse clients without a certificate.
    """

    key: bytes
    certificate: bytes
    client_ca: bytes | None = None
    client_verify: bool = False


@dataclass(frozen=True)
class ServerOptions:
    """What a server is started with.

    Attributes:
        models: to serve.
        host: address to listen on.
        port: of gRPC; 0 for any that is free.
        rest_port: of REST; 0 for none.
        poll_seconds: between looks for versions.
        batching: None for each request alone.
        tls: for gRPC; None for none.
        metrics_path: of Prometheus, on the REST port; None for none.
        warm_up: replay the requests that come with a model.
        max_message_mb: the largest message of gRPC and body of REST.
        drain_seconds: how long requests may run on after SIGTERM.
        config_file: of models, read again every `config_poll_seconds`.
        config_poll_seconds: 0 for never.
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
    """Adds the options in both spellings, `--rest-port` and `--rest_api_port`."""

    def add(name: str, *others: str, **more) -> None:
        flags = [name, *others]
        if "-" in name[2:]:
            flags.append("--" + name[2:].replace("-", "_"))
        parser.add_argument(*flags, **more)

    add("--model-base-path", type=Path, metavar="DIR", help="folder of versions")
    add("--model-name", default="vid2vid", help="in requests")
    add("--model-config-file", type=Path, metavar="FILE", help="several models")
    add(
        "--model-config-file-poll-wait-seconds",
        type=float,
        default=0.0,
        metavar="S",
        help="read that file again so often; 0 for never",
    )
    add("--host", default="0.0.0.0", help="address to listen on")
    add("--port", type=int, default=8500, help="of gRPC; 0 for one that is free")
    add(
        "--rest-port",
        "--rest_api_port",
        type=int,
        default=8501,
        help="of REST; 0 for none",
    )
    add(
        "--file-system-poll-wait-seconds",
        type=float,
        default=1.0,
        metavar="S",
        help="between looks for new versions",
    )
    add(
        "--enable-batching",
        type=_flag,
        nargs="?",
        const=True,
        default=False,
        metavar="BOOL",
        help="run requests of several callers together",
    )
    add("--batching-parameters-file", type=Path, metavar="FILE", help="how")
    add("--ssl-config-file", type=Path, metavar="FILE", help="TLS for gRPC")
    add("--monitoring-config-file", type=Path, metavar="FILE", help="Prometheus")
    add(
        "--enable-model-warmup",
        type=_flag,
        nargs="?",
        const=True,
        default=True,
        metavar="BOOL",
        help="replay the requests that come with a model",
    )
    add(
        "--max-message-mb",
        type=int,
        default=DEFAULT_MESSAGE_MB,
        metavar="MB",
        help="largest message",
    )
    add(
        "--drain-seconds",
        type=float,
        default=30.0,
        metavar="S",
        help="that requests may run on after SIGTERM",
    )


def from_arguments(args: argparse.Namespace) -> ServerOptions:
    """Returns the options that arguments stand for, the files they name read.

    Raises:
        InputError: none or two sources of models, or a file that cannot be read.
    """
    if (args.model_base_path is None) == (args.model_config_file is None):
        raise InputError(
            "name what to serve: either --model-base-path (one model) or "
            "--model-config-file (several)"
        )
    if args.batching_parameters_file and not args.enable_batching:
        raise InputError("--batching-parameters-file needs --enable-batching")
    if args.model_config_file is None:
        models: tuple[ModelConfig, ...] = (
            ModelConfig(args.model_name, args.model_base_path),
        )
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
    """Returns the models of a `--model_config_file`.

    Raises:
        InputError: it cannot be read, or names what cannot be served.
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
