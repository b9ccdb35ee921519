"""One model that is served: its versions, found on disk, loaded and let go.

A version is served when it is complete and loaded and its warm-up requests ran; the one
before stays until then, and requests that run in it end in it.
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
class HowToServe:
    """What all models of a server have in common.

    Attributes:
        batching: how requests are batched; None for each alone.
        warm_up: run the requests that come with a model before it is served.
        on_batch: is told a model's name and the size of every batch.
    """

    batching: BatchingOptions | None = None
    warm_up: bool = True
    on_batch: OnBatch = lambda name, size: None


@dataclass(eq=False)
class Served:
    """A version that answers.

    Attributes:
        model: in memory.
        run: runs its signatures, in batches where the server batches.
        close: lets it go.
    """

    model: LoadedModel
    run: Run
    close: Callable[[], None] = lambda: None


@dataclass(frozen=True)
class VersionStatus:
    """What became of a version: a state of TensorFlow Serving's, and why."""

    state: int
    error: str = ""


class ServedModel:
    """The versions of one model.

    Args:
        config: which.
        how: see `HowToServe`.
        before: the same model under another configuration, whose versions stay in
            memory where they are served still; None for none.
    """

    def __init__(
        self, config: ModelConfig, how: HowToServe, before: ServedModel | None = None
    ) -> None:
        self.config = config
        self._how = how
        # Held for moments; loading goes on outside.
        self._lock = threading.Lock()
        self._served: dict[int, Served] = {}
        self._statuses: dict[int, VersionStatus] = {}
        if before is not None and before.config.base_path == config.base_path:
            with before._lock:
                self._served = dict(before._served)
                self._statuses = dict(before._statuses)
        # What folders looked like when last seen, and when loading them failed.
        self._seen: dict[int, Fingerprint] = {}
        self._failed: dict[int, Fingerprint] = {}
        self._was_polled = self._is_empty = False

    @property
    def served(self) -> dict[int, Served]:
        """The versions that answer."""
        with self._lock:
            return dict(self._served)

    @property
    def errors(self) -> str:
        """Why versions do not answer."""
        with self._lock:
            return "; ".join(s.error for s in self._statuses.values() if s.error)

    def find(self, spec: model_pb2.ModelSpec) -> Served:
        """Returns the version that a request asks for.

        Raises:
            RequestError: no such version or label, or none available.
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
            RequestError: no such version, or none at all.
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
        """Looks at the folder once, and loads and lets go what that asks for."""
        folders = version_folders(self.config.base_path)
        was_empty, self._is_empty = self._is_empty, not folders
        first_look, self._was_polled = not self._was_polled, True
        if not folders:
            # Whoever empties the folder of a model that answers does not mean that.
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
        settled = first_look or self._seen.get(version) == mark
        self._seen[version] = mark
        if self._failed.get(version) == mark:
            return
        if not settled:
            self._set(version, State.START)
            return
        self._set(version, State.LOADING)
        name = self.config.name
        try:
            model = LoadedModel(name, version, folder)
            count = warmup.replay(model) if self._how.warm_up else 0
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

    def _serve(self, model: LoadedModel) -> Served:
        how = self._how
        if how.batching is None:
            return Served(model, model.run)
        batcher = Batcher(
            model.run, how.batching, lambda size: how.on_batch(model.name, size)
        )
        return Served(model, batcher.run, batcher.close)

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
