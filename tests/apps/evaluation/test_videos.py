"""Videos of any tool beside real ones: paired, measured, written."""

import itertools
import json

import numpy as np
import pytest

from tests.apps.evaluation.dots import Dots, face
from v2v_tf.apps.evaluation.adherence import AdherenceOptions
from v2v_tf.apps.evaluation.clip_features import NetworkOptions
from v2v_tf.apps.evaluation.video_metrics import VideoMetrics
from v2v_tf.apps.evaluation.video_pairs import named_videos, pair_videos
from v2v_tf.apps.evaluation.videos import VideoFolders, evaluate_videos
from v2v_tf.cli.main import main
from v2v_tf.config import load_config
from v2v_tf.config.plugins import DETECTORS
from v2v_tf.data.flow import flow_confidence, teacher_flow
from v2v_tf.errors import InputError
from v2v_tf.inference.job import Destination
from v2v_tf.metrics.summary import evaluate_clip
from v2v_tf.visualization.video import read_video, write_frames, write_video


@pytest.fixture(autouse=True)
def dots(monkeypatch):
    monkeypatch.setitem(DETECTORS._loaded, "dots", Dots)


def faces(*places, size=(48, 64)):
    return [face(x, size=size) for x in places]


@pytest.fixture
def videos(tmp_path):
    """Two pairs of folders of frames, the generated ones moved, and one without."""
    for name, places in (("a", (10, 12, 14, 16)), ("b", (20, 19, 18))):
        write_frames(tmp_path / "real" / name, faces(*places))
        write_frames(tmp_path / "fake" / name, faces(*(x + 2 for x in places)))
    write_frames(tmp_path / "fake/c", faces(10))
    return tmp_path


def call(*arguments):
    return main([str(argument) for argument in arguments])


def test_numbers_are_those_of_clips_in_memory(texture_pair):
    frames, real = texture_pair
    config = load_config(None)
    metrics = VideoMetrics(config)
    for pair in zip(frames, real, strict=True):
        metrics.add(*pair)
    data, flows, visible = config.data, [], []
    for before, now in itertools.pairwise(real):
        flows.append(teacher_flow(now, before, data.flow_preset))
        trust = flow_confidence(now, before, flows[-1], data.confidence_threshold)
        visible.append(trust)
    expected = evaluate_clip(
        frames, real, flow=np.stack(flows), visible=np.stack(visible)
    )
    found = metrics.values()
    assert set(found) == set(expected) and "flicker" in found
    for name, value in expected.items():
        assert found[name] == pytest.approx(value, rel=1e-5), name


@pytest.fixture
def texture_pair():
    """Seven frames of a texture, still at the left; and the same, darker and noisy."""
    noise = np.random.default_rng(2)
    ground = noise.integers(0, 256, (40, 90, 3)).astype(np.float32)
    ground = (ground + np.roll(ground, 1, 0) + np.roll(ground, 1, 1)) / 3
    real = np.stack([ground[:, t : t + 60] for t in range(7)])
    real[:, :, :25] = real[:1, :, :25]
    darker = 0.8 * real + noise.normal(0, 6, real.shape)
    return np.clip(darker, 0, 255).astype(np.uint8), real.astype(np.uint8)


def test_small_frames_have_no_flow_and_no_ssim():
    metrics = VideoMetrics(load_config(None))
    for level in (10, 20, 40):
        metrics.add(*np.full([2, 8, 10, 3], level, np.uint8) + np.uint8([[[[3]]]]))
    found = metrics.values()
    assert not {"ssim", "warping_error", "flicker"} & set(found)
    assert found["num_frames"] == 3


def test_a_black_frame_hides_no_grid():
    rng = np.random.default_rng(2)
    shown = rng.integers(0, 256, [2, 32, 48, 3], np.uint8)
    metrics = VideoMetrics(load_config(None, ("task=edges",)))
    metrics.add(shown[0], shown[1])
    alone = metrics.values()["grid_peak"]
    metrics.add(np.zeros_like(shown[0]), shown[1])
    assert metrics.values()["grid_peak"] == alone
    assert metrics.values()["num_frames"] == 2


def test_pairs_are_measured_and_written(videos):
    lines = []
    out = videos / "out"
    summary = evaluate_videos(
        VideoFolders(videos / "fake", videos / "real", "face"),
        Destination(out, fps=8.0),
        adherence=AdherenceOptions("dots"),
        say=lines.append,
    )
    (line,) = lines
    assert line == (
        "left out, as no other video has their name: c of " + str(videos / "fake")
    )
    assert list(summary.clips) == ["a", "b"]
    mean = summary.mean["generated"]
    assert mean["landmark_error"] == pytest.approx(2 / 20)
    assert mean["landmark_error_floor"] == pytest.approx(1 / 20)
    assert mean["num_frames"] == 3.5 and mean["psnr"] > 10
    assert line in summary.notes and "pairs of videos: 2, with 7 frames in all" in (
        summary.notes
    )
    saved = json.loads((out / "metrics.json").read_text())
    assert saved["mean"]["generated"] == pytest.approx(mean)
    assert saved["task"] == "face" and saved["real"] == str(videos / "real")
    comparison = json.loads((out / "comparison.json").read_text())
    assert comparison["methods"] == ["real", "generated"]
    for name, length in (("a", 4), ("b", 3)):
        for method in comparison["methods"]:
            video = read_video(out / f"{name}.{method}.mp4")
            assert video.shape == (length, 48, 64, 3)
        assert (out / f"{name}.png").is_file()
    assert "| Landmark error | 0.05 | 0.1 |" in (out / "comparison.md").read_text()


def test_sizes_and_lengths_may_differ_and_are_said(tmp_path):
    write_frames(tmp_path / "real/a", faces(20, 24, 28, size=(96, 128)))
    write_video(tmp_path / "fake/a.mp4", faces(10, 12), 25)
    lines = []
    (pair,) = pair_videos(tmp_path / "fake", tmp_path / "real", lines.append)
    assert pair.num_frames == 2
    frames = list(pair.frames())
    assert [one.shape for one in frames[1]] == [(48, 64, 3)] * 2
    assert lines == [
        "a: real frames of 128x96 are brought to the 64x48 of the generated ones",
        "a: 2 generated and 3 real frames, so the first 2 of both are compared: cut "
        "one of them where they do not begin together",
    ]
    write_frames(tmp_path / "wide/a", faces(20, 24, size=(96, 192)))
    lines.clear()
    pair_videos(tmp_path / "fake", tmp_path / "wide", lines.append)
    assert lines[0].endswith(
        "which makes things 33% narrower: cut or resize the real ones as the generated "
        "ones were"
    )


def test_rates_that_differ_are_said(tmp_path):
    write_video(tmp_path / "fake/a.mp4", faces(10, 12), 25)
    write_video(tmp_path / "real/a.mp4", faces(10, 12), 30)
    lines = []
    pair_videos(tmp_path / "fake", tmp_path / "real", lines.append)
    (line,) = lines
    assert line.startswith("a: 25 and 30 frames a second, generated and real: frames")


def test_what_generate_writes_is_read(tmp_path):
    results = tmp_path / "results/street"
    write_frames(results / "frames", faces(10, 12, 14))
    write_video(results / "video.mp4", faces(10), 25)
    write_video(results / "panels.mp4", faces(10), 25)
    write_video(tmp_path / "results/other/video.mp4", faces(10, 20), 25)
    (tmp_path / "results/metrics.json").write_text("{}")
    found = named_videos(tmp_path / "results")
    assert list(found) == ["other", "street"]
    counts = {name: one.count_frames() for name, one in found.items()}
    assert counts == {"other": 2, "street": 3}
    annotated = tmp_path / "clips/train_img"
    write_frames(annotated / "street", faces(1, 2))
    assert list(named_videos(tmp_path / "clips")) == ["street"]


def test_one_video_each_is_a_pair(tmp_path):
    write_video(tmp_path / "mine.mp4", faces(10, 12), 25)
    write_video(tmp_path / "theirs.mov.mp4", faces(10, 12), 25)
    lines = []
    (pair,) = pair_videos(
        tmp_path / "mine.mp4", tmp_path / "theirs.mov.mp4", lines.append
    )
    assert pair.name == "mine" and "mine is held to theirs" in lines[0]
    assert len(lines) == 1


def test_what_cannot_be_paired(tmp_path, videos):
    write_frames(tmp_path / "else/x", faces(1))
    write_frames(tmp_path / "else/y", faces(1))
    with pytest.raises(InputError, match="holds a, b, c, .*else holds x, y: give both"):
        pair_videos(videos / "fake", tmp_path / "else")
    with pytest.raises(InputError, match="no videos at .*absent"):
        pair_videos(tmp_path / "absent", videos / "real")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="empty holds no video"):
        pair_videos(videos / "fake", tmp_path / "empty")
    (tmp_path / "else/x/00001.png").write_bytes(
        (videos / "fake/c/00000.png").read_bytes()
    )
    write_frames(tmp_path / "big/x", faces(1, size=(64, 64)))
    (tmp_path / "big/x/00001.png").write_bytes(
        (videos / "fake/c/00000.png").read_bytes()
    )
    (pair,) = pair_videos(tmp_path / "big", tmp_path / "else")
    with pytest.raises(InputError, match="must be 64x64 as the first, got 64x48"):
        list(pair.frames())


def test_options_that_do_not_go_with_videos(tmp_path, videos):
    folders = VideoFolders(videos / "fake", videos / "real")
    with pytest.raises(InputError, match="name the task by --task"):
        evaluate_videos(folders, adherence=AdherenceOptions("dots"))
    with pytest.raises(InputError, match="labels, which videos have not"):
        evaluate_videos(folders, networks=NetworkOptions(tmp_path))
    taken = tmp_path / "taken"
    taken.mkdir()
    (taken / "thesis.txt").touch()
    with pytest.raises(InputError, match="already holds something"):
        evaluate_videos(folders, Destination(taken))
    assert evaluate_videos(folders).notes[-1].startswith("no --task was named")


def test_the_command(videos, capsys):
    given = ("evaluate", "--videos", videos / "fake", "--real", videos / "real")
    out = ("--output", videos / "out")
    assert call(*given, *out, "--task", "face", "--detector", "dots") == 0
    printed = capsys.readouterr().out
    lines = printed.splitlines()
    assert lines[0].startswith("left out, as no other")
    assert lines[1].split() == ["real", "generated"]
    (error,) = (line for line in lines if line.startswith("Landmark error "))
    assert error.split()[-2:] == ["0.05", "0.1"]
    assert lines[-1] == f"evaluated: {videos / 'out'}"
    assert call(*given, *out) == 2
    assert "--overwrite" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((), "--videos and --real to measure videos, got none of them"),
        (("--videos", "v", "--data", "d"), "got --data and --videos"),
        (("--videos", "v"), "got --videos"),
        (
            ("--model", "m", "--data", "d", "--videos", "v", "--real", "r"),
            "or --videos",
        ),
        (
            ("--model", "m", "--data", "d", "--task", "face"),
            "--task goes with --videos",
        ),
        (
            ("--videos", "v", "--real", "r", "--first-frames", "zeros"),
            "--first-frames goes with --model, and there is no model: leave it out",
        ),
        (("--videos", "v", "--real", "r"), "no videos at v"),
        (("--videos", "v", "--real", "r", "--task", "depth"), "nothing that could be"),
        (
            ("--videos", "v", "--real", "r", "--task", "face", "--network", "no"),
            "--network no: expected",
        ),
    ],
)
def test_what_the_command_refuses(tmp_path, monkeypatch, capsys, options, words):
    monkeypatch.chdir(tmp_path)
    assert call("evaluate", *options) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("v2v-tf evaluate: ") and words in line
