"""Renders templates to HTML, for every page. Everything shown is escaped."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any
from urllib.parse import quote

from v2v_tf.extras import needed
from v2v_tf.visualization.charts import CHART_HEIGHT, CHART_WIDTH

with needed("report"):
    import jinja2

_TEMPLATES = Path(__file__).parent / "templates"


def render_template(name: str, **values: Any) -> str:
    """Fills in a template.

    Args:
        name: name of a file in `templates/`.
        **values: values of the names in it; a missing one is an error of the program.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"number": short_number, "href": quote}
    return environment.get_template(name).render(
        chart_width=CHART_WIDTH, chart_height=CHART_HEIGHT, **values
    )


def short_number(value: float | None) -> str:
    """Returns a number as people read it: four digits, no exponents near 1."""
    if value is None or math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if value == int(value) and abs(value) < 1e6:
        return f"{int(value):,}".replace("-", "−")
    return f"{value:.4g}".replace("-", "−")
