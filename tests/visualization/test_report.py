from html.parser import HTMLParser

import numpy as np
import pytest

from v2v_tf.errors import InputError
from v2v_tf.visualization.report import Media, Report, render, write_report
from v2v_tf.visualization.tables import MetricRow, metric_rows
from v2v_tf.visualization.video import write_png, write_video


class Page(HTMLParser):
    """Collects tags, their attributes and the text of table cells."""

    VOID = ("meta", "img", "br", "link")

    def __init__(self, html: str):
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.stack: list[str] = []
        self.feed(html)
        assert not self.stack, "unclosed tags"

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.stack.pop() == tag

    def handle_data(self, data):
        if data.strip() and self.stack[-1:] != ["style"]:
            self.text.append(" ".join(data.split()))

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]


def full(folder) -> Report:
    frames = np.zeros((3, 16, 16, 3), np.uint8)
    write_video(folder / "panel.mp4", frames, 5)
    write_png(folder / "sheets" / "a b.png", frames[0])
    (folder / "log.txt").write_text("log")
    return Report(
        title="Night <drive>",
        explanation='5 > 4 & "quotes"',
        metrics=[
            MetricRow("PSNR", 21.23456, None, "dB"),
            MetricRow("Flicker", -0.00123456, 0.5, "<b>calm</b>"),
        ],
        losses={"g/total_loss": [3.0, 1.0], "d<x>": [2.0]},
        loss_unit="epochs",
        videos=[Media("panel.mp4", "six <tiles>")],
        pictures=[Media("sheets/a b.png", 'the "sheet"')],
        links=[Media("log.txt", "what was said")],
    )


def test_page_holds_every_section(tmp_path):
    path = write_report(tmp_path, full(tmp_path))
    assert path == tmp_path / "report.html"
    page = Page(path.read_text(encoding="utf-8"))
    (video,) = page.of("video")
    assert video["src"] == "panel.mp4"
    assert {"controls", "loop", "muted", "autoplay"} <= set(video)
    (picture,) = page.of("img")
    assert picture["src"] == "sheets/a%20b.png" and picture["alt"] == 'the "sheet"'
    assert [link["href"] for link in page.of("a")] == ["sheets/a%20b.png", "log.txt"]
    assert len(page.of("polyline")) == 2
    for text in ("21.23", "–", "−0.001235", "0.5", "2 epochs", "g / total loss"):
        assert text in page.text


def test_everything_is_escaped(tmp_path):
    page = Page(write_report(tmp_path, full(tmp_path)).read_text(encoding="utf-8"))
    assert not {"drive", "tiles", "b", "x"} & {tag for tag, _ in page.tags}
    for text in ("Night <drive>", '5 > 4 & "quotes"', "<b>calm</b>", "d<x>"):
        assert text in page.text


def test_page_fetches_nothing(tmp_path):
    html = write_report(tmp_path, full(tmp_path)).read_text(encoding="utf-8")
    assert "://" not in html and "@import" not in html and "<script" not in html
    assert "prefers-color-scheme: dark" in html


def test_empty_sections_are_left_out():
    page = Page(render(Report(title="t", explanation="e")))
    assert not page.of("section")
    assert page.of("h1")


def test_rows_pair_values_with_the_real_clips():
    rows = metric_rows(
        {"psnr": 20.0, "flicker": 0.1, "flicker_real": 0.3, "own_real": 4.0}
    )
    assert [(row.name, row.fake, row.real) for row in rows] == [
        ("PSNR", 20.0, None),
        ("Flicker", 0.1, 0.3),
        ("own_real", 4.0, None),
    ]
    assert "higher is closer" in rows[0].note and rows[2].note == ""


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "–"),
        (float("nan"), "–"),
        (float("inf"), "∞"),
        (float("-inf"), "−∞"),
        (120.0, "120"),
        (12345.0, "12,345"),
        (-3.0, "−3"),
        (0.00039884, "0.0003988"),
        (1e9, "1e+09"),
    ],
)
def test_numbers_are_short(value, shown):
    report = Report(title="t", explanation="e", metrics=[MetricRow("m", value, 7.25)])
    page = Page(render(report))
    at = page.text.index("m")
    assert page.text[at + 1 : at + 3] == [shown, "7.25"]


def test_nothing_is_overwritten_unasked(tmp_path):
    first = write_report(tmp_path, Report(title="first", explanation=""))
    with pytest.raises(InputError, match="report.html exists"):
        write_report(tmp_path, Report(title="second", explanation=""))
    assert "first" in first.read_text()
    write_report(tmp_path, Report(title="second", explanation=""), overwrite=True)
    assert "second" in first.read_text()
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("none.mp4", "no file .*none.mp4: write it first"),
        ("../a.mp4", "must be relative"),
        ("/a.mp4", "must be relative"),
    ],
)
def test_media_must_lie_in_the_folder(tmp_path, path, message):
    report = Report(title="t", explanation="e", videos=[Media(path)])
    with pytest.raises(InputError, match=message):
        write_report(tmp_path / "run", report)
    assert not list(tmp_path.iterdir())
