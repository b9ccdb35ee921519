"""Finds the versions of one model on disk, loads them and lets them go.

A version is served once it is complete and loaded and its warm-up requests ran. The
version before stays until then, and requests that began in it end in it.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from absl import logging
from tensorflow_serving.apis import get_model_status_pb2, model_pb2

from serving import warmup
from serving.batching import Batcher, Run
from serving.batching_options import BatchingOptions
from serving.model import LoadedModel
from serving.model_config import ModelConfig
from serving.status import invalid, not_found
from v2v_tf.errors import InputError
from v2v_tf.export.versions import Fingerprint, fingerprint, version_folders

State = get_model_status_pb2.ModelVersionStatus
OnBatch = Callable[[str, int], None]


@dataclass(frozen=True)
class ServingOptions:
    """Holds the options that all models of a server share.

    Attributes:
        batching: options of batching; None to run each request alone.
        warm_up: replay the warm-up requests of a version before it is served.
        on_batch: called with the name of the model and the number of examples of every
            batch.
    """

    batching: BatchingOptions | None = None
    warm_up: bool = True
    on_batch: OnBatch = lambda name, size: None


@dataclass(eq=False)
class ServedVersion:
    """Answers requests with one version of a model.

    Attributes:
        model: version in memory.
        run: runs its signatures, in batches where the server batches.
        close: finishes the requests that wait for a batch.
    """

    model: LoadedModel
    run: Run
    close: Callable[[], None] = lambda: None


@dataclass(frozen=True)
class VersionStatus:
    """Says the state of a version.

    Attributes:
        state: number of TensorFlow Serving's `ModelVersionStatus.State`.
        error: reason why the version cannot be served; empty for none.
    """

    state: int
    error: str = ""


class ServedModel:
    """Holds the versions of one model.

    Args:
        config: name, folder and wanted versions of the model.
        options: options that all models of the server share.
        before: the same model under an earlier configuration, whose versions stay in
            memory where they are still served; None for a new model.
    """

    def __init__(
        self,
        config: ModelConfig,
        options: ServingOptions,
        before: ServedModel | None = None,
    ) -> None:
        self.config = config
        self._options = options
        # Held for moments; loading goes on outside.
        self._lock = threading.Lock()
        self._served: dict[int, ServedVersion] = {}
        self._statuses: dict[int, VersionStatus] = {}
        if before is not None and before.config.base_path == config.base_path:
            with before._lock:
                self._served = dict(before._served)
                self._statuses = dict(before._statuses)
        # Fingerprints of folders at the last poll, and when loading them failed.
        self._last: dict[int, Fingerprint] = {}
        self._failed: dict[int, Fingerprint] = {}
        self._was_polled = self._is_empty = False

    @property
    def served(self) -> dict[int, ServedVersion]:
        """Versions that answer, by number."""
        with self._lock:
            return dict(self._served)

    @property
    def errors(self) -> str:
        """Reasons why versions do not answer; empty where all do."""
        with self._lock:
            return "; ".join(s.error for s in self._statuses.values() if s.error)

    def find(self, spec: model_pb2.ModelSpec) -> ServedVersion:
        """Returns the version that a request asks for.

        Args:
            spec: number or label of a version, or neither for the newest.

        Raises:
            RequestError: there is no such version or label, or none is available.
        """
        version = self._version(spec)
        served = self.served
        if version is None and served:
            return served[max(served)]
        if version in served:
            return served[version]
        name = self.config.name
        wanted = f"Latest({name})"
        if version is not None:
            wanted = f"Specific({name}, {version})"
        available = ", ".join(map(str, sorted(served))) or "none"
        raise not_found(
            f"Servable not found for request: {wanted}: versions of {name} are "
            f"{available}"
        )

    def statuses(self, spec: model_pb2.ModelSpec) -> dict[int, VersionStatus]:
        """Returns the status of every version, or of the one that is named.

        Raises:
            RequestError: there is no such version, or none at all.
        """
        version, name = self._version(spec), self.config.name
        with self._lock:
            known = dict(self._statuses)
        if not known:
            raise not_found(f"Could not find any versions of model {name}")
        if version is None:
            return known
        if version not in known:
            raise not_found(f"Could not find version {version} of model {name}")
        return {version: known[version]}

    def poll(self) -> None:
        """Loads versions that are new in the folder; lets go those not wanted."""
        folders = version_folders(self.config.base_path)
        was_empty, self._is_empty = self._is_empty, not folders
        first_look, self._was_polled = not self._was_polled, True
        if not folders:
            # The folder of a model that answers was hardly emptied to stop it.
            if not was_empty:
                logging.warning("no version in %s", self.config.base_path)
            return
        wanted = self.config.select(folders)
        for version in wanted:
            if version not in self._served:
                self._consider(version, folders[version], first_look)
        if any(version in self._served for version in wanted):
            for version in set(self._served) - set(wanted):
                self._let_go(version)

    def _version(self, spec: model_pb2.ModelSpec) -> int | None:
        """Returns the version that a request names; None for the newest."""
        choice = spec.WhichOneof("version_choice")
        if choice is None:
            return None
        if choice == "version":
            return spec.version.value
        labels = self.config.labels
        if spec.version_label not in labels:
            raise invalid(
                f"Unrecognized servable version label: {spec.version_label}: labels of "
                f"{self.config.name} are {', '.join(sorted(labels)) or 'none'}"
            )
        return labels[spec.version_label]

    def _consider(self, version: int, folder: Path, first_look: bool) -> None:
        """Loads a version, unless it is being copied or was found broken."""
        mark = fingerprint(folder)
        # A first look takes what is there, later ones wait until copying ends.
        settled = first_look or self._last.get(version) == mark
        self._last[version] = mark
        if self._failed.get(version) == mark:
            return
        if not settled:
            self._set(version, State.START)
            return
        self._set(version, State.LOADING)
        name = self.config.name
        try:
            model = LoadedModel(name, version, folder)
            count = warmup.replay(model) if self._options.warm_up else 0
        except InputError as error:
            self._failed[version] = mark
            self._set(version, State.END, str(error))
            logging.error("%s version %d: %s", name, version, error)
            return
        served = self._serve(model)
        with self._lock:
            self._served[version] = served
            self._statuses[version] = VersionStatus(State.AVAILABLE)
        logging.info(
            "serving %s version %d (%d warm-up requests)", name, version, count
        )

    def _serve(self, model: LoadedModel) -> ServedVersion:
        options = self._options
        if options.batching is None:
            return ServedVersion(model, model.run)
        batcher = Batcher(
            model.run, options.batching, lambda size: options.on_batch(model.name, size)
        )
        return ServedVersion(model, batcher.run, batcher.close)

    def _let_go(self, version: int) -> None:
        with self._lock:
            served = self._served.pop(version)
            self._statuses[version] = VersionStatus(State.END)
        served.close()
        del served
        gc.collect()
        logging.info("%s version %d is let go", self.config.name, version)

    def _set(self, version: int, state: int, error: str = "") -> None:
        with self._lock:
            self._statuses[version] = VersionStatus(state, error)
