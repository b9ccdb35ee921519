"""Writes the model card of an export: what it is for, what it was made of."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from v2v_tf.config import Config
from v2v_tf.metrics.summary import METRICS
from v2v_tf.models.registry import family_of
from v2v_tf.published.nvidia_import import IMPORT_FILE
from v2v_tf.storage import packs, runs
from v2v_tf.tasks.registry import labels_of
from v2v_tf.training.run_state import ORIGIN_FILE
from v2v_tf.training.trainer import METRICS_FILE


def model_card(run_dir: Path, config: Config, facts: Mapping[str, Any]) -> str:
    """Returns the model card as Markdown.

    Args:
        run_dir: folder of the run whose metrics it quotes.
        config: configuration of the experiment.
        facts: metadata of the export, from `descriptions.metadata`.
    """
    family = family_of(config)
    begins = " or ".join(facts["first_frames"])
    sections = {
        f"# {config.model}: {config.task}": [
            family.explanation.format(task=config.task),
            *([family.reference] if family.reference else []),
        ],
        "## Use": [
            f"- Conditions: {facts['plane_dtype']}, {facts['num_planes']} plane(s) a "
            f"frame, values up to {facts['plane_limits']}; height and width divisible "
            f"by {facts['size_multiple']}.",
            f"- A video begins with {facts['history']} frames: {begins}.",
            f"- Weights and computation: {facts['precision']}.",
            "- Signatures, their inputs and outputs: `metadata.json`.",
        ],
        "## Training": _training(run_dir, config),
        "## Metrics": _metrics(run_dir),
        "## Limits": [
            "- It draws what its training clips showed: other scenes, cameras, sizes "
            "and label sets give poor frames.",
            "- It goes on from its own frames: a mistake can stay in the video.",
            "- Generated videos can be taken for real ones: say that they are not.",
        ],
        "## Licence": [_licence(run_dir)],
    }
    return "\n".join(
        "\n".join([title, "", *lines, ""]) for title, lines in sections.items()
    )


def _training(run_dir: Path, config: Config) -> list[str]:
    if (run_dir / IMPORT_FILE).is_file():
        return ["Imported from a checkpoint of another project, not trained here."]
    origin = _read(run_dir / ORIGIN_FILE)
    lines = [
        f"- Records: SHA-256 of their manifest {origin.get('records', 'unknown')}."
    ]
    if origin.get("warm_start"):
        lines.append("- It began with the weights of another run.")
    lines += _clips(_read(run_dir / runs.STATISTICS_FILE), config)
    for stage in config.curriculum:
        lines.append(
            f"- Stage {stage.name}: {stage.num_epochs} epoch(s), clips of "
            f"{stage.num_frames} frame(s), {stage.batch_size} a step."
        )
    lines.append(f"- Seed {config.seed}; the whole configuration: `config.yaml`.")
    return lines


def _clips(statistics: Mapping[str, Any], config: Config) -> list[str]:
    """Returns what a pipeline found in all clips, where one trained the model."""
    lines = []
    if "clip_lengths" in statistics:
        shortest, longest = statistics["clip_lengths"]
        lines.append(f"- Clips of {shortest} to {longest} frames.")
    if "flow_p95_quantiles" in statistics:
        deciles = statistics["flow_p95_quantiles"]
        lines.append(
            f"- Motion (a clip's 95th percentile): {deciles[0]:.2g} to "
            f"{deciles[-1]:.2g} pixels a frame in eight of ten clips."
        )
    labels = labels_of(config)
    if "label_frequencies" in statistics and labels is not None:
        shares = zip(labels.names, statistics["label_frequencies"], strict=True)
        ordered = sorted(shares, key=lambda pair: -pair[1])
        found = ", ".join(f"{name} {100 * share:.1f} %" for name, share in ordered)
        lines.append(f"- Labels, of all pixels: {found}.")
    return lines


def _metrics(run_dir: Path) -> list[str]:
    """Returns a table of the numbers that training measured last."""
    found = _read(run_dir / METRICS_FILE)
    if not found:
        return ["None were measured in training."]
    rows = [
        f"| {METRICS[name].title} | {value:.4g} | {METRICS[name].note} |"
        for name, value in found.items()
        if name in METRICS
    ]
    head = "Of the preview clips of training, run from the model's own frames:"
    return [head, "", "| metric | value | |", "|---|---|---|", *rows]


def _licence(run_dir: Path) -> str:
    imported = _read(run_dir / IMPORT_FILE)
    if imported:
        return str(imported["licence"])
    if (run_dir / packs.PACK_FILE).is_file():
        facts = packs.read_facts(run_dir)
        weights, data = (facts.licences[of] for of in ("weights", "training_data"))
        return f"Exported from the pack {facts.name}. Weights: {weights}. Data: {data}"
    return (
        "The code is under the Apache License 2.0. The weights are the trainer's, "
        "within what the licence of the training clips allows."
    )


def _read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
