"""What a well-typed configuration must hold besides: ranges, and keys that agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from v2v_tf.config.plugins import TASKS
from v2v_tf.errors import InputError

if TYPE_CHECKING:
    from v2v_tf.config import Config, StageConfig


def check(config: Config, source: str) -> None:
    """Raises InputError for values that no part of the system can take.

    Args:
        config: well typed.
        source: the file it came from, named in errors.
    """
    task = TASKS.get(config.task)
    first, is_video = config.first_frame, config.model == "vid2vid"
    style = config.style
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
        (bool(config.curriculum), "curriculum must name at least one stage"),
        *task.checks(config),
        (
            task.has_labels or not config.generator.use_foreground,
            f"generator.use_foreground needs labels, so {_tasks_with('has_labels')}",
        ),
        (
            task.finds_faces or not config.discriminator.use_face,
            "discriminator.use_face finds faces by their pose: set it to false, or "
            f"{_tasks_with('finds_faces')}",
        ),
        (
            first.num_filters >= 1
            and min(first.num_downsamples, first.num_blocks) >= 0
            and min(first.num_enhancers, first.num_local_blocks) >= 0,
            "first_frame: num_filters must be 1 or more, the other numbers 0 or more",
        ),
        (
            min(style.num_features, style.num_downsamples) >= 0
            and min(style.num_filters, style.num_variants) >= 1,
            "style: num_filters and num_variants must be 1 or more, the other numbers "
            "0 or more",
        ),
        (
            not style.num_features or (is_video and task.has_style_regions),
            "style.num_features gives regions a style, so it needs model: vid2vid and "
            f"{_tasks_with('has_style_regions')}",
        ),
        (
            is_video or not config.discriminator.use_face,
            "discriminator.use_face is for videos alone: set it to false, or model: "
            "vid2vid",
        ),
        (
            config.model != "forecaster"
            or (task.has_labels and config.generator.num_scales == 1),
            "model: forecaster forecasts labels at one scale, so it needs "
            f"{_tasks_with('has_labels')} and generator.num_scales 1",
        ),
        (
            config.model != "forecaster" or config.previews.clips == 0,
            "previews show frames, and a forecaster makes none: set previews.clips to "
            "0, and look at forecasts with v2v-tf forecast",
        ),
        (
            is_video or not config.runtime.gradient_checkpointing,
            "runtime.gradient_checkpointing works on frames of a video, one after the "
            "other: set it to false and lower chunk_frames or batch_size, or model: "
            "vid2vid",
        ),
    )
    for holds, message in rules:
        if not holds:
            raise InputError(f"{source}: {message}")


def _tasks_with(trait: str) -> str:
    """Returns `task: a or b`, of the tasks that have a trait."""
    names = [name for name in TASKS.names() if getattr(TASKS.get(name), trait)]
    return f"task: {' or '.join(names)}"


def check_stage(stage: StageConfig, config: Config) -> None:
    """Raises InputError for a stage that cannot train."""
    if stage.num_frames < 1 or stage.chunk_frames < 1:
        raise InputError(
            f"stage '{stage.name}': num_frames and chunk_frames must be 1 or more, "
            f"got {stage.num_frames} and {stage.chunk_frames}"
        )
    if config.model == "forecaster":
        _check_forecast_stage(stage)
        return
    if config.model == "first_frame":
        _check_image_stage(stage)
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
    if stage.bptt_frames < 1:
        raise InputError(
            f"stage '{stage.name}': bptt_frames must be 1 or more, got "
            f"{stage.bptt_frames}"
        )
    if stage.bptt_frames > 1 and config.runtime.gradient_checkpointing:
        raise InputError(
            f"stage '{stage.name}': runtime.gradient_checkpointing follows no gradient "
            "from frame to frame: set it to false, or bptt_frames to 1"
        )
    losses = config.losses
    has_losses = any((losses.flow, losses.flow_warp, losses.mask))
    if stage.kind == "flow" and not (config.generator.use_flow and has_losses):
        raise InputError(
            f"stage '{stage.name}' trains flow, but generator.use_flow is off or the "
            "weights losses.flow, flow_warp and mask are all 0: leave the stage out"
        )


def _check_forecast_stage(stage: StageConfig) -> None:
    """Raises InputError for a stage that asks for what a forecaster has not."""
    asked = (stage.kind, stage.train_scales, stage.num_scales, stage.bptt_frames)
    if asked != ("gan", "all", 0, 1):
        raise InputError(
            f"stage '{stage.name}': kind, train_scales, num_scales and bptt_frames are "
            "not for a forecaster, which trains all of its losses and weights, through "
            "all frames of a chunk: leave them out"
        )


def _check_image_stage(stage: StageConfig) -> None:
    """Raises InputError for a stage that asks for what single images have not."""
    rules = (
        (
            stage.kind == "flow",
            "trains flow, and the first_frame model makes single images: leave the "
            "stage out",
        ),
        (
            stage.train_scales == "finest" or stage.num_scales != 0,
            "trains some of the scales, and the first_frame model has no scales: set "
            "train_scales to all and num_scales to 0; for smaller frames train a run "
            "of its own and go on from it with --warm-start",
        ),
        (
            stage.bptt_frames > 1,
            "follows gradients from frame to frame, and the first_frame model makes "
            "every frame by itself: set bptt_frames to 1",
        ),
    )
    for is_asked, message in rules:
        if is_asked:
            raise InputError(f"stage '{stage.name}' {message}")
