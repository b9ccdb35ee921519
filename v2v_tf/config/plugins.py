"""Finds plug-ins by name: built in, or of other installed packages.

A package joins with an entry point of group `v2v_tf.tasks`, `v2v_tf.models` or
`v2v_tf.detectors` that names a `v2v_tf.tasks.Task`, a `v2v_tf.models.ModelFamily` or a
class of `v2v_tf.detection.detector.Detector`. All are found by name and imported on
first use, so that nothing here imports the rooms above.
"""

from __future__ import annotations

import difflib
import importlib
import importlib.metadata
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from v2v_tf.errors import InputError


class Registry:
    """Finds the plug-ins of one kind by name.

    Args:
        group: group of entry points, `v2v_tf.tasks` or `v2v_tf.models`.
        kind: word for a plug-in in messages, such as `task`.
        built_in: name to `module:attribute` of those that come with `v2v_tf`.

    Example:
        ```python
        >>> from v2v_tf.config.plugins import TASKS
        >>> "street" in TASKS.names()
        True

        ```
    """

    def __init__(self, group: str, kind: str, built_in: Mapping[str, str]) -> None:
        self.group = group
        self.kind = kind
        self._built_in = dict(built_in)
        self._found: dict[str, importlib.metadata.EntryPoint] | None = None
        self._loaded: dict[str, Any] = {}

    def names(self) -> tuple[str, ...]:
        """Returns the names of all plug-ins, the built-in ones first."""
        return (*self._built_in, *sorted(self._entry_points()))

    def names_with(self, trait: str) -> tuple[str, ...]:
        """Returns the names of the plug-ins that have a trait.

        One whose package cannot be imported is left out: `get` says so to those who
        ask for it.

        Args:
            trait: an attribute of plug-ins that is true or false.
        """
        found = []
        for name in self.names():
            try:
                plugin = self.get(name)
            except InputError:
                continue
            if getattr(plugin, trait):
                found.append(name)
        return tuple(found)

    def get(self, name: str) -> Any:
        """Returns the plug-in of a name, imported on first use.

        Raises:
            InputError: there is none of that name, or its package cannot be imported.
        """
        if name not in self._loaded:
            self._loaded[name] = self._load(name)
        return self._loaded[name]

    def _load(self, name: str) -> Any:
        if name in self._built_in:
            return imported(self._built_in[name])
        found = self._entry_points().get(name)
        if found is None:
            raise InputError(
                f"no {self.kind} '{name}'{did_you_mean(name, self.names())}; there are "
                f"{', '.join(self.names())}: install the package that brings it"
            )
        try:
            plugin = found.load()
        except Exception as error:  # another package's import may raise anything
            raise InputError(
                f"the {self.kind} '{name}' of {found.value} cannot be imported: {error}"
            ) from error
        if getattr(plugin, "name", None) != name:
            raise InputError(
                f"{found.value} is registered as {self.kind} '{name}': expected an "
                f"object whose `name` is that, got {getattr(plugin, 'name', None)!r}"
            )
        return plugin

    def _entry_points(self) -> dict[str, importlib.metadata.EntryPoint]:
        if self._found is None:
            found: dict[str, importlib.metadata.EntryPoint] = {}
            for one in importlib.metadata.entry_points(group=self.group):
                other = self._built_in.get(one.name)
                if one.name in found and found[one.name].value != one.value:
                    other = found[one.name].value
                if other is not None:
                    raise InputError(
                        f"two packages register the {self.kind} '{one.name}': {other} "
                        f"and {one.value}: uninstall one of them"
                    )
                found[one.name] = one
            self._found = found
        return self._found


class Blocks(Mapping[str, Any]):
    """Holds a block of options for each plug-in of a registry, by attribute or name.

    A block that nobody set has its defaults, and is neither stored nor written, so that
    a configuration can be read where other plug-ins are missing.

    Args:
        registry: registry of the plug-ins; each has a `config_class`, a frozen
            dataclass.
        **given: blocks by the names of plug-ins.

    Example:
        ```python
        >>> from v2v_tf.config import load_config
        >>> config = load_config(None, ("conditioning.edges.blur_sigma=2",))
        >>> config.conditioning.edges.blur_sigma
        2.0

        ```
    """

    def __init__(self, registry: Registry, **given: Any) -> None:
        self._registry = registry
        self._given = {
            name: block
            for name, block in given.items()
            if block != registry.get(name).config_class()
        }

    def __getitem__(self, name: str) -> Any:
        if name in self._given:
            return self._given[name]
        return self._registry.get(name).config_class()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name not in self._registry.names():
            raise AttributeError(name)
        return self[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._registry.names())

    def __len__(self) -> int:
        return len(self._registry.names())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Blocks) and self._given == other._given

    def __hash__(self) -> int:
        return hash(tuple(sorted(self._given.items())))

    def __repr__(self) -> str:
        return f"Blocks({self._given})"

    def __reduce__(self) -> tuple:
        return _blocks, (self._registry.group, self._given)

    @property
    def given(self) -> Mapping[str, Any]:
        """Returns the blocks that differ from their defaults."""
        return dict(self._given)

    def replace(self, **blocks: Any) -> Blocks:
        """Returns these blocks with others in place of those named."""
        return Blocks(self._registry, **{**self._given, **blocks})


def imported(name: str) -> Any:
    """Returns what `module:attribute` names, its module imported on first use."""
    module, _, attribute = name.partition(":")
    return getattr(importlib.import_module(module), attribute)


def did_you_mean(word: str, candidates: Iterable[str]) -> str:
    """Returns `; did you mean 'x'?` for the nearest candidate, or nothing."""
    near = difflib.get_close_matches(word, list(candidates), n=1, cutoff=0.5)
    return f"; did you mean '{near[0]}'?" if near else ""


def _blocks(group: str, given: Mapping[str, Any]) -> Blocks:
    return Blocks(next(r for r in (TASKS, MODELS) if r.group == group), **given)


TASKS = Registry(
    "v2v_tf.tasks",
    "task",
    {
        "street": "v2v_tf.tasks.street.task:TASK",
        "face": "v2v_tf.tasks.face.task:TASK",
        "pose": "v2v_tf.tasks.pose.task:TASK",
        "edges": "v2v_tf.tasks.edges.task:TASK",
        "depth": "v2v_tf.tasks.depth.task:TASK",
        "silhouette": "v2v_tf.tasks.silhouette.task:TASK",
        "softedge": "v2v_tf.tasks.softedge.task:TASK",
    },
)
DETECTORS = Registry(
    "v2v_tf.detectors",
    "detector",
    {
        "mediapipe-face": "v2v_tf.tasks.face.mediapipe:MediaPipeFaces",
        "mediapipe-pose": "v2v_tf.tasks.pose.mediapipe:MediaPipePeople",
        "mediapipe-silhouette": (
            "v2v_tf.tasks.silhouette.mediapipe:MediaPipeSilhouettes"
        ),
        "canny-edges": "v2v_tf.tasks.edges.detector:CannyEdges",
        "hed-softedge": "v2v_tf.tasks.softedge.detector:HedEdges",
        "network-street": "v2v_tf.tasks.street.network:NetworkStreet",
        "network-depth": "v2v_tf.tasks.depth.network:NetworkDepth",
    },
)
MODELS = Registry(
    "v2v_tf.models",
    "model family",
    {
        "vid2vid": "v2v_tf.models.vid2vid.family:FAMILY",
        "first_frame": "v2v_tf.models.first_frame.family:FAMILY",
        "forecaster": "v2v_tf.models.forecaster.family:FAMILY",
    },
)
