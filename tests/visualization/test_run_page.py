"""The page as text; `test_report_page.py` opens it in a browser."""

import re

import numpy as np
import pytest

from v2v_tf.errors import InputError
from v2v_tf.visualization.charts import chart
from v2v_tf.visualization.players import Player, PlayerClip, Tile, embed_frames
from v2v_tf.visualization.run_page import (
    CurveGroup,
    LabelColor,
    RunPage,
    Stage,
    page_bytes,
    render_page,
)
from v2v_tf.visualization.tables import metric_table


def full() -> RunPage:
    video = embed_frames(np.zeros((5, 16, 16, 3), np.uint8), 10)
    clip = PlayerClip("c<1>", [Tile("real", video), Tile("mask", video, "a & b")])
    return RunPage(
        title="Night <drive>",
        explanation="5 > 4",
        facts=[("Task", "<street>")],
        players=[Player("Held <out>", [clip])],
        legend=[LabelColor("sky & sun", "#0180ff")],
        flow_wheel="data:image/png;base64,AAAA",
        tables=[metric_table({"m<1>": {"psnr": 21.5}}, "two <clips>")],
        curve_groups=[CurveGroup("Generator", [chart("gan<x>", [3.0, 1.0], [1])])],
        stages=[Stage("flow", 1, 1), Stage("gan", 2, 4)],
        card="# Card\n\n## Use\n\n- a <b>tag</b>\n- [link](javascript:alert(1))\n",
        config="task: <street>\n",
    )


def test_everything_is_there_and_escaped():
    html = render_page(full())
    for text in (
        *("Night &lt;drive&gt;", "5 &gt; 4", "Held &lt;out&gt;", "a &amp; b"),
        *("sky &amp; sun", "#0180ff", "two &lt;clips&gt;", "m&lt;1&gt;", "21.5"),
        *("gan&lt;x&gt;", "epoch 1", "epochs 2–4", "task: &lt;street&gt;"),
        *("<h3>Card</h3>", "<h4>Use</h4>", "a &lt;b&gt;tag&lt;/b&gt;"),
    ):
        assert text in html, text
    assert 'href="javascript' not in html
    assert html.count('class="boundary"') == 1
    assert html.count("<video ") == 2 and 'data-frames="5"' in html


def test_nothing_is_named_outside_of_the_page():
    html = render_page(full())
    assert "://" not in html and "@import" not in html and "<link" not in html
    sources = re.findall(r'\b(?:src|href)="([^"]*)"', html)
    assert len(sources) == 3 and all(source.startswith("data:") for source in sources)
    assert "default-src &#39;none&#39;" in html or "default-src 'none'" in html


def test_empty_sections_are_left_out():
    html = render_page(RunPage(title="t", explanation="e"))
    assert "<section" not in html and "<video" not in html


def test_a_page_that_is_too_large():
    size = len(page_bytes(full(), 1.0)) / 1e6
    assert page_bytes(full(), size + 1e-5) == render_page(full()).encode()
    with pytest.raises(InputError, match="of 0.01 MB at most, got .*--clips"):
        page_bytes(full(), 0.01)
