import json
import re

import pytest

from tests.chromium import open_chromium

TILES = ["condition", "real", "fake", "warped", "mask", "flow"]


def tiles(html: str) -> list[str]:
    return re.findall(r'data-tile="([^"]*)"', html)


@pytest.fixture(scope="module")
def page(tmp_path_factory, toy_run, cli_data, call):
    path = tmp_path_factory.mktemp("page") / "toy.html"
    arguments = ("--run", toy_run, "--data", cli_data, "--clips", 2)
    assert call("report", *arguments, "--output", path) == 0
    return path


@pytest.mark.slow
def test_a_page_with_clips_generated_for_it(page, toy_run):
    html = page.read_text(encoding="utf-8")
    assert tiles(html) == TILES * 2
    for text in (
        *("toy_0000@000000", "toy_0001@000000", "Mean over 2 clips of training"),
        *("<b>flow</b> epoch 1", "<b>gan</b> epoch 2"),
        *("PSNR", "num_filters: 4", "Records: SHA-256", ">sky<"),
    ):
        assert text in html, text
    assert "toy_0002@000000" not in html, "two clips were asked for"
    names = {
        name
        for epoch in json.loads((toy_run / "history.json").read_text())
        for name in epoch
    }
    assert len(re.findall('class="chart"', html)) == len(names - {"epoch"})


def test_it_plays_in_a_browser(tmp_path, page):
    with open_chromium(tmp_path) as tab:
        tab.open(page, (1280, 900))
        ready = "[...document.querySelectorAll('.clip:not([hidden]) video')]"
        tab.wait(f"{ready}.every((video) => video.readyState >= 3)")
        widths = tab.evaluate(f"{ready}.map((video) => video.videoWidth)")
        assert widths == [256] * len(TILES), "64 pixels, enlarged fourfold"
        tab.evaluate("document.querySelector('.play').click()")
        tab.wait(f"{ready}.every((video) => Number(video.dataset.frame) >= 2)")


def test_without_a_source_it_shows_the_previews(tmp_path, toy_run, call, capsys):
    path = tmp_path / "new" / "page.html"
    assert call("report", "--run", toy_run, "--output", path) == 0
    assert capsys.readouterr().out.startswith(f"page: {path} ")
    html = path.read_text(encoding="utf-8")
    assert "After epoch 2" in html and tiles(html) == ["panels"] * 2
    assert "Preview clips of training, mean over clips" in html


def test_what_generate_left(tmp_path, toy_run, cli_data, call):
    made = tmp_path / "ours"
    arguments = ("--model", toy_run, "--data", cli_data, "--output", made)
    assert call("generate", *arguments) == 0
    path = tmp_path / "page.html"
    sources = ("--generated", made, "--clips", 1)
    assert call("report", "--run", toy_run, *sources, "--output", path) == 0
    html = path.read_text(encoding="utf-8")
    assert tiles(html) == ["panels"] and "Generated: ours" in html
    assert "Mean over 3 generated clips" in html


def test_a_page_that_is_there(page, toy_run, call, capsys):
    before = page.read_bytes()
    arguments = ("report", "--run", toy_run, "--output", page)
    assert call(*arguments) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("v2v-tf report: ") and f"{page} exists" in line
    assert page.read_bytes() == before
    copy = page.with_name("copy.html")
    copy.write_bytes(before)
    assert call(*arguments[:-1], copy, "--overwrite") == 0
    assert copy.read_bytes() != before


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--max-megabytes", 0.02), "0.02 MB at most, got"),
        (("--max-megabytes", 0), "--max-megabytes must be above 0"),
        (("--clips", 0), "--clips must be above 0"),
        (("--generated", "absent"), "no file absent/metrics.json"),
        (("--comparison", "absent"), "no file absent/comparison.json"),
        (("--split", "eval"), "--split is of the records: name them with --data"),
        (("--data", "absent"), "absent holds no prepared clips"),
    ],
)
def test_refusals_leave_nothing(tmp_path, toy_run, call, capsys, options, message):
    path = tmp_path / "page.html"
    assert call("report", "--run", toy_run, "--output", path, *options) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("v2v-tf report: ") and message in line
    assert not list(tmp_path.iterdir())


def test_no_run(tmp_path, call, capsys):
    assert call("report", "--run", tmp_path) == 2
    assert "is no run folder" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
