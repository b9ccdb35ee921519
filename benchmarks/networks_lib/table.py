"""Results as text: the head, the Markdown table, notes under it."""

from __future__ import annotations

import statistics
from typing import Any

_COLUMNS = (
    "network",
    "mode",
    "precision",
    "weights",
    "GFLOP",
    "TensorFlow, s a frame",
    "of the ceiling",
    "peak GiB",
    "faster than float32",
    "PyTorch, s a frame",
    "of the ceiling",
    "peak GiB",
    "TensorFlow / PyTorch",
)
_NAMES = {"tensorflow": "TensorFlow", "torch": "PyTorch"}
_IDLE_NOTE = 0.02  # share of a core that a waiting worker may take unmentioned


def head(machine: dict[str, Any], ceilings: dict[str, Any]) -> str:
    """Returns the machine, and its ceilings by precision."""
    flags = ", ".join(machine["flags"]) or "none"
    lines = [
        f"{machine['cpu']}, {machine['cores']} cores, "
        f"{machine['memory_bytes'] / 2**30:.0f} GiB; with {flags}; "
        f"without {', '.join(machine['absent_flags']) or 'none of interest'}.",
        f"{machine['system']}; load average before: {machine['load_average']}.",
    ]
    for precision, ceiling in ceilings.items():
        found = "; ".join(
            f"{name} {entry['version']}: {_rate(entry)}"
            for name, entry in ceiling["by_framework"].items()
        )
        size = ceiling["size"]
        lines.append(f"Matrix product {size} x {size}, {precision}: {found}.")
    return "\n".join(lines)


def table(results: list[dict[str, Any]]) -> str:
    """Returns the Markdown table, one line a case."""
    lines = [_line(_COLUMNS), _line(["---"] * len(_COLUMNS))]
    for result in results:
        compiled = ", torch.compile" if result["compiled"] else ""
        cells = [
            result["row"],
            result["mode"] + compiled,
            result["precision"],
            f"{result['parameters'] / 1e6:.1f} M",
            f"{result['gflop']:.1f}",
        ]
        cells += _framework(result["frameworks"].get("tensorflow"))
        cells.append(_gain(result, results))
        cells += _framework(result["frameworks"].get("torch"))
        lines.append(_line([*cells, _ratio(result["ratios"])]))
    return "\n".join(lines)


def notes(results: list[dict[str, Any]]) -> str:
    """Returns the settings, what is missing and why, and who did not sleep."""
    lines = []
    for result in results:
        case = f"{result['row']} {result['mode']} {result['precision']}"
        case += ", torch.compile" * result["compiled"]
        for name, found in result["frameworks"].items():
            if found["settings"]:
                chosen = ", ".join(f"{k} {v}" for k, v in found["settings"].items())
                lines.append(f"- {case}: {_NAMES[name]} with {chosen}.")
            if found["problem"]:
                lines.append(f"- {case}: {name}: {found['problem']}.")
            if found["idle_share"] > _IDLE_NOTE:
                lines.append(
                    f"- {case}: {name} took {found['idle_share']:.0%} of a core "
                    "while the other ran."
                )
    return "\n".join(lines)


def _rate(entry: dict[str, Any]) -> str:
    return f"{entry['gflops']:.0f} GFLOP/s" if entry["gflops"] else entry["problem"]


def _framework(found: dict[str, Any] | None) -> list[str]:
    if found is None:
        return ["-"] * 3
    seconds, peak = found["seconds"], found["peak_bytes"]
    share = found["ceiling_share"]
    return [
        _spread(seconds) if seconds else "-",
        f"{share:.0%}" if share else "-",
        f"{peak / 2**30:.2f}" if peak else "-",
    ]


def _gain(result: dict[str, Any], results: list[dict[str, Any]]) -> str:
    """How often TensorFlow makes a frame while float32 makes one, by medians."""
    same = ("row", "mode", "compiled")
    for other in results:
        faster = other["precision"] == "float32" and result["precision"] != "float32"
        if faster and all(result[key] == other[key] for key in same):
            seconds = [
                r["frameworks"]["tensorflow"]["seconds"] for r in (other, result)
            ]
            if all(seconds):
                full, reduced = map(statistics.median, seconds)
                return f"{full / reduced:.2f} times"
    return "-"


def _ratio(ratios: list[float]) -> str:
    return _spread(ratios) if ratios else "-"


def _spread(values: list[float]) -> str:
    median = statistics.median(values)
    digits = 2 if median >= 1 else 3 if median >= 0.1 else 4
    low, high = min(values), max(values)
    return f"{median:.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]"


def _line(cells: Any) -> str:
    return f"| {' | '.join(cells)} |"
