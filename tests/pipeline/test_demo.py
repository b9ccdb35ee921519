"""The demo as a user calls it: a page with videos, and nothing lost on the way."""

from __future__ import annotations

import html.parser
import json
from pathlib import Path
from urllib.parse import unquote

import cv2
import pytest

from pipeline import demo as demo_command
from pipeline import demo_opening
from pipeline.history import read_runs
from pipeline.local_runner import Root
from tests.untrained_runs import write_run
from v2v_tf import config as configuration
from v2v_tf.cli.main import main
from v2v_tf.visualization.video import read_video

CLIPS = ("--clips", 3, "--frames", 8)


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
def call(tiny_config, tmp_path_factory):
    """Runs the demo of a tiny pipeline, and a tiny model that opens it."""
    opening = tmp_path_factory.mktemp("opening") / "run"
    either = ("generator.first_frames=either",)
    write_run(opening, configuration.load_config("test/toy_street", either), 3)

    def run(*arguments, config=tiny_config) -> int:
        options = ("--config", config, "--opening", opening, *CLIPS)
        command = ("demo", *options, *arguments)
        return main([str(argument) for argument in command])

    return run


@pytest.fixture(scope="module")
def demo(tmp_path_factory, call) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "nested" / "demo"
    assert call("--output", folder) == 0
    return folder


@pytest.mark.slow
def test_the_page_shows_files_that_are_there(demo):
    links = _Links()
    page = (demo / "report.html").read_text(encoding="utf-8")
    links.feed(page)
    for _, target in links.targets:
        assert (demo / target).is_file(), target
    tags = [tag for tag, _ in links.targets]
    # One held-out clip, as the tiny pipeline says: panels and a sheet.
    assert len(list((demo / "videos").glob("*/sheet.png"))) == 1
    assert tags.count("img") == tags.count("video") == 2
    shown = [target for tag, target in links.targets if tag == "video"]
    assert shown[0] == "opening_panels.mp4"
    assert "from label maps of a street that nobody trained on" in page
    assert "PSNR" in page and "generator/total" in page
    assert str(demo) not in page


@pytest.mark.slow
def test_videos_play_what_was_generated(demo):
    (clip,) = (path for path in (demo / "videos").iterdir() if path.is_dir())
    # Eight frames less two of history.
    assert read_video(demo / "video.mp4").shape == (6, 32, 64, 3)
    assert (demo / "video.mp4").read_bytes() == (clip / "video.mp4").read_bytes()
    assert len(read_video(clip / "panels.mp4")) == 6
    assert cv2.imread(str(clip / "sheet.png")).ndim == 3


@pytest.mark.slow
def test_it_opens_with_a_video_of_label_maps(demo):
    frames = read_video(demo / "opening.mp4")
    assert frames.shape == (demo_opening.NUM_FRAMES, 32, 64, 3)
    assert len(read_video(demo / "opening_panels.mp4")) == len(frames)
    assert not list(demo.glob(".*"))


@pytest.mark.slow
def test_metrics_the_run_and_the_model_are_kept(demo):
    metrics = json.loads((demo / "metrics.json").read_text())
    assert {"psnr", "ssim", "warping_error", "flow_error"} <= set(metrics["set"])
    saved = configuration.load_config(demo / "run/config.yaml")
    assert saved.generator == configuration.load_config("test/toy_street").generator
    assert [path.name for path in demo.parent.iterdir()] == ["demo"]
    runs = read_runs(Root(demo / "pipeline").metadata)
    assert [run.pushed_now for run in runs] == [True]
    assert Path(runs[0].pushed_to, "saved_model.pb").is_file()


@pytest.mark.slow
def test_a_failing_call_leaves_the_demo_that_is_there(demo, call, capsys):
    before = (demo / "report.html").stat().st_mtime_ns
    assert call("--output", demo, "--set", "curriculum.0.num_frames=99") == 2
    assert "trains on 101 frames a clip" in capsys.readouterr().err
    assert (demo / "report.html").stat().st_mtime_ns == before
    assert [path.name for path in demo.parent.iterdir()] == ["demo"]


@pytest.mark.slow
def test_a_second_call_replaces_the_demo(demo, call, capsys):
    (demo / "clips" / "old.txt").write_text("of the first call")
    before = (demo / "report.html").stat().st_mtime_ns
    assert call("--output", demo) == 0
    assert (demo / "report.html").stat().st_mtime_ns > before
    assert not (demo / "clips" / "old.txt").exists()
    assert [path.name for path in demo.parent.iterdir()] == ["demo"]
    out = capsys.readouterr().out
    assert str(demo / "report.html") in out and str(demo / "video.mp4") in out


def test_what_a_killed_demo_left_is_replaced(tmp_path):
    output = tmp_path / "demo"
    aside = tmp_path / ".demo.replaced"
    for folder, name in ((output, ".unfinished"), (aside, "report.html")):
        folder.mkdir()
        (folder / name).touch()
    assert demo_command._is_demo(output)
    with pytest.raises(KeyboardInterrupt), demo_command._in_place_of(output):
        raise KeyboardInterrupt
    assert [path.name for path in tmp_path.iterdir()] == ["demo"]
    assert (output / "report.html").exists()


def test_a_folder_that_is_no_demo_is_never_replaced(tmp_path, call, capsys):
    (tmp_path / "thesis.txt").write_text("ten years of work")
    assert call("--output", tmp_path) == 2
    assert str(tmp_path) in capsys.readouterr().err
    assert (tmp_path / "thesis.txt").read_text() == "ten years of work"


def test_wrong_arguments(tmp_path, call, capsys):
    output = tmp_path / "demo"
    assert call("--output", output, "--set", "losses.lone=1") == 2
    assert call("--clips", 0, "--output", output) == 2
    first, second = capsys.readouterr().err.splitlines()
    assert "unknown key 'losses.lone'" in first and "1 clip or more" in second
    assert not output.exists()


def test_an_opening_that_is_no_model_is_refused(tmp_path, call, capsys):
    output = tmp_path / "demo"
    assert call("--output", output, "--opening", "toy-street-3") == 2
    assert "toy-street-128" in capsys.readouterr().err  # what there is
    assert not list(tmp_path.iterdir())


def test_a_model_of_single_images_is_refused(tmp_path, call, capsys):
    preset = "test/toy_street_first_frame"
    assert call("--output", tmp_path / "demo", config=preset) == 2
    assert "trains model: vid2vid" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
