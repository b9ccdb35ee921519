"""`generate` with runs of both models."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest

from v2v_tf.data.input.dataset import read_clips
from v2v_tf.data.prepare.prepare import prepare
from v2v_tf.errors import InputError
from v2v_tf.inference.generation import generate
from v2v_tf.inference.loading import open_run
from v2v_tf.metrics import image
from v2v_tf.toy_street.writer import write_clips
from v2v_tf.visualization.video import read_video


@pytest.fixture(scope="module")
def runs(tmp_path_factory, street_config, images_config, save_run):
    folder = tmp_path_factory.mktemp("runs")
    save_run(street_config(), folder / "video")
    save_run(images_config(), folder / "images")
    return folder


@pytest.fixture(scope="module")
def records(tmp_path_factory, street_config):
    """Two clips of eight frames."""
    folder = tmp_path_factory.mktemp("records")
    write_clips(folder / "clips", 2, 8, (32, 64), seed=4)
    assert prepare(folder / "clips", folder / "records", street_config()).accepted
    return folder / "records"


def read_frames(folder) -> dict[str, np.ndarray]:
    return {
        path.name: cv2.imread(str(path))[..., ::-1]
        for path in sorted((folder / "frames").iterdir())
    }


@pytest.mark.slow
def test_frame_by_frame_is_the_baseline(runs, records, images_config, tmp_path):
    mean = generate(runs / "images", records, tmp_path / "out")
    saved = json.loads((tmp_path / "out/metrics.json").read_text())
    assert saved["mean"] == mean and mean["num_frames"] == 8
    # What is judged between frames is there, what needs a predicted flow is not.
    assert {"psnr", "ssim", "warping_error", "flicker"} <= set(mean)
    assert "flow_error" not in mean
    synthesizer = open_run(runs / "images")
    for clip in read_clips(records, images_config()):
        folder = tmp_path / "out" / str(clip.clip_id)
        frames = read_frames(folder)
        assert list(frames) == [f"{t:05d}.png" for t in range(8)]
        fake = np.stack(list(frames.values()))
        np.testing.assert_array_equal(fake, synthesizer.rollout(clip).fake_frames)
        psnr = saved["clips"][clip.clip_id]["psnr"]
        assert psnr == pytest.approx(image.psnr(fake, clip.frames), abs=1e-4)
        assert len(read_video(folder / "panels.mp4")) == 8


@pytest.mark.slow
def test_generated_first_frames(runs, records, street_config, tmp_path):
    begin = {"first_frames": "generated", "first_frame_model": runs / "images"}
    generate(runs / "video", records, tmp_path / "out", **begin)
    saved = json.loads((tmp_path / "out/metrics.json").read_text())["mean"]
    assert saved["num_frames"] == 6 and saved["psnr"] > 3
    synthesizer = open_run(runs / "video", **begin)
    clip = next(iter(read_clips(records, street_config())))
    frames = read_frames(tmp_path / "out" / str(clip.clip_id))
    assert list(frames) == [f"{t:05d}.png" for t in range(2, 8)]
    expected = synthesizer.rollout(clip).fake_frames
    np.testing.assert_array_equal(np.stack(list(frames.values())), expected)


def test_a_frame_that_the_network_cannot_halve_leaves_nothing(
    runs, records, images_config, save_run, tmp_path
):
    save_run(images_config("first_frame.num_downsamples=6"), tmp_path / "deep")
    begin = {"first_frames": "generated", "first_frame_model": tmp_path / "deep"}
    with pytest.raises(InputError, match="64x32 must be divisible by 64"):
        generate(runs / "video", records, tmp_path / "out", **begin)
    assert [path.name for path in tmp_path.iterdir()] == ["deep"]


def test_the_first_frame_model_is_never_replaced(runs, records, tmp_path):
    begin = {"first_frames": "generated", "first_frame_model": runs / "images"}
    before = sorted(runs.rglob("*"))
    with pytest.raises(InputError, match="would delete: name another folder"):
        generate(runs / "video", records, runs / "images", overwrite=True, **begin)
    assert sorted(runs.rglob("*")) == before
