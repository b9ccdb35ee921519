"""Defines the options of silhouettes."""

from __future__ import annotations

from dataclasses import dataclass

# Name of the masks in a `RawFrame`, and folder of their files.
FIELD = "mask"


@dataclass(frozen=True)
class SilhouetteConfig:
    """Configures the task `silhouette`: masks of a person (method.md 2.8).

    Attributes:
        threshold: least grey level of a mask file, 1 .. 255, at which a pixel belongs
            to the person. 1 is for masks of 0 and 1, and of ids, of which every one is
            shown.

    Example:
        ```python
        >>> from v2v_tf import load_config
        >>> options = ("task=silhouette", "conditioning.silhouette.threshold=1")
        >>> load_config(None, options).task_options.threshold
        1
        ```
    """

    threshold: int = 128
