"""What a well-typed configuration must hold besides: ranges, and keys that agree.

Here stands what holds for every task and model; each checks its own options itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from v2v_tf.config.plugins import MODELS, TASKS, Registry
from v2v_tf.errors import InputError

if TYPE_CHECKING:
    from v2v_tf.config import Config, LossConfig, StageConfig


def check(config: Config, source: str) -> None:
    """Raises InputError for values that no part of the system can take.

    Args:
        config: well typed.
        source: the file it came from, named in errors.
    """
    task = TASKS.get(config.task)
    family = MODELS.get(config.model)
    video_models = _with(MODELS, "makes_video")
    rules = (
        (config.generator.num_frames >= 2, "generator.num_frames must be 2 or more"),
        (config.generator.num_scales >= 1, "generator.num_scales must be 1 or more"),
        (
            min(config.previews.clips, config.previews.frames - 1) >= 0
            and config.previews.every_epochs >= 1
            and config.previews.fps > 0,
            "previews: clips must be 0 or more, the others above 0",
        ),
        (
            config.runtime.checkpoint_steps >= 1,
            "runtime.checkpoint_steps must be 1 or more",
        ),
        (0 <= config.optimizer.ema_decay < 1, "optimizer.ema_decay must be 0 .. 1"),
        *_weights(config.losses),
        (bool(config.curriculum), "curriculum must name at least one stage"),
        *task.checks(config),
        (
            task.has_labels or not config.generator.use_foreground,
            f"generator.use_foreground needs labels, so {_with(TASKS, 'has_labels')}",
        ),
        (
            task.finds_faces or not config.discriminator.use_face,
            "discriminator.use_face finds faces by their pose: set it to false, or "
            f"{_with(TASKS, 'finds_faces')}",
        ),
        *family.checks(config),
        (
            family.makes_frames or config.previews.clips == 0,
            f"previews show frames, and model: {config.model} makes none: set "
            "previews.clips to 0",
        ),
        (
            not config.style.num_features
            or (family.makes_video and task.has_style_regions),
            f"style.num_features gives regions a style, so it needs {video_models} and "
            f"{_with(TASKS, 'has_style_regions')}",
        ),
        (
            family.makes_video or not config.discriminator.use_face,
            "discriminator.use_face is for videos alone: set it to false, or "
            f"{video_models}",
        ),
        (
            family.makes_video or not config.runtime.gradient_checkpointing,
            "runtime.gradient_checkpointing works on frames of a video, one after the "
            "other: set it to false and lower chunk_frames or batch_size, or "
            f"{video_models}",
        ),
    )
    for holds, message in rules:
        if not holds:
            raise InputError(f"{source}: {message}")


def _weights(losses: LossConfig) -> Iterator[tuple[bool, str]]:
    """Yields a rule for the weight of every loss."""
    for name, weight in vars(losses).items():
        if isinstance(weight, int | float):
            yield weight >= 0, f"losses.{name} must be 0 or more, got {weight:g}"


def _with(registry: Registry, trait: str) -> str:
    """Returns `task: a or b`, of the plug-ins that have a trait."""
    key = "task" if registry is TASKS else "model"
    return f"{key}: {' or '.join(registry.names_with(trait))}"


def check_stage(stage: StageConfig, config: Config) -> None:
    """Raises InputError for a stage that cannot train."""
    if stage.num_frames < 1 or stage.chunk_frames < 1:
        raise InputError(
            f"stage '{stage.name}': num_frames and chunk_frames must be 1 or more, "
            f"got {stage.num_frames} and {stage.chunk_frames}"
        )
    if stage.epochs < 1 or stage.extra_epochs < 0:
        raise InputError(
            f"stage '{stage.name}': epochs must be 1 or more and extra_epochs 0 or "
            f"more, got {stage.epochs} and {stage.extra_epochs}"
        )
    family = MODELS.get(config.model)
    if stage.history_noise < 0 or (stage.history_noise and not family.makes_video):
        raise InputError(
            f"stage '{stage.name}': history_noise must be 0 or more, and is of past "
            f"frames, which need {_with(MODELS, 'makes_video')}; got "
            f"{stage.history_noise:g}"
        )
    family.check_stage(stage, config)
