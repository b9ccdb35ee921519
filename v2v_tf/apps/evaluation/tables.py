"""Writes the table of a comparison: for the terminal, as Markdown, and as JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from v2v_tf.apps.evaluation.distances import DISTANCES, FLOOR, HALVES, HALVES_NOTE
from v2v_tf.apps.evaluation.gathering import Summary
from v2v_tf.metrics.summary import METRICS, MetricInfo

REAL = "real"
_NOT_SHOWN = ("drift_window", "flow_error_zero", "num_frames")
_LABELS = {
    "color_error": MetricInfo(
        "Colour error",
        "colours of instances against the real ones, 0 to 1; lower is closer",
    ),
    "color_drift": MetricInfo(
        "Colour drift", "of instances, from their first colour; lower is steadier"
    ),
    "miou_toyseg": MetricInfo(
        "miou_toyseg",
        "mean IoU of the labels that the project's own segmentation network sees; "
        "higher is better",
    ),
}


def columns(summary: Summary) -> dict[str, MetricInfo]:
    """Returns the metrics that any method has, in the order of tables."""
    known = {k: v for k, v in METRICS.items() if k not in _NOT_SHOWN} | _LABELS
    known |= summary.infos
    for name, distance in DISTANCES.items():
        known[name] = distance.info
        known[f"{name}{HALVES}"] = MetricInfo(f"{name}{HALVES}", HALVES_NOTE)
    found = {name for values in summary.mean.values() for name in values}
    return {name: info for name, info in known.items() if name in found}


def rows(summary: Summary) -> dict[str, dict[str, float]]:
    """Returns the values of each row: the real clips, then every method.

    The real clips have no value where frames are held against themselves (`psnr`,
    `ssim`), 0 for `flicker`, which is counted from theirs, and the floor of a distance
    or of adherence.
    A value that is not finite, as the PSNR of equal frames, is left out.
    """
    shown = columns(summary)
    first = next(iter(summary.mean.values()))
    real = {}
    for name in shown:
        floor = f"{name.removesuffix(HALVES)}{FLOOR}"
        if name == "flicker":
            real[name] = 0.0
        elif f"{name}_real" in first:
            real[name] = first[f"{name}_real"]
        elif floor in first:
            real[name] = first[floor]
    table = {REAL: real} | {
        method: {name: values[name] for name in shown if name in values}
        for method, values in summary.mean.items()
    }
    return {
        row: {name: value for name, value in values.items() if math.isfinite(value)}
        for row, values in table.items()
    }


def as_json(summary: Summary) -> dict[str, Any]:
    """Returns `columns` and `rows` for `comparison.json`."""
    return {
        "columns": [
            {"name": name, "title": info.title, "note": info.note}
            for name, info in columns(summary).items()
        ],
        "rows": [
            {"name": name, "values": values} for name, values in rows(summary).items()
        ],
    }


def as_text(summary: Summary) -> str:
    """Returns a table with a line for each metric, and its notes."""
    table, shown = rows(summary), columns(summary)
    cells = [["", *table], *_lines(shown, table)]
    widths = [max(len(line[i]) for line in cells) for i in range(len(cells[0]))]
    lines = [
        "  ".join(
            [line[0].ljust(widths[0])]
            + [c.rjust(w) for c, w in zip(line[1:], widths[1:], strict=True)]
        )
        for line in cells
    ]
    legend = [f"{info.title}: {info.note}" for info in shown.values()]
    return "\n".join([*lines, "", *legend, "", *_notes(summary)])


def as_markdown(summary: Summary, title: str) -> str:
    """Returns the same as a Markdown page."""
    table, shown = rows(summary), columns(summary)
    cells = [["metric", *table], ["---", *["---:"] * len(table)]]
    lines = [f"| {' | '.join(line)} |" for line in cells + _lines(shown, table)]
    legend = [f"- {info.title}: {info.note}." for info in shown.values()]
    notes = [f"- {note}." for note in _notes(summary)]
    networks = [
        f"- {kind}: {_facts(facts)}." for kind, facts in summary.networks.items()
    ]
    parts = [f"# {title}", "", *lines, "", *legend, "", *notes]
    return "\n".join([*parts, *(["", *networks] if networks else []), ""])


def _notes(summary: Summary) -> list[str]:
    equal = [
        f"{method} equals the real frames in a clip or more, so its mean PSNR is "
        "infinite, and not shown"
        for method, values in summary.mean.items()
        if math.isinf(values.get("psnr", 0.0))
    ]
    return [*summary.notes, *equal]


def _lines(
    shown: Mapping[str, MetricInfo], table: Mapping[str, Mapping[str, float]]
) -> list[list[str]]:
    return [
        [info.title, *(_number(values.get(name)) for values in table.values())]
        for name, info in shown.items()
    ]


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"


def _facts(facts: Mapping[str, Any]) -> str:
    shown = {
        k: v for k, v in facts.items() if not isinstance(v, dict) and v is not None
    }
    return ", ".join(f"{key} {value}" for key, value in shown.items())
