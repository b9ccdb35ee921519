"""The demo as a user calls it: a page with videos, and nothing lost on the way."""

from __future__ import annotations

import html.parser
import json
from pathlib import Path
from urllib.parse import unquote

import cv2
import pytest

from v2v_tf import config as configuration
from v2v_tf.visualization.video import read_video

TINY = ("--config", "test/toy_street", "--clips", 3, "--frames", 8)


class _Links(html.parser.HTMLParser):
    """Collects what a page shows and links to."""

    def __init__(self) -> None:
        super().__init__()
        self.targets: list[tuple[str, str]] = []

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            if name in ("src", "href") and not value.startswith("#"):
                self.targets.append((tag, unquote(value)))


@pytest.fixture(scope="module")
def demo(tmp_path_factory, call) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "nested" / "demo"
    assert call("demo", *TINY, "--output", folder) == 0
    return folder


@pytest.mark.slow
def test_the_page_shows_files_that_are_there(demo):
    links = _Links()
    page = (demo / "report.html").read_text(encoding="utf-8")
    links.feed(page)
    for _, target in links.targets:
        assert (demo / target).is_file(), target
    tags = [tag for tag, _ in links.targets]
    # Held-out clips: a video of panels and a sheet each.
    assert tags.count("img") == len(list((demo / "clips").glob("*/sheet.png"))) == 4
    assert len([t for _, t in links.targets if t.endswith("panels.mp4")]) >= 4
    assert "PSNR" in page and "generator/total" in page
    assert str(demo) not in page


@pytest.mark.slow
def test_videos_play_what_was_generated(demo):
    clips = sorted(path for path in (demo / "clips").iterdir() if path.is_dir())
    # Eight frames less two of history.
    assert read_video(demo / "video.mp4").shape == (6, 32, 64, 3)
    assert (demo / "video.mp4").read_bytes() == (clips[0] / "video.mp4").read_bytes()
    for clip in clips:
        assert len(read_video(clip / "panels.mp4")) == 6
        assert cv2.imread(str(clip / "frames/00007.png")).shape == (32, 64, 3)


@pytest.mark.slow
def test_metrics_and_the_run_are_kept(demo):
    metrics = json.loads((demo / "metrics.json").read_text())
    assert len(metrics["clips"]) == 4
    assert {"psnr", "ssim", "warping_error", "flow_error"} <= set(metrics["mean"])
    saved = configuration.load(demo / "run/config.yaml")
    assert saved == configuration.load("test/toy_street")
    assert [path.name for path in demo.parent.iterdir()] == ["demo"]


@pytest.mark.slow
def test_held_out_clips_are_not_those_of_training(demo):
    def first(split: str) -> bytes:
        return (demo / f"data/{split}/clips/train_B/toy_0000/000000.png").read_bytes()

    assert first("train") != first("held_out")


@pytest.mark.slow
def test_a_failing_call_leaves_the_demo_that_is_there(demo, call, capsys):
    before = (demo / "report.html").stat().st_mtime_ns
    status = call(
        *("demo", *TINY, "--output", demo, "--set", "curriculum.0.num_frames=99")
    )
    assert status == 2
    assert "101 frames that were asked for" in capsys.readouterr().err
    assert (demo / "report.html").stat().st_mtime_ns == before
    assert (demo / "video.mp4").is_file()


@pytest.mark.slow
def test_a_second_call_replaces_the_demo(demo, call, capsys):
    (demo / "clips" / "old.txt").write_text("of the first call")
    before = (demo / "report.html").stat().st_mtime_ns
    assert call("demo", *TINY, "--output", demo) == 0
    assert (demo / "report.html").stat().st_mtime_ns > before
    assert not (demo / "clips" / "old.txt").exists()
    assert [path.name for path in demo.parent.iterdir()] == ["demo"]
    out = capsys.readouterr().out
    assert str(demo / "report.html") in out and str(demo / "video.mp4") in out


def test_a_folder_that_is_no_demo_is_never_replaced(tmp_path, call, capsys):
    (tmp_path / "thesis.txt").write_text("ten years of work")
    assert call("demo", *TINY, "--output", tmp_path) == 2
    assert str(tmp_path) in capsys.readouterr().err
    assert (tmp_path / "thesis.txt").read_text() == "ten years of work"


def test_wrong_arguments(tmp_path, call, capsys):
    output = tmp_path / "demo"
    assert call("demo", *TINY, "--output", output, "--set", "losses.lone=1") == 2
    assert call("demo", "--clips", 0, "--output", output) == 2
    first, second = capsys.readouterr().err.splitlines()
    assert "unknown key 'losses.lone'" in first and "1 clip or more" in second
    assert not output.exists()


def test_a_model_of_single_images_is_refused(tmp_path, call, capsys):
    preset = ("--config", "test/toy_street_first_frame")
    assert call("demo", *preset, "--output", tmp_path / "demo") == 2
    assert "the demo explains a video model" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
