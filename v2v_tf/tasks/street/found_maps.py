"""Says how label maps that a network finds are stored: labels, and instances with them.

Objects are what Cityscapes counts, in its palette; in others, what the foreground
branch draws.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from v2v_tf.errors import InputError
from v2v_tf.tasks.found_pictures import FrameAndPicture, PictureFormat
from v2v_tf.tasks.street.instances_over_time import InstanceFollower
from v2v_tf.tasks.street.palettes import label_names

if TYPE_CHECKING:
    from v2v_tf.config import Config
    from v2v_tf.tasks.labels import Labels

_CITYSCAPES_OBJECTS = frozenset(
    {
        *("person", "rider", "car", "truck", "bus", "caravan", "trailer", "train"),
        *("motorcycle", "bicycle"),
    }
)
# The instance ids of label 65 are 65000 .. 65535.
_MAX_OBJECT = 65


def objects_of(config: Config) -> tuple[int, ...]:
    """Returns the labels whose objects are counted.

    Args:
        config: configuration of the task street.

    Raises:
        InputError: a label whose instance ids have no place in 16 bits.

    Example:
        ```python
        >>> from v2v_tf.config import load_config
        >>> objects_of(load_config(None, ("task=street",)))
        (24, 25, 26, 27, 28, 29, 30, 31, 32, 33)
        >>> objects_of(load_config("toy_street"))
        (6, 7)

        ```
    """
    street = config.conditioning.street
    if street.palette == "cityscapes":
        names = label_names(street.palette, street.num_labels)
        return tuple(i for i, one in enumerate(names) if one in _CITYSCAPES_OBJECTS)
    for label in street.foreground_labels:
        if not 1 <= label <= _MAX_OBJECT:
            raise InputError(
                f"conditioning.street.foreground_labels names {label}, and the objects "
                f"of labels 1 .. {_MAX_OBJECT} alone can be counted (instance ids are "
                "label * 1000 + number, of 16 bits): leave it out, or set "
                "conditioning.street.use_instances=false"
            )
    return tuple(street.foreground_labels)


def label_format(config: Config, labels: Labels) -> PictureFormat:
    """Returns how label maps are stored.

    Args:
        config: configuration of the task street.
        labels: its labels.
    """
    street = config.conditioning.street
    ignored = street.ignore_label

    def paint(label_map: np.ndarray) -> np.ndarray:
        if ignored >= 0:
            label_map = np.where(label_map == ignored, street.num_labels, label_map)
        return labels.colorize(label_map)

    things = objects_of(config) if street.use_instances else ()

    def with_instances(shot: Iterable[FrameAndPicture]) -> Iterator[dict[str, Any]]:
        follower = InstanceFollower(things)
        for image, label_map in shot:
            yield {"A": label_map, "inst": follower.step(image, label_map)}

    return PictureFormat(
        "A",
        paint,
        np.uint16 if ignored > np.iinfo(np.uint8).max else np.uint8,
        others=("inst",) if street.use_instances else (),
        more=with_instances if street.use_instances else None,
    )
