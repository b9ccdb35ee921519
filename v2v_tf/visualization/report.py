"""Writes the HTML report of a run: one page that opens from disk and fetches nothing.

Videos and pictures lie beside the page and are named by relative paths, so the folder
can be moved or sent as a whole. Everything that is shown is escaped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from v2v_tf.errors import InputError
from v2v_tf.storage import files
from v2v_tf.visualization.charts import chart
from v2v_tf.visualization.rendering import render_template
from v2v_tf.visualization.tables import MetricLine, MetricRow, MetricTable

FILE_NAME = "report.html"
_TEMPLATE = "report.html"


@dataclass(frozen=True)
class Media:
    """Names a video, a picture or any file beside the page.

    Attributes:
        path: relative to the folder of the report, `/` between parts.
        caption: shown with it.
    """

    path: str
    caption: str = ""


@dataclass(frozen=True, kw_only=True)
class Report:
    """Holds what a report shows; empty sections are left out.

    Attributes:
        title: title of the page.
        explanation: one paragraph that says what was run, and what to look at.
        metrics: rows of the table, see `tables.metric_rows`.
        losses: name of a loss to its values in order of time.
        loss_unit: unit of one value of a loss, in the plural, such as `epochs`.
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


def write_report(folder: str | Path, report: Report, overwrite: bool = False) -> Path:
    """Writes `report.html` into a folder.

    Args:
        folder: folder that holds the media; made where absent.
        report: content of the page.
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
    lines = (
        MetricLine(row.name, (row.fake, row.real), row.note) for row in report.metrics
    )
    return render_template(
        _TEMPLATE,
        report=report,
        table=MetricTable(("Generated", "Real"), tuple(lines)),
        curves=[chart(name, values) for name, values in report.losses.items()],
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
