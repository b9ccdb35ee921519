"""Label maps and depths of videos, by networks that users bring, up to the records."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest
import tensorflow as tf

from tests.detection.networks import small_networks as small
from v2v_tf.cli.main import main
from v2v_tf.metrics.segmentation import confusion_matrix, mean_iou
from v2v_tf.toy_street.writer import write_clips
from v2v_tf.visualization.video import write_video

COLORS = ((230, 20, 20), (20, 230, 20), (20, 20, 230))
LABELS = {"red": "car", "green": "road", "blue": "sky"}


def read(path):
    return cv2.imread(str(path), cv2.IMREAD_UNCHANGED)


@pytest.fixture
def video(tmp_path):
    """A red box that drives over a green ground below a blue sky, 8 frames."""
    frames = []
    for t in range(8):
        picture = np.full((48, 64, 3), COLORS[2], np.uint8)
        picture[20:] = COLORS[1]
        picture[24:40, 8 + 3 * t : 24 + 3 * t] = COLORS[0]
        frames.append(picture)
    path = tmp_path / "drive.mp4"
    write_video(path, frames, 10)
    return path


@pytest.fixture
def network(tmp_path):
    folder = tmp_path / "network"
    small.saved_model(folder, lambda x: x, [1, None, None, 3])
    small.describe(folder)
    return folder


@pytest.fixture
def labels(tmp_path):
    path = tmp_path / "labels.json"
    path.write_text(json.dumps(LABELS))
    return path


def annotate(video, network, output, *more, task="street"):
    return main(
        [
            *("annotate", "--task", task, "--source", str(video)),
            *("--network", str(network), "--output", str(output), *more),
        ]
    )


def test_a_video_becomes_label_maps_and_instances(
    tmp_path, video, network, labels, capsys
):
    out = tmp_path / "out"
    assert annotate(video, network, out, "--labels", str(labels)) == 0
    assert "drive: found in 8 of 8 frames" in capsys.readouterr().out
    folders = sorted(path.name for path in out.iterdir() if path.is_dir())
    assert folders == [*("detections", "previews", "train_A", "train_B", "train_inst")]
    for t in (0, 7):
        label_map = read(out / f"train_A/drive/{t:06d}.png")
        ids = read(out / f"train_inst/drive/{t:06d}.png")
        assert label_map.dtype == np.uint8 and ids.dtype == np.uint16
        assert label_map[32, 16 + 3 * t] == 26 and ids[32, 16 + 3 * t] == 26000
        assert (label_map[44] == 7).all() and (label_map[4] == 23).all()
        assert ((ids == 26000) == (label_map == 26)).mean() > 0.99
    said = json.loads((out / "annotations.json").read_text())
    assert said["detector"] == "network-street"
    assert said["settings"] == {"labels": {"0": 26, "1": 7, "2": 23}}
    licences = [one["licences"]["weights"] for one in said["networks"]]
    assert licences and set(licences) == {"CC0-1.0"}
    assert {one["file"] for one in said["networks"]} >= {
        *("saved_model.pb", "network.json")
    }
    records = tmp_path / "records"
    command = [
        *("prepare", "--task", "street", "--source", str(out)),
        *("--output", str(records), "--set", "data.resize.load_size=64"),
    ]
    assert main(command) == 0
    assert "train: 1 clips, 8 frames" in capsys.readouterr().out


def test_a_configuration_says_the_labels(tmp_path, video, network, capsys):
    labels = tmp_path / "labels.csv"
    labels.write_text("red,car\ngreen,road\nblue,sky\n")
    out = tmp_path / "out"
    options = ("--config", "toy_street", "--labels", str(labels))
    assert annotate(video, network, out, *options) == 0
    ids = read(out / "train_inst/drive/000005.png")
    assert sorted(np.unique(ids)) == [0, 1, 6000]
    more = ("--set", "conditioning.street.use_instances=false", "--overwrite")
    assert annotate(video, network, out, *options, *more) == 0
    assert not (out / "train_inst").exists()
    assert annotate(video, network, out, *options, task="depth") == 2
    assert "--task depth does not agree with the conf" in capsys.readouterr().err


def test_another_table_is_other_work(tmp_path, video, network, labels, monkeypatch):
    from v2v_tf.apps.annotation import annotate as module

    def breaks_off(*_args, **_options):
        raise KeyboardInterrupt

    out = tmp_path / "out"
    monkeypatch.setattr(module, "_write", breaks_off)
    assert annotate(video, network, out, "--labels", str(labels)) == 130
    monkeypatch.undo()
    labels.write_text(json.dumps(LABELS | {"red": "truck"}))
    assert annotate(video, network, out, "--labels", str(labels), "--resume") == 2
    labels.write_text(json.dumps(LABELS))
    assert annotate(video, network, out, "--labels", str(labels), "--resume") == 0


def test_a_video_becomes_depth_maps(tmp_path, video, network, capsys):
    # Red is near, 1 metre, and green and blue are far: 4 and 16.
    small.saved_model(
        tmp_path / "depths",
        lambda x: tf.reduce_sum(tf.round(x) * [1.0, 4.0, 16.0], axis=-1),
        [1, None, None, 3],
    )
    small.describe(tmp_path / "depths", depth={"kind": "depth", "scale": 256})
    out = tmp_path / "out"
    assert annotate(video, tmp_path / "depths", out, task="depth") == 0
    depth = read(out / "train_depth/drive/000002.png")
    assert depth.dtype == np.uint16 and depth[32, 22] == 256
    assert depth[44, 3] == 1024 and depth[4, 3] == 4096
    said = json.loads((out / "annotations.json").read_text())
    assert said["settings"] == {"depth": {"kind": "depth", "scale": 256.0}}
    command = [
        *("prepare", "--task", "depth", "--source", str(out)),
        *("--output", str(tmp_path / "records"), "--set", "data.resize.load_size=64"),
    ]
    assert main(command) == 0
    assert "train: 1 clips, 8 frames" in capsys.readouterr().out


def test_what_is_missing_is_one_line_before_work(tmp_path, video, network, capsys):
    def fails(*command):
        assert main(["annotate", "--source", str(video), *command]) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert line.startswith("v2v-tf annotate: ")
        return line

    out = ("--output", str(tmp_path / "out"))
    assert "needs a --network" in fails("--task", "street", *out)
    assert "needs a --network" in fails("--task", "depth", *out)
    assert "name a --task, or a --config" in fails(*out)
    given = ("--task", "street", "--network", str(network), *out)
    assert "no label named red, green, blue" in fails(*given)
    assert "--smooth 3: the pictures" in fails(*given, "--smooth", "3")
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_a_segmenter_of_ones_own_finds_the_labels_of_a_new_video(tmp_path, capsys):
    """train-segmenter on the toy street, then annotate and prepare on a video of it."""
    size, config = (64, 128), ("--config", "toy_street")
    write_clips(tmp_path / "clips", 12, 10, size, seed=1)
    data, network = str(tmp_path / "data"), str(tmp_path / "network")
    command = ("prepare", *config, "--source", str(tmp_path / "clips"))
    assert main([*command, "--output", data]) == 0
    command = ("train-segmenter", *config, "--data", data, "--output", network)
    assert main([*command, "--steps", "400"]) == 0
    write_clips(tmp_path / "new", 1, 16, size, seed=2)
    paths = sorted((tmp_path / "new/train_B/toy_0000").iterdir())
    write_video(tmp_path / "new.mp4", [read(p)[..., ::-1] for p in paths], 12)
    out = tmp_path / "out"
    assert annotate(tmp_path / "new.mp4", network, out, *config) == 0
    confusion = np.zeros([8, 8], np.int64)
    for t in range(16):
        true = read(tmp_path / f"new/train_A/toy_0000/{t:06d}.png")
        found = read(out / f"train_A/new/{t:06d}.png")
        confusion += confusion_matrix(true[None], found[None], 8, None)
    # It was 0.78, and 0.95 of the pixels.
    assert mean_iou(confusion) > 0.65
    assert np.diag(confusion).sum() / confusion.sum() > 0.9
    said = json.loads((out / "annotations.json").read_text())
    assert said["networks"][0]["licences"]["code"].startswith("Apache-2.0")
    assert said["settings"]["labels"] == {str(i): i for i in range(8)}
    records = str(tmp_path / "records")
    command = ("prepare", *config, "--source", str(out), "--output", records)
    assert main(list(command)) == 0
    assert "train: 1 clips, 16 frames" in capsys.readouterr().out
