"""Checks of training stages that several model families share; without TensorFlow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from v2v_tf.errors import InputError

if TYPE_CHECKING:
    from v2v_tf.config import Config, StageConfig


def check_scales(stage: StageConfig, config: Config) -> None:
    """Checks the scales that a stage trains.

    Raises:
        InputError: more scales than the generator has, or so few that no copy of the
            discriminators reads their resolution.
    """
    num_scales = config.generator.num_scales
    if not 0 <= stage.num_scales <= num_scales:
        raise InputError(
            f"stage '{stage.name}': num_scales must be 0 (all) .. "
            f"{num_scales} (generator.num_scales), got {stage.num_scales}"
        )
    missing = num_scales - (stage.num_scales or num_scales)
    if missing >= config.discriminator.num_scales:
        raise InputError(
            f"stage '{stage.name}': with {stage.num_scales} of {num_scales} scales no "
            f"copy of the discriminators is left (discriminator.num_scales "
            f"{config.discriminator.num_scales}): raise it above {missing}"
        )


def check_bptt(stage: StageConfig) -> None:
    """Checks through how many frames gradients flow back.

    Raises:
        InputError: fewer than 1.
    """
    if stage.bptt_frames < 1:
        raise InputError(
            f"stage '{stage.name}': bptt_frames must be 1 or more, got "
            f"{stage.bptt_frames}"
        )
