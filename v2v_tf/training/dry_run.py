"""Describes a training that is not begun: what it would be, and what it would take."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from v2v_tf.config import Config
from v2v_tf.memory.machine import in_gib
from v2v_tf.models.common.staged import StagedModel
from v2v_tf.storage import runs
from v2v_tf.training.curriculum import Span
from v2v_tf.training.memory import TrainingMemory
from v2v_tf.training.memory_estimate import parameters


def describe(
    model: StagedModel,
    spans: Sequence[Span],
    memory: TrainingMemory,
    run_dir: Path,
    size: tuple[int, int],
    goes_on: bool,
) -> str:
    """Returns lines on parameters, memory, stages, and where the run would lie.

    Args:
        model: compiled and built.
        spans: stages and their places.
        memory: measured.
        run_dir: the run.
        size: height and width of the finest frames, pixels.
        goes_on: whether the run is there and would be continued.
    """
    lines = [f"frames of {size[1]}x{size[0]}", "parameters:"]
    counts = parameters(model)
    named = {**counts, "together": sum(counts.values())}
    lines += [f"  {name:<14} {count:>13,}" for name, count in named.items()]
    lines.append("stages:")
    for span, use in zip(spans, memory.uses, strict=True):
        lines.append(_stage(span, model.experiment, in_gib(use.total)))
    seen = sum(map(_frames, spans))
    lines.append(f"  {spans[-1].end_step} steps in all, {seen:,} frames seen")
    largest = f"memory: about {in_gib(memory.largest.total)} for the largest stage"
    there = "" if memory.available is None else f"; there are {memory.available}"
    lines.append(largest + there)
    lines += [
        _where(run_dir, spans[-1].end_step, goes_on),
        "nothing was written (--dry-run)",
    ]
    return "\n".join(lines)


def _stage(span: Span, config: Config, takes: str) -> str:
    stage = span.stage
    done = f"{stage.num_epochs} epochs of {span.epoch_steps} steps"
    clips = f"{stage.batch_size} clips of {config.history} + {stage.num_frames} frames"
    return f"  {stage.name:<14} {done}, {clips}, {_frames(span):,} seen, about {takes}"


def _frames(span: Span) -> int:
    """Returns how many frames a stage generates and compares with real ones."""
    steps = span.end_step - span.first_step
    return steps * span.stage.batch_size * span.stage.num_frames


def _where(run_dir: Path, end_step: int, goes_on: bool) -> str:
    if not goes_on:
        change = "replace the run" if runs.is_run(run_dir) else "be written to"
        return f"the run would {change} {run_dir}"
    found = runs.checkpoints(run_dir)
    step = found[0][0] if found else 0
    if step >= end_step:
        return f"the run {run_dir} is trained to its end already"
    return f"the run {run_dir} would go on after step {step}"
