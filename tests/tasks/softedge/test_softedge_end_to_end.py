"""From a raw video over soft edges to generated frames."""

from __future__ import annotations

import json

import numpy as np
import pytest

from v2v_tf.cli.main import main
from v2v_tf.storage import runs
from v2v_tf.storage.maps import read_map
from v2v_tf.tasks.files import read_rgb
from v2v_tf.visualization.video import read_video, write_video

FPS = 12


def scene(shift: int) -> np.ndarray:
    """Returns a red block that moves over blocks of blue, uint8 [48, 96, 3]."""
    blue = np.random.default_rng(8).integers(0, 120, (12, 24, 1), np.uint8)
    frame = np.full((48, 96, 3), 90, np.uint8)
    frame[..., 2:] = np.roll(blue.repeat(4, 0).repeat(4, 1), shift, axis=1)
    frame[10:40, 20 + 3 * shift : 44 + 3 * shift, 0] = 240
    return frame


@pytest.fixture
def video(tmp_path):
    path = tmp_path / "block.mp4"
    write_video(path, [scene(t) for t in range(9)], FPS)
    return path


def annotate(video, output, *more):
    source = ("--source", video, "--output", output)
    arguments = ("annotate", "--task", "softedge", *source, *more)
    return main([str(one) for one in arguments])


def test_without_a_file_nothing_is_done_and_one_line_says_why(tmp_path, video, capfd):
    assert annotate(video, tmp_path / "out") == 2
    lines = [
        line for line in capfd.readouterr().err.splitlines() if "--network" in line
    ]
    (line,) = lines
    assert line.startswith("v2v-tf annotate: task softedge needs --network FILE")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["block.mp4"]


def test_licences_are_written_apart_and_a_median_may_be_asked_for(
    tmp_path, video, made_up
):
    assert annotate(video, tmp_path / "out", "--network", made_up) == 0
    assert annotate(video, tmp_path / "m", "--network", made_up, "--smooth", "3") == 0
    said = json.loads((tmp_path / "out/annotations.json").read_text())
    (network,) = said["networks"]
    assert set(network["licences"]) == {"code", "weights", "training_data"}
    assert "non-commercial" in network["licences"]["training_data"]
    assert (said["smooth"], said["detector"]) == ("off", "hed-softedge")
    edges = read_map(tmp_path / "out/train_softedge/block/000003.png")
    assert edges.shape == (48, 96)
    rows = slice(14, 36)
    # The left side of the block, at 20 + 9; the codec blurs it. To the right red falls.
    assert (edges[rows, 28:31].max(axis=1) > 140).all()
    assert edges[rows, 51:55].max() < 40
    assert np.median(edges[:, :20]) < 20
    # What moves by three pixels has no place of its own in a median.
    median = read_map(tmp_path / "m/train_softedge/block/000003.png")
    assert median[rows, 27:32].mean() < 0.7 * edges[rows, 27:32].mean()


@pytest.mark.slow
def test_a_raw_video_becomes_a_model_that_makes_frames(tmp_path, video, made_up):
    out, data, run = (str(tmp_path / name) for name in ("out", "data", "run"))
    config = (
        *("--config", "test/softedge_256", "--set", "data.min_flow=-1"),
        *("--set", "curriculum.0.num_frames=3"),
    )
    made = str(tmp_path / "made")
    assert annotate(video, out, "--network", made_up.parent) == 0
    for step in (
        ("prepare", *config, "--source", out, "--output", data),
        ("train", *config, "--data", data, "--run", run),
        ("generate", "--model", run, "--source", out, "--output", made),
    ):
        assert main(list(step)) == 0, step
    assert runs.load_config(tmp_path / "run").task == "softedge"
    frames = sorted((tmp_path / "made/block/frames").iterdir())
    assert len(frames) == 9  # the given ones among them
    assert read_rgb(frames[-1]).shape == (32, 64, 3)
    assert list(read_video(tmp_path / "made/block/video.mp4"))
