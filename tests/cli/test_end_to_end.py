"""prepare, train, generate, for every task, as a user would type it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from v2v_tf.visualization.video import read_video

# Toy clips have eight labels and instances, as Cityscapes has 35 and instances.
CITYSCAPES_OF_TOY = ("--set", "conditioning.street.foreground_labels=[6,7]")


def _road(call, folder: Path, preset: str, source: Path, *overrides: str) -> dict:
    """Walks the road; returns metrics.json of what was generated."""
    config = ("--config", f"test/{preset}", *overrides)
    data, run, out = folder / "data", folder / "run", folder / "out"
    assert call("prepare", *config, "--source", source, "--output", data) == 0
    assert call("train", *config, "--data", data, "--run", run) == 0
    assert call("generate", "--model", run, "--data", data, "--output", out) == 0
    for name, values in json.loads((run / "history.json").read_text())[-1].items():
        assert np.isfinite(values), name
    return json.loads((out / "metrics.json").read_text())


def _check_output(out: Path, metrics: dict, num_frames: int, size: tuple[int, int]):
    """Checks frames and videos of a split with one clip; returns its frames."""
    ((name, values),) = metrics["clips"].items()
    assert values["num_frames"] == num_frames
    assert values["psnr"] == metrics["mean"]["psnr"] > 3.0
    paths = sorted((out / name / "frames").iterdir())
    # Presets have three condition frames: the first two are history.
    assert [path.name for path in paths] == [
        f"{t:05d}.png" for t in range(2, 2 + num_frames)
    ]
    frames = np.stack([cv2.imread(str(path)) for path in paths])
    assert frames.shape[1:3] == size and frames.std() > 1.0
    assert read_video(out / name / "video.mp4").shape == frames.shape
    assert len(read_video(out / name / "panels.mp4")) == num_frames
    assert cv2.imread(str(out / name / "sheet.png")) is not None


@pytest.mark.slow
def test_toy_street(toy_run, cli_data, tmp_path, call):
    out = tmp_path / "out"
    assert (
        call("generate", "--model", toy_run, "--data", cli_data, "--output", out) == 0
    )
    metrics = json.loads((out / "metrics.json").read_text())
    assert len(metrics["clips"]) == 3
    # Exact flow of the toy world came all the way: known to be small and not zero.
    assert 0.01 < metrics["mean"]["flow_error_zero"] < 5.0
    assert metrics["mean"]["num_frames"] == 6


@pytest.mark.slow
def test_edges(tmp_path, call, write_video):
    source = write_video(tmp_path / "one.mp4", 6)
    metrics = _road(call, tmp_path, "video_edges", source)
    _check_output(tmp_path / "out", metrics, 4, (32, 64))


@pytest.mark.slow
def test_face(tmp_path, call, write_face):
    metrics = _road(call, tmp_path, "face_512", write_face(tmp_path / "source", 6))
    _check_output(tmp_path / "out", metrics, 4, (64, 64))


@pytest.mark.slow
def test_pose(tmp_path, call, write_pose):
    metrics = _road(call, tmp_path, "pose_256", write_pose(tmp_path / "source", 7))
    _check_output(tmp_path / "out", metrics, 5, (64, 128))


@pytest.mark.slow
def test_pose_at_two_scales_with_the_face_discriminator(tmp_path, call, write_pose):
    metrics = _road(call, tmp_path, "pose_512", write_pose(tmp_path / "source", 7))
    assert metrics["mean"]["num_frames"] == 5
    (history,) = json.loads((tmp_path / "run" / "history.json").read_text())
    assert "generator/gan_face" in history and "discriminator/face_real" in history


@pytest.mark.slow
def test_first_frames_of_a_network_that_was_trained_for_them(
    tmp_path, call, toy_run, cli_data, cli_clips
):
    first, data = tmp_path / "first", ("--data", cli_data)
    config = ("--config", "test/toy_street_first_frame")
    assert call("train", *config, *data, "--run", first) == 0
    begin = ("--first-frames", "generated", "--first-frame-model", first)
    runs = {"video": (toy_run, begin), "images": (first, ()), "given": (toy_run, ())}
    metrics, frames = {}, {}
    for name, (run, rest) in runs.items():
        out = tmp_path / name
        assert call("generate", "--model", run, *data, "--output", out, *rest) == 0
        metrics[name] = json.loads((out / "metrics.json").read_text())["mean"]
        clip = next(path for path in sorted(out.iterdir()) if path.is_dir())
        frames[name] = {p.name: cv2.imread(str(p)) for p in clip.glob("frames/*.png")}
    # Only of the video model are the first two frames history.
    assert [metrics[name]["num_frames"] for name in runs] == [6, 8, 6]
    assert sorted(frames["images"]) == [f"{t:05d}.png" for t in range(8)]
    assert sorted(frames["video"]) == [f"{t:05d}.png" for t in range(2, 8)]
    # Label maps alone begin with that network too.
    labels = tmp_path / "labels"
    shutil.copytree(cli_clips, labels)
    shutil.rmtree(labels / "train_B")
    alone = ("--source", labels, "--first-frame-model", first, "--sequence", "toy_0000")
    out = tmp_path / "alone"
    assert call("generate", "--model", toy_run, *alone, "--output", out) == 0
    facts = json.loads((out / "toy_0000/frames.json").read_text())["frames"]
    origins = [one["origin"] for one in facts]
    assert origins == ["first", "first", *["generated"] * 6]
    # What a video begins with goes on into its later frames.
    for name in ("00002.png", "00007.png"):
        assert not np.array_equal(frames["video"][name], frames["given"][name])
    assert "flow_error" in metrics["video"] and "flow_error" not in metrics["images"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("preset", "write", "num_frames"),
    [("face_512", "face", 3), ("pose_256", "pose", 4)],
)
def test_single_images_of_other_tasks(
    tmp_path, call, write_face, write_pose, preset, write, num_frames
):
    source = {"face": write_face, "pose": write_pose}[write](
        tmp_path / "source", num_frames
    )
    metrics = _road(call, tmp_path, f"{preset}_first_frame", source)
    assert metrics["mean"]["num_frames"] == num_frames


@pytest.mark.slow
def test_cityscapes(tmp_path, call, cli_clips):
    metrics = _road(call, tmp_path, "cityscapes_512", cli_clips, *CITYSCAPES_OF_TOY)
    assert len(metrics["clips"]) == 3
    assert {"flicker", "warping_error", "flow_error"} <= set(metrics["mean"])


@pytest.mark.slow
@pytest.mark.reference
def test_real_street(tmp_path, call, reference):
    metrics = _road(
        *(call, tmp_path, "cityscapes_512", reference / "data/street"),
        *("--set", "conditioning.street.use_instances=false"),
    )
    _check_output(tmp_path / "out", metrics, 2, (32, 64))


@pytest.mark.reference
@pytest.mark.slow
def test_real_face(tmp_path, call, reference):
    metrics = _road(call, tmp_path, "face_512", reference / "data/face")
    _check_output(tmp_path / "out", metrics, 3, (64, 64))


@pytest.mark.reference
@pytest.mark.slow
def test_real_pose(tmp_path, call, reference):
    metrics = _road(call, tmp_path, "pose_256", reference / "data/pose")
    # 16:9 at a height of 64 is 113 wide: a crop of 96 is the widest that fits.
    _check_output(tmp_path / "out", metrics, 3, (64, 96))


@pytest.mark.reference
@pytest.mark.parametrize(
    ("video", "num_frames", "size"),
    [
        # Its pixels are wider than high: 193x144 as it is shown, 64x48 before sides
        # are rounded to multiples of 32.
        pytest.param("carphone_pristine", 120, (32, 64), marks=pytest.mark.slow),
        pytest.param("bikes", 250, (32, 64), marks=pytest.mark.slow),
    ],
)
def test_real_video(tmp_path, call, reference, video, num_frames, size):
    metrics = _road(
        *(call, tmp_path, "video_edges", reference / f"data/video/{video}.mp4"),
        *("--set", "data.max_frames_per_record=25"),
    )
    # Records of 25 frames, the rest in the last one, each with two of history.
    clips = metrics["clips"].values()
    assert len(clips) == -(-num_frames // 25)
    assert sum(values["num_frames"] + 2 for values in clips) == num_frames
    for frames in (tmp_path / "out").glob("*/frames"):
        assert cv2.imread(str(frames / "00002.png")).shape[:2] == size
