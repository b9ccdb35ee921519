"""What is said of a network beside its file: `network.json`, or `network.yaml`.

```json
{
  "labels": ["road", "sidewalk", "sky"],
  "input": {"range": [0, 1], "mean": [0.5, 0.5, 0.5], "std": [0.2, 0.2, 0.2],
            "size": [512, 1024]},
  "licences": {"code": "MIT", "weights": "CC-BY-4.0", "training_data": "my videos"}
}
```

`labels` are the names of the classes in order, or an object from id to name. `input`
says how frames become numbers: levels 0 .. 255 are put in `range` (default 0 to 1),
then `mean` is taken off and it is divided by `std` (defaults 0 and 1), of `size`
(height, width; default that of the network, else that of the frame), with blue first
where `order` is `bgr`. `depth` is of
networks of depths, see `DepthRules`. `output` names one of several outputs, and
`network` the file or name, where `--network` names the description itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import yaml

from v2v_tf.detection.model_files import Licences
from v2v_tf.detection.networks.fields import Fields
from v2v_tf.errors import InputError

NAMES = ("network.json", "network.yaml", "network.yml")
SUFFIXES = tuple(Path(name).suffix for name in NAMES)


@dataclass(frozen=True)
class InputRules:
    """Says how a frame becomes what a network reads.

    Attributes:
        low: what level 0 becomes.
        high: what level 255 becomes.
        mean: is taken off then, for red, green, blue.
        std: is divided by then.
        size: (height, width), pixels; None for that of the network or of the frame.
        keeps_shape: frames keep their shape, and `size` is about what they become.
        multiple: both sides are multiples of it, pixels.
        bgr: whether blue comes first, after all else.
    """

    low: float = 0.0
    high: float = 1.0
    mean: tuple[float, ...] = (0.0, 0.0, 0.0)
    std: tuple[float, ...] = (1.0, 1.0, 1.0)
    size: tuple[int, int] | None = None
    keeps_shape: bool = False
    multiple: int = 1
    bgr: bool = False

    @property
    def keeps_levels(self) -> bool:
        """Returns whether nothing is said of range, mean and standard deviation."""
        said = (self.low, self.high, self.mean, self.std)
        return said == (0.0, 1.0, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0))


@dataclass(frozen=True)
class DepthRules:
    """Says what the numbers of a network of depths are.

    Attributes:
        kind: `depth`, larger is farther, such as metres; `inverse`, larger is nearer,
            such as disparities, with or without a unit.
        scale: steps of the stored integers for each 1 of the network; one number for
            all frames, as a scale of each frame's own would flicker.
    """

    kind: Literal["depth", "inverse"] = "depth"
    scale: float = 256.0


@dataclass(frozen=True)
class NetworkDescription:
    """Holds what is said of a network.

    Attributes:
        path: file that says it; None where none does.
        labels: names of its classes by id; empty where nothing names them.
        input: how frames become what it reads; None where nothing says so.
        depth: what its depths are; None where nothing says so.
        output: name of the output that is taken; None for the only one.
        licences: what may be done with it; None where nothing says so.
        network: file or name of the network; None for the one beside the description.

    Example:
        ```python
        >>> from v2v_tf.detection.networks.description import parse
        >>> said = parse({"labels": ["road", "sky"], "input": {"range": [-1, 1]}})
        >>> said.labels[1], said.input.low
        ('sky', -1.0)

        ```
    """

    path: Path | None = None
    labels: Mapping[int, str] = field(default_factory=dict)
    input: InputRules | None = None
    depth: DepthRules | None = None
    output: str | None = None
    licences: Licences | None = None
    network: str | None = None


def read_description(folder: Path) -> NetworkDescription:
    """Reads the description in a folder; an empty one where there is none.

    Args:
        folder: folder of the network's file, or of its files.

    Raises:
        InputError: a description that cannot be; it names the key.
    """
    for name in NAMES:
        if (folder / name).is_file():
            return read_file(folder / name)
    return NetworkDescription()


def read_file(path: Path) -> NetworkDescription:
    """Reads a description; see `read_description`."""
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"{path}: cannot be read as JSON or YAML: {reason}") from error
    return parse(values, path)


def parse(values: Any, path: Path | None = None) -> NetworkDescription:
    """Returns what a description says.

    Args:
        values: content of the file.
        path: the file, for messages.

    Raises:
        InputError: an unknown key, or a value that cannot be.
    """
    known = ("network", "labels", "input", "depth", "output", "licences")
    fields = Fields(values, str(path or "network.json"), known)
    return NetworkDescription(
        path,
        fields.names("labels"),
        _input(fields.block("input", _INPUT)),
        _depth(fields.block("depth", ("kind", "scale"))),
        fields.text("output"),
        _licences(fields.block("licences", ("code", "weights", "training_data"))),
        fields.text("network"),
    )


_INPUT = ("range", "mean", "std", "size", "keep_shape", "multiple", "order")


def _input(said: Fields | None) -> InputRules | None:
    if said is None:
        return None
    low, high = said.numbers("range", 2) or (0.0, 1.0)
    size = said.numbers("size", 2)
    std = said.numbers("std", 3) or (1.0, 1.0, 1.0)
    said.require("range", low != high, "two numbers that differ")
    said.require("std", all(std), "numbers other than 0")
    whole = size is None or all(side > 0 and side == int(side) for side in size)
    said.require("size", whole, "height and width in pixels")
    order = said.text("order") or "rgb"
    said.require("order", order in ("rgb", "bgr"), "rgb or bgr")
    (multiple,) = said.numbers("multiple", 1) or (1.0,)
    is_count = multiple >= 1 and multiple == int(multiple)
    said.require("multiple", is_count, "a whole number of pixels, 1 or more")
    return InputRules(
        low,
        high,
        said.numbers("mean", 3) or (0.0, 0.0, 0.0),
        std,
        None if size is None else (int(size[0]), int(size[1])),
        said.truth("keep_shape"),
        int(multiple),
        order == "bgr",
    )


def _depth(said: Fields | None) -> DepthRules | None:
    if said is None:
        return None
    kind = said.text("kind") or "depth"
    said.require("kind", kind in ("depth", "inverse"), "depth or inverse")
    scale = said.numbers("scale", 1)
    said.require(
        "scale",
        scale is not None or kind == "depth",
        "a number, as numbers without a unit have no usual one; one that is too large "
        "is refused with one that fits",
    )
    (steps,) = scale or (DepthRules.scale,)
    said.require("scale", steps > 0, "a number above 0")
    return DepthRules("inverse" if kind == "inverse" else "depth", steps)


def _licences(said: Fields | None) -> Licences | None:
    if said is None:
        return None
    code, weights = said.text("code"), said.text("weights")
    data = said.text("training_data")
    for name, value in (("code", code), ("weights", weights), ("training_data", data)):
        said.require(name, bool(value), "a text; 'unknown' where nobody says it")
    return Licences(code or "", weights or "", data or "")
