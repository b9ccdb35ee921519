"""Defines the options of label maps.

Names of the options of NVIDIA/vid2vid are given in brackets.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class StreetConfig:
    """Configures the task `street`: label maps (method.md 2.2).

    Attributes:
        num_labels: number of label ids, which are 0 .. num_labels - 1 [label_nc].
        use_instances: whether the plane of instance edges is added [use_instance].
        foreground_labels: label ids that the foreground branch draws [fg_labels].
        palette: names and colours of the labels: `cityscapes`, `toy`, or
            `generic` for any number of labels.
        ignore_label: id of pixels that nobody labelled, such as 255; -1 for none. No
            label channel is set there: a network sees no label, not label 0.
        label_map: what the ids of files become, rows [from, to], or their colours, rows
            [red, green, blue, to]; empty for ids that count as they are. What the table
            does not name is refused. `--label-map` fills it from a file or by a name.

    Example:
        ```python
        >>> from v2v_tf import load_config
        >>> options = ("task=street", "conditioning.street.num_labels=20")
        >>> load_config(None, options).task_options.num_labels
        20
        ```
    """

    num_labels: int = 35
    use_instances: bool = True
    foreground_labels: tuple[int, ...] = (26,)
    palette: Literal["cityscapes", "toy", "generic"] = "cityscapes"
    ignore_label: int = -1
    label_map: tuple[tuple[int, ...], ...] = ()
