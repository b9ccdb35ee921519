"""The HTML report of a run: one page that opens from disk, with nothing fetched.

Videos and pictures lie beside the page and are named by relative paths, so the folder
can be moved or sent as a whole. Everything that is shown is escaped.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from urllib.parse import quote

import jinja2

from v2v_tf import files
from v2v_tf.errors import InputError
from v2v_tf.metrics.summary import METRICS, MetricInfo
from v2v_tf.visualization.charts import CHART_HEIGHT, CHART_WIDTH, chart

FILE_NAME = "report.html"
_TEMPLATE = "report.html"


@dataclass(frozen=True)
class MetricRow:
    """One row of the table of metrics.

    Attributes:
        name: of the metric.
        fake: value of the generated clip.
        real: the real clip's own; None where it has none.
        note: unit and direction.
    """

    name: str
    fake: float | None
    real: float | None = None
    note: str = ""


@dataclass(frozen=True)
class Media:
    """A video, a picture or any file beside the page.

    Attributes:
        path: relative to the folder of the report, `/` between parts.
        caption: shown with it.
    """

    path: str
    caption: str = ""


@dataclass(frozen=True, kw_only=True)
class Report:
    """What a report shows; empty sections are left out.

    Attributes:
        title: of the page.
        explanation: one paragraph: what was run, and what to look at.
        metrics: rows of the table, see `metric_rows`.
        losses: name of a loss to its values in order of time.
        loss_unit: what one value of a loss stands for, in the plural.
        videos: MP4 files.
        pictures: PNG files, such as contact sheets.
        links: other files.
    """

    title: str
    explanation: str
    metrics: Sequence[MetricRow] = ()
    losses: Mapping[str, Sequence[float]] = field(default_factory=dict)
    loss_unit: str = "steps"
    videos: Sequence[Media] = ()
    pictures: Sequence[Media] = ()
    links: Sequence[Media] = ()


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


def write_report(folder: str | Path, report: Report, overwrite: bool = False) -> Path:
    """Writes `report.html` into a folder.

    Args:
        folder: where the media lie; made where absent.
        report: what to show.
        overwrite: replace an existing report.

    Returns:
        The path of the page.

    Raises:
        InputError: a report is there already, or a file it names is not.
    """
    path = Path(folder, FILE_NAME)
    for media in (*report.videos, *report.pictures, *report.links):
        _check_media(path.parent, media)
    page = render(report)
    with files.replacing(path, ".html", overwrite) as partial:
        partial.write_text(page, encoding="utf-8")
    return path


def render(report: Report) -> str:
    """Returns the page as HTML."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"number": _number, "href": quote}
    return environment.get_template(_TEMPLATE).render(
        report=report,
        charts=[chart(name, values) for name, values in report.losses.items()],
        chart_width=CHART_WIDTH,
        chart_height=CHART_HEIGHT,
    )


def _check_media(folder: Path, media: Media) -> None:
    path = PurePosixPath(media.path)
    if path.is_absolute() or ".." in path.parts:
        raise InputError(
            f"report: '{media.path}' must be relative to the folder of the report and "
            "lie in it"
        )
    if not (folder / path).exists():
        raise InputError(f"report: no file {folder / path}: write it first")


def _number(value: float | None) -> str:
    """Returns a number as people read it: four digits, no exponents near 1."""
    if value is None or math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if value == int(value) and abs(value) < 1e6:
        return f"{int(value):,}".replace("-", "−")
    return f"{value:.4g}".replace("-", "−")
