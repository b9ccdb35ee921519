"""What a well-typed configuration must hold besides: ranges, and keys that agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from v2v_tf.errors import InputError

if TYPE_CHECKING:
    from v2v_tf.config import Config


def check(config: Config, source: str) -> None:
    """Raises InputError for values that no part of the system can take.

    Args:
        config: well typed.
        source: the file it came from, named in errors.
    """
    street = config.conditioning.street
    rules = (
        (config.generator.num_frames >= 2, "generator.num_frames must be 2 or more"),
        (config.generator.num_scales >= 1, "generator.num_scales must be 1 or more"),
        (bool(config.curriculum), "curriculum must name at least one stage"),
        (
            1 <= street.num_labels <= 256,
            "conditioning.street.num_labels must be 1 .. 256 (label maps are 8 bit)",
        ),
        (
            all(0 <= i < street.num_labels for i in street.foreground_labels)
            or not config.generator.use_foreground,
            "conditioning.street.foreground_labels must be below num_labels",
        ),
        (
            config.task == "street" or not config.generator.use_foreground,
            "generator.use_foreground needs labels, so task: street",
        ),
        (
            config.conditioning.pose.use_densepose
            or config.conditioning.pose.use_openpose,
            "conditioning.pose must use densepose, openpose or both",
        ),
    )
    for holds, message in rules:
        if not holds:
            raise InputError(f"{source}: {message}")
