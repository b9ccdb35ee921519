"""Defines the options of edges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class EdgesConfig:
    """Configures the task `edges`: Canny edges of any frame, or ready edge maps.

    Attributes:
        source: where edges come from: `canny`, found in each frame, so that any video
            is a source; or `given`, pictures in a folder `edges` or `A`, whose grey
            level is the plane, with frames needed in training alone. The other options
            are for `canny`.
        blur_sigma: standard deviation of the Gaussian blur before edges are found,
            pixels.
        low_threshold: lower hysteresis threshold on the gradient, grey levels.
        high_threshold: upper hysteresis threshold on the gradient, grey levels.

    Example:
        ```python
        >>> from v2v_tf import load_config
        >>> options = ("task=edges", "conditioning.edges.blur_sigma=2")
        >>> load_config(None, options).task_options.blur_sigma
        2.0
        ```
    """

    source: Literal["canny", "given"] = "canny"
    blur_sigma: float = 1.0
    low_threshold: float = 60.0
    high_threshold: float = 120.0
