"""Renders the page of a run: one HTML file that holds all it shows.

Its videos are data URIs, its scripts and styles are in it, and a content policy in its
head forbids any request.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from v2v_tf.errors import InputError
from v2v_tf.extras import needed
from v2v_tf.visualization.charts import Chart
from v2v_tf.visualization.players import Player
from v2v_tf.visualization.rendering import render_template
from v2v_tf.visualization.tables import MetricTable

with needed("report"):
    from markdown_it import MarkdownIt

MEGABYTE = 10**6
_TEMPLATE = "run_page.html"


@dataclass(frozen=True)
class Stage:
    """Names a stage of training, for the legend of the curves.

    Attributes:
        name: name of the stage.
        first_epoch: first epoch of the stage, counted from 1.
        last_epoch: last epoch of the stage that was trained.
    """

    name: str
    first_epoch: int
    last_epoch: int


@dataclass(frozen=True)
class CurveGroup:
    """Groups curves under one heading.

    Attributes:
        title: title of the group.
        curves: curves of losses over epochs.
    """

    title: str
    curves: Sequence[Chart]


@dataclass(frozen=True)
class LabelColor:
    """Describes an entry of the legend of label maps.

    Attributes:
        name: name of the label.
        color: colour in hexadecimal, such as `#1e90ff`.
    """

    name: str
    color: str


@dataclass(frozen=True, kw_only=True)
class RunPage:
    """Holds what the page shows; empty sections are left out.

    Attributes:
        title: title of the page.
        explanation: one paragraph that says what the page shows.
        facts: (name, value) of the run.
        players: videos.
        legend: names and colours of the label maps in the videos.
        flow_wheel: data URI of the legend of flow; empty for none.
        tables: metrics.
        curve_groups: losses over epochs.
        stages: stages that the curves are divided into.
        card: Markdown; its HTML, if any, is shown as text.
        config: YAML.
    """

    title: str
    explanation: str
    facts: Sequence[tuple[str, str]] = ()
    players: Sequence[Player] = ()
    legend: Sequence[LabelColor] = ()
    flow_wheel: str = ""
    tables: Sequence[MetricTable] = ()
    curve_groups: Sequence[CurveGroup] = ()
    stages: Sequence[Stage] = ()
    card: str = ""
    config: str = ""


def page_bytes(page: RunPage, max_megabytes: float) -> bytes:
    """Returns the page as a file holds it.

    Args:
        page: content of the page.
        max_megabytes: largest size of the file, megabytes; browsers and mail programs
            dislike large ones.

    Raises:
        InputError: the page is larger.
    """
    data = render_page(page).encode()
    size = len(data) / MEGABYTE
    if size > max_megabytes:
        raise InputError(
            f"expected a page of {max_megabytes:g} MB at most, got {size:.1f} MB: show "
            "fewer clips with --clips, or allow more with --max-megabytes"
        )
    return data


def render_page(page: RunPage) -> str:
    """Returns the page as HTML."""
    return render_template(_TEMPLATE, report=page, card=_card_html(page.card))


def _card_html(text: str) -> str:
    """Returns the card as HTML, its headings below those of the page."""
    # Without `html`, tags in the text are escaped; links to scripts never pass.
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = markdown.parse(text)
    for token in tokens:
        if token.type.startswith("heading"):
            token.tag = f"h{min(6, int(token.tag[1:]) + 2)}"
    return markdown.renderer.render(tokens, markdown.options, {})
