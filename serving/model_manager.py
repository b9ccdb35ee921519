"""Holds the models of a server: hands them out, polls folders, reloads others."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence

import grpc
from absl import logging
from tensorflow_serving.apis import model_pb2

from serving.model_config import ModelConfig, check
from serving.served_model import (
    ServedModel,
    ServedVersion,
    ServingOptions,
    VersionStatus,
)
from serving.status import RequestError, not_found


class ModelManager:
    """Finds, loads and hands out versions of models.

    Args:
        configs: name, folder and wanted versions of each model.
        options: options that all models share; None for the defaults.

    Raises:
        InputError: the models cannot be served side by side.
    """

    def __init__(
        self, configs: Sequence[ModelConfig], options: ServingOptions | None = None
    ) -> None:
        check(configs)
        self._options = options or ServingOptions()
        # Replaced whole, never changed: a thread may go on with the one it has read.
        self._models = {c.name: ServedModel(c, self._options) for c in configs}
        self._polling = threading.Lock()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, poll_seconds: float) -> None:
        """Polls once, and then every `poll_seconds` in a thread."""
        self.poll()

        def work() -> None:
            while not self._stopped.wait(poll_seconds):
                try:
                    self.poll()
                except Exception:  # A disk that fails now may work later.
                    logging.exception("looking for versions failed; trying again")

        self._thread = threading.Thread(target=work, daemon=True, name="versions")
        self._thread.start()

    def stop(self) -> None:
        """Ends polling and batching; requests that run end by themselves."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()
        _close(_all_served(self._models.values()))

    def poll(self) -> None:
        """Loads versions that are new in the folders; lets go those not wanted."""
        with self._polling:
            for model in self._models.values():
                model.poll()

    def serving(self, spec: model_pb2.ModelSpec) -> ServedVersion:
        """Returns the version that serves a request.

        Args:
            spec: name of the model, and number or label of a version.

        Raises:
            RequestError: there is no such model, version or label, or none available.
        """
        models = self._models
        if spec.name not in models:
            names = ", ".join(sorted(models)) or "none"
            raise not_found(
                f"Servable not found for request: Latest({spec.name}): models are "
                f"{names}"
            )
        return models[spec.name].find(spec)

    def statuses(self, spec: model_pb2.ModelSpec) -> dict[int, VersionStatus]:
        """Returns the status of every version of a model, or of the one named.

        Raises:
            RequestError: there is no such model or version.
        """
        models = self._models
        if spec.name not in models:
            raise not_found(f"Could not find any versions of model {spec.name}")
        return models[spec.name].statuses(spec)

    def is_ready(self) -> bool:
        """Returns whether every model has a version that answers."""
        return all(model.served for model in self._models.values())

    def failures(self) -> dict[str, str]:
        """Returns the models of which no version answers, and why."""
        models = self._models.items()
        return {name: model.errors for name, model in models if not model.served}

    def reload(self, configs: Sequence[ModelConfig]) -> None:
        """Serves the models of another configuration; all of them, or none.

        Args:
            configs: name, folder and wanted versions of each model.

        Raises:
            InputError: the models cannot be served side by side.
            RequestError: no version of a model can be loaded, or a label names a
                version that is not available; what was served stays as it was.
        """
        check(configs)
        with self._polling:
            before = self._models
            after = {}
            for config in configs:
                model = ServedModel(config, self._options, before.get(config.name))
                model.poll()
                after[config.name] = model
            try:
                for model in after.values():
                    _check_reloaded(model)
            except RequestError:
                new = _all_served(after.values()) - _all_served(before.values())
                _close(new)
                raise
            self._models = after
            _close(_all_served(before.values()) - _all_served(after.values()))


def _check_reloaded(model: ServedModel) -> None:
    config, served = model.config, model.served
    if not served:
        why = f": {model.errors}" if model.errors else ""
        raise RequestError(
            grpc.StatusCode.UNKNOWN,
            f"no version of {config.name} became available in {config.base_path}{why}",
        )
    for label, version in config.labels.items():
        if version not in served:
            raise RequestError(
                grpc.StatusCode.FAILED_PRECONDITION,
                f"Request to assign label {label} to version {version} of model "
                f"{config.name}, which is not currently available for inference",
            )


def _all_served(models: Iterable[ServedModel]) -> set[ServedVersion]:
    return {one for model in models for one in model.served.values()}


def _close(served: set[ServedVersion]) -> None:
    for one in served:
        one.close()
