"""Options of depth maps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class DepthConfig:
    """Configures the task `depth`: depth maps (method.md 2.6).

    Depths are in the units of the files: the integers that they store.

    Attributes:
        scaling: what is scaled to [-1, 1]: `range`, from `near` to `far`, or
            `percentile`, from the percentile `low` of the training clips to `high`.
            Training turns `percentile` into `range`, with the numbers that it found.
        near: depth that becomes one end; nearer ones are clipped to it.
        far: depth that becomes the other; farther ones are clipped to it.
        low: percentile that `near` is taken from, in steps of 0.1.
        high: percentile that `far` is taken from, in steps of 0.1.
        missing: value that stands for no measurement, marked in a channel of its own;
            -1 where every value is a depth.
        inverse: scale 1 / depth, near at 1, which gives near things more of the range;
            else the depth itself, near at -1.

    Example:
        ```python
        >>> from v2v_tf import load_config
        >>> options = ("task=depth", "conditioning.depth.far=5000")
        >>> load_config(None, options).task_options.far
        5000.0
        ```
    """

    scaling: Literal["range", "percentile"] = "percentile"
    near: float = 0.0
    far: float = 65535.0
    low: float = 1.0
    high: float = 99.0
    missing: int = 0
    inverse: bool = False
