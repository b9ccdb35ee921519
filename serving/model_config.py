"""Names the models that are served, and which of their versions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tensorflow_serving.config import model_server_config_pb2

from v2v_tf.errors import InputError


@dataclass(frozen=True)
class ModelConfig:
    """Describes one model that is served.

    Attributes:
        name: name by which requests ask for it.
        base_path: folder that holds its numbered versions.
        num_latest: number of versions to serve, the highest ones; None for all of
            them, or where `specific` names them.
        specific: numbers of the versions to serve; empty to go by `num_latest`.
        labels: numbers of versions by the labels that requests may use.

    Example:
        ```python
        >>> from pathlib import Path
        >>> ModelConfig("vid2vid", Path("models"), num_latest=2).select([1, 3, 2])
        [3, 2]
        ```
    """

    name: str
    base_path: Path
    num_latest: int | None = 1
    specific: tuple[int, ...] = ()
    labels: Mapping[str, int] = field(default_factory=dict)

    def select(self, versions: Iterable[int]) -> list[int]:
        """Returns those of the existing versions that are served, highest first."""
        found = sorted(versions, reverse=True)
        if self.specific:
            return [version for version in found if version in self.specific]
        return found[: self.num_latest]


def from_proto(
    config: model_server_config_pb2.ModelServerConfig,
) -> tuple[ModelConfig, ...]:
    """Returns the models that a configuration of TensorFlow Serving lists.

    Raises:
        InputError: it holds no list of models, or one that cannot be served.
    """
    if config.WhichOneof("config") != "model_config_list":
        raise InputError(
            "expected a model_config_list with a config { name: ... base_path: ... } "
            "for each model"
        )
    models = tuple(_one(entry) for entry in config.model_config_list.config)
    check(models)
    return models


def check(models: Sequence[ModelConfig]) -> None:
    """Raises InputError for models that cannot be served side by side."""
    names = [model.name for model in models]
    for model in models:
        if not model.name:
            raise InputError("a model needs a name")
        if names.count(model.name) > 1:
            raise InputError(f"two models are named {model.name}: give each its own")
        if not model.base_path.is_dir():
            raise InputError(
                f"model {model.name}: {model.base_path} is no folder: name the one "
                "that holds the numbered versions, as `v2v-tf export --output` does"
            )


def _one(entry: Any) -> ModelConfig:
    if entry.model_platform not in ("", "tensorflow"):
        raise InputError(
            f"model {entry.name}: platform '{entry.model_platform}' is not served "
            "here, only tensorflow"
        )
    policy = entry.model_version_policy
    kind = policy.WhichOneof("policy_choice")
    num_latest: int | None = 1
    specific: tuple[int, ...] = ()
    if kind == "latest":
        num_latest = policy.latest.num_versions or 1
    elif kind == "all":
        num_latest = None
    elif kind == "specific":
        num_latest, specific = None, tuple(policy.specific.versions)
        if not specific:
            raise InputError(
                f"model {entry.name}: a specific version policy names no version"
            )
    return ModelConfig(
        name=entry.name,
        base_path=Path(entry.base_path),
        num_latest=num_latest,
        specific=specific,
        labels=dict(entry.version_labels),
    )
