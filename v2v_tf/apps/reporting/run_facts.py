"""Reads what a run folder says of itself: facts, losses, numbers, the model card."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from v2v_tf.apps.reporting.reading import read_json
from v2v_tf.config import Config
from v2v_tf.export.model_card import model_card
from v2v_tf.models.registry import family_of
from v2v_tf.storage import packs, runs
from v2v_tf.tasks import registry
from v2v_tf.training.trainer import METRICS_FILE
from v2v_tf.visualization.charts import chart
from v2v_tf.visualization.run_page import CurveGroup, Stage
from v2v_tf.visualization.tables import MetricTable, metric_table

History = Sequence[Mapping[str, float]]
_ADVICE = "restore the file that training wrote"
_GROUPS = {"generator": "Generator", "discriminator": "Discriminators"}


def read_history(run_dir: Path) -> History:
    """Returns the mean of every loss, epoch by epoch; none of an imported run.

    Raises:
        InputError: the file is damaged.
    """
    path = run_dir / runs.HISTORY_FILE
    return read_json(path, list, _ADVICE) if path.is_file() else []


def facts(run_dir: Path, config: Config, history: History) -> list[tuple[str, str]]:
    """Returns what a person asks first: (name, value)."""
    has_weights = packs.is_pack(run_dir) or bool(runs.checkpoints(run_dir))
    steps = f"{runs.newest_step(run_dir):,}" if has_weights else "no checkpoint"
    wanted = sum(stage.num_epochs for stage in config.curriculum)
    trained = f"{len(history)} of {wanted}" if history else "none here"
    return [
        ("Model", family_of(config).title),
        ("Task", config.task),
        ("Epochs", trained),
        ("Steps", steps),
        ("Seed", str(config.seed)),
        ("Precision", config.runtime.precision),
    ]


def stages(config: Config, num_epochs: int) -> list[Stage]:
    """Returns the stages that training has reached.

    Args:
        config: configuration of the run.
        num_epochs: number of epochs that are done.
    """
    reached, first = [], 1
    for stage in config.curriculum:
        last = min(first + stage.num_epochs - 1, num_epochs)
        if first <= last:
            reached.append(Stage(stage.name, first, last))
        first += stage.num_epochs
    return reached


def curve_groups(history: History, reached: Sequence[Stage]) -> list[CurveGroup]:
    """Returns the losses as curves, those of a sub-network under one heading.

    Args:
        history: losses from `read_history`; an epoch without a loss leaves a gap.
        reached: stages from `stages`, whose boundaries are drawn.
    """
    names = dict.fromkeys(name for epoch in history for name in epoch)
    boundaries = [stage.first_epoch - 1 for stage in reached[1:]]
    groups: dict[str, list] = {}
    for name in names:
        if name == "epoch":
            continue
        network, _, short = name.rpartition("/")
        values = [epoch.get(name, math.nan) for epoch in history]
        curve = chart(short, values, boundaries)
        group = groups.setdefault(_GROUPS.get(network, network), [])
        # The total leads, whichever stage brought it.
        group.insert(0 if short == "total" else len(group), curve)
    return [CurveGroup(title, curves) for title, curves in groups.items()]


def training_table(run_dir: Path) -> MetricTable | None:
    """Returns what training measured last; None where it measured nothing.

    Raises:
        InputError: the file is damaged.
    """
    path = run_dir / METRICS_FILE
    if not path.is_file():
        return None
    values = read_json(path, dict, _ADVICE)
    title = "Preview clips of training, mean over clips"
    return metric_table({"Generated": values}, title) if values else None


def card(run_dir: Path, config: Config) -> str:
    """Returns the model card that an export would carry, Markdown.

    A model that cannot be exported has none.
    """
    if not family_of(config).can_be_exported:
        return ""
    conditioning = registry.create(config)
    begins = "given" if config.generator.takes_frames else "zeros"
    mixed = config.runtime.precision == "mixed_bfloat16"
    return model_card(
        run_dir,
        config,
        {
            "num_planes": conditioning.num_planes,
            "plane_dtype": np.dtype(conditioning.plane_dtype).name,
            "plane_limits": list(conditioning.plane_limits),
            "size_multiple": config.size_multiple,
            "history": config.history,
            "first_frames": [begins],
            "precision": "bfloat16" if mixed else "float32",
        },
    )
