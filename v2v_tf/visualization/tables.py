"""Makes tables of metrics: a metric a line, a method a column."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from v2v_tf.metrics.summary import METRICS, MetricInfo


@dataclass(frozen=True)
class MetricRow:
    """Holds one metric of one method.

    Attributes:
        name: name of the metric.
        fake: value of the generated clip.
        real: the real clip's own; None where it has none.
        note: unit and direction.
    """

    name: str
    fake: float | None
    real: float | None = None
    note: str = ""


@dataclass(frozen=True)
class MetricLine:
    """Holds one metric of several methods.

    Attributes:
        name: name of the metric.
        values: one value for each method; None where it has none.
        note: unit and direction.
    """

    name: str
    values: tuple[float | None, ...]
    note: str = ""


@dataclass(frozen=True)
class MetricTable:
    """Holds what a page shows as one table.

    Attributes:
        methods: titles of the columns.
        lines: lines of the table.
        title: above it; may be empty.
    """

    methods: tuple[str, ...]
    lines: tuple[MetricLine, ...]
    title: str = ""


def metric_rows(values: Mapping[str, float]) -> tuple[MetricRow, ...]:
    """Returns the rows for what `evaluate_clip` or `mean_of` returned.

    `x_real` becomes the real value of the row `x`. Titles and notes are those of
    `metrics.summary.METRICS`; other names stand as they are.
    """
    rows = []
    for name, value in values.items():
        if name.endswith("_real") and name.removesuffix("_real") in values:
            continue
        info = METRICS.get(name, MetricInfo(name, ""))
        rows.append(MetricRow(info.title, value, values.get(f"{name}_real"), info.note))
    return tuple(rows)


def metric_table(
    measured: Mapping[str, Mapping[str, float]], title: str = ""
) -> MetricTable:
    """Sets methods beside each other, the real clips' own values last.

    Args:
        measured: title of a method to its metrics, as `metric_rows` takes them; all
            of the same clips.
        title: title of the table.
    """
    rows = {
        method: {row.name: row for row in metric_rows(values)}
        for method, values in measured.items()
    }
    notes = {row.name: row.note for of in rows.values() for row in of.values()}
    lines = []
    for name, note in notes.items():
        having = [of.get(name) for of in rows.values()]
        fakes = (None if row is None else row.fake for row in having)
        reals = (row.real for row in having if row is not None)
        real = next((value for value in reals if value is not None), None)
        lines.append(MetricLine(name, (*fakes, real), note))
    return MetricTable((*measured, "Real"), tuple(lines), title)
