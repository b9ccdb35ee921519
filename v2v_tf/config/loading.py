"""Builds frozen dataclasses from plain YAML values, with errors a person can use.

Knows the annotations the configuration uses: int, float, bool, str, Literal, nested
dataclasses, homogeneous tuples of any of them, mappings of names to them, and of a
`Registry` of plug-ins the name of one (`Annotated[str, REGISTRY]`) or one block of
options each (`Annotated[Blocks, REGISTRY]`).
"""

from __future__ import annotations

import dataclasses
import typing
from typing import Annotated, Any, Literal, TypeVar

import yaml

from v2v_tf.config.plugins import Blocks, Registry, did_you_mean
from v2v_tf.errors import InputError

T = TypeVar("T")


def build(cls: type[T], values: Any, source: str, prefix: str = "") -> T:
    """Returns `cls` made of the mapping `values`.

    Args:
        cls: a dataclass.
        values: a mapping; missing keys keep their defaults.
        source: the file, named in errors.
        prefix: dotted path of `cls` in the whole.

    Raises:
        InputError: unknown key or wrong type.
    """
    if not isinstance(values, dict):
        raise _wrong(prefix or "the file", "a mapping", values, source)
    hints = typing.get_type_hints(cls, include_extras=True)
    unknown = [key for key in values if key not in hints]
    if unknown:
        key = f"{prefix}{unknown[0]}"
        raise InputError(
            f"{source}: unknown key '{key}'{did_you_mean(str(unknown[0]), hints)}"
        )
    return cls(
        **{
            key: _convert(hints[key], value, source, f"{prefix}{key}")
            for key, value in values.items()
        }
    )


def override(config: T, assignment: str) -> T:
    """Returns `config` with one `a.b=value` applied; list items go by index.

    Raises:
        InputError: no `=`, an unknown key, an index out of range, a wrong type.
    """
    key, separator, text = assignment.partition("=")
    if not separator or not key:
        raise InputError(f"--set {assignment}: expected key.sub=value")
    source = f"--set {assignment}"
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise InputError(f"{source}: the value is not valid YAML") from error
    return _assign(type(config), config, key.split("."), value, source, "")


def merge(base: dict, top: dict) -> dict:
    """Returns `base` with `top` laid over it, mapping by mapping."""
    merged = dict(base)
    for key, value in top.items():
        below = merged.get(key)
        if isinstance(below, dict) and isinstance(value, dict):
            value = merge(below, value)
        merged[key] = value
    return merged


def plain(value: Any) -> Any:
    """Returns `value` as mappings, lists and scalars, for YAML and JSON."""
    if isinstance(value, Blocks):
        value = value.given
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def _assign(
    hint: Any, old: Any, path: list[str], value: Any, source: str, prefix: str
) -> Any:
    if not path:
        return _convert(hint, value, source, prefix)
    name, rest = path[0], path[1:]
    key = f"{prefix}.{name}" if prefix else name
    if isinstance(old, tuple):
        if not name.isdigit() or int(name) >= len(old):
            raise InputError(
                f"{source}: '{key}' expected an index 0 .. {len(old) - 1}, got '{name}'"
            )
        item_hint, index = typing.get_args(hint)[0], int(name)
        new = _assign(item_hint, old[index], rest, value, source, key)
        return (*old[:index], new, *old[index + 1 :])
    if isinstance(old, Blocks):
        registry = typing.get_args(hint)[1]
        _check_name(name, key, registry, source)
        block = registry.get(name).config_class
        new = _assign(block, old[name], rest, value, source, key)
        return old.replace(**{name: new})
    if not dataclasses.is_dataclass(old) or isinstance(old, type):
        raise InputError(f"{source}: '{prefix}' is a value and has no key '{name}'")
    hints = typing.get_type_hints(type(old), include_extras=True)
    if name not in hints:
        raise InputError(f"{source}: unknown key '{key}'{did_you_mean(name, hints)}")
    new = _assign(hints[name], getattr(old, name), rest, value, source, key)
    return dataclasses.replace(old, **{name: new})


def _convert(hint: Any, value: Any, source: str, key: str) -> Any:
    if dataclasses.is_dataclass(hint):
        return build(typing.cast(type, hint), value, source, f"{key}.")
    origin = typing.get_origin(hint)
    if origin is Annotated:
        kind, registry = typing.get_args(hint)
        return _convert_plugin(kind, registry, value, source, key)
    if origin is dict:
        if not isinstance(value, dict):
            raise _wrong(key, "a mapping", value, source)
        item = typing.get_args(hint)[1]
        return {
            str(k): _convert(item, v, source, f"{key}.{k}") for k, v in value.items()
        }
    if origin is tuple:
        if not isinstance(value, (list, tuple)):
            raise _wrong(key, "a list", value, source)
        item = typing.get_args(hint)[0]
        return tuple(
            _convert(item, v, source, f"{key}.{i}") for i, v in enumerate(value)
        )
    if origin is Literal:
        choices = typing.get_args(hint)
        if value not in choices:
            hint_text = did_you_mean(str(value), choices)
            raise InputError(
                f"{source}: '{key}' expected one of {', '.join(choices)}, "
                f"got {value!r}{hint_text}"
            )
        return value
    if hint is float and isinstance(value, (int, float, str)):
        # YAML reads 2e-4 (no dot) as text.
        if not isinstance(value, bool):
            try:
                return float(value)
            except ValueError:
                pass
    elif hint is int and isinstance(value, bool):
        pass  # An int to Python, and not meant as one.
    elif hint in (bool, int, str) and isinstance(value, hint):
        return value
    raise _wrong(key, hint.__name__, value, source)


def _convert_plugin(
    kind: type, registry: Registry, value: Any, source: str, key: str
) -> Any:
    """Returns the name of a plug-in, or the blocks of options of several."""
    if kind is not Blocks:
        if value not in registry.names():
            raise InputError(
                f"{source}: '{key}' expected one of {', '.join(registry.names())}, got "
                f"{value!r}{did_you_mean(str(value), registry.names())}"
            )
        return value
    if not isinstance(value, dict):
        raise _wrong(key, "a mapping", value, source)
    blocks = {}
    for name, values in value.items():
        _check_name(name, f"{key}.{name}", registry, source)
        block = registry.get(name).config_class
        blocks[name] = build(block, values, source, f"{key}.{name}.")
    return Blocks(registry, **blocks)


def _check_name(name: str, key: str, registry: Registry, source: str) -> None:
    if name not in registry.names():
        raise InputError(
            f"{source}: unknown key '{key}'{did_you_mean(str(name), registry.names())}"
        )


def _wrong(key: str, expected: str, value: Any, source: str) -> InputError:
    return InputError(
        f"{source}: '{key.rstrip('.')}' expected {expected}, "
        f"got {value!r} ({type(value).__name__})"
    )
