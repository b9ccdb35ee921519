"""Defines the options of Canny edges."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class EdgesConfig:
    """Configures the task `edges`: Canny edges of any frame.

    Attributes:
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

    blur_sigma: float = 1.0
    low_threshold: float = 60.0
    high_threshold: float = 120.0
