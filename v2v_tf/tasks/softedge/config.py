"""Defines the options of soft edges: none."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SoftEdgeConfig:
    """Configures the task `softedge`, which takes edge maps as they are.

    Example:
        ```python
        >>> from v2v_tf import load_config
        >>> load_config(None, ("task=softedge",)).task_options
        SoftEdgeConfig()

        ```
    """
