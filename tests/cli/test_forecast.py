"""Forecasts, as a user calls for them."""

import json
import shutil

import cv2
import numpy as np
import pytest

from v2v_tf.visualization.video import read_video


@pytest.fixture(scope="module")
def forecaster(tmp_path_factory, call, cli_data):
    folder = tmp_path_factory.mktemp("forecaster") / "run"
    config = ("--config", "test/toy_street_forecaster")
    assert call("train", *config, "--data", cli_data, "--run", folder) == 0
    losses = json.loads((folder / "history.json").read_text())
    assert set(losses[0]) == {
        *("epoch", "generator/cross_entropy", "generator/flow_l1", "generator/total")
    }
    return folder


@pytest.mark.slow
def test_a_sequence_goes_on(tmp_path, call, forecaster, cli_clips):
    out = tmp_path / "out"
    status = call(
        *("forecast", "--forecaster", forecaster, "--source", cli_clips),
        *("--sequence", "toy_0001", "--start", 1, "--given", 3, "--predict", 4),
        *("--output", out),
    )
    assert status == 0
    facts = json.loads((out / "forecast.json").read_text())
    assert facts["given"] == 3 and facts["predicted"] == 4
    assert len(facts["miou_by_step"]) == 4
    labels = cv2.imread(str(out / "labels/00003.png"), cv2.IMREAD_UNCHANGED)
    assert labels.shape == (32, 64) and labels.max() < 8
    ids = cv2.imread(str(out / "instances/00006.png"), cv2.IMREAD_UNCHANGED)
    assert ids.dtype == np.uint16
    assert len(read_video(out / "panels.mp4")) == 4
    assert not (out / "frames").exists()


@pytest.mark.slow
def test_beyond_the_end_nothing_is_compared(tmp_path, call, forecaster, cli_clips):
    out = tmp_path / "out"
    status = call(
        *("forecast", "--forecaster", forecaster, "--source", cli_clips),
        *("--sequence", "toy_0001", "--given", 8, "--predict", 2, "--output", out),
    )
    assert status == 0
    assert "miou_by_step" not in json.loads((out / "forecast.json").read_text())


@pytest.mark.slow
def test_a_model_draws_it_and_records_measure_it(
    tmp_path, call, forecaster, cli_clips, cli_data, toy_run, capsys
):
    out = tmp_path / "out"
    both = ("forecast", "--forecaster", forecaster, "--model", toy_run)
    status = call(
        *(*both, "--source", cli_clips, "--sequence", "toy_0001"),
        *("--given", 3, "--predict", 2, "--output", out),
    )
    assert status == 0
    assert read_video(out / "video.mp4").shape == (5, 32, 64, 3)
    assert sorted(p.name for p in (out / "frames").iterdir()) == [
        *("00003.png", "00004.png")
    ]
    segmenter = tmp_path / "segmenter"
    status = call(
        "train-segmenter",
        *("--config", "test/toy_street", "--data", cli_data),
        *("--output", segmenter, "--steps", 2),
    )
    assert status == 0
    study = tmp_path / "study"
    status = call(
        *(*both, "--data", cli_data, "--split", "train", "--segmenter", segmenter),
        *("--given", 3, "--predict", 2, "--output", study),
    )
    assert status == 0
    printed = capsys.readouterr().out
    assert "| flow extrapolation |" in printed and "| true labels |" in printed
    facts = json.loads((study / "study.json").read_text())
    # Three clips of eight frames: two stretches each that share no forecast frame.
    assert facts["stretches"] == 6
    by_step = facts["by_step"]
    assert by_step["true labels"]["miou"] == [1.0, 1.0]
    assert set(by_step["forecaster"]) == {"miou", "psnr", "ssim", "frechet_toyseg"}
    assert (study / "study.md").read_text() in printed


@pytest.mark.slow
def test_labels_alone_are_drawn_from_a_photograph(
    tmp_path, call, forecaster, cli_clips, toy_run, capsys
):
    for kind in ("train_A", "train_inst"):
        shutil.copytree(cli_clips / kind, tmp_path / "labels" / kind)
    command = (
        *("forecast", "--forecaster", forecaster, "--source", tmp_path / "labels"),
        *("--sequence", "toy_0001", "--given", 3, "--predict", 2),
    )
    # Labels need nothing to begin with.
    assert call(*command, "--output", tmp_path / "labels_alone") == 0
    command = (*command, "--model", toy_run, "--output", tmp_path / "out")
    assert call(*command) == 2
    assert "give --first-frames image:PATH" in capsys.readouterr().err
    photograph = cli_clips / "train_B/toy_0001/000002.png"
    assert call(*command, "--first-frames", f"image:{photograph}") == 0
    assert "begins with the photograph" in capsys.readouterr().out
    assert read_video(tmp_path / "out/video.mp4").shape == (5, 32, 64, 3)
    assert len(list((tmp_path / "out/frames").iterdir())) == 2


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--given", "2"), "look back 3 frames"),
        (("--given", "4", "--predict", "0"), "1 frame or more to forecast"),
        (("--given", "9"), "are to be observed"),
        (("--start", "99"), "no frame 99"),
        (("--start", "-1"), "expected 0 or more"),
        (("--first-frames", "given"), "--first-frames goes with --model and --source"),
    ],
)
def test_what_cannot_be_forecast(
    tmp_path, call, forecaster, cli_clips, capsys, options, words
):
    status = call(
        *("forecast", "--forecaster", forecaster, "--source", cli_clips),
        *("--sequence", "toy_0001", "--output", tmp_path / "out", *options),
    )
    assert status == 2 and words in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_model_of_frames_is_no_forecaster(tmp_path, call, toy_run, cli_clips, capsys):
    status = call(
        *("forecast", "--forecaster", toy_run, "--source", cli_clips),
        *("--sequence", "toy_0001", "--output", tmp_path / "out"),
    )
    assert status == 2
    assert "is the run of a vid2vid model, and a forecaster" in capsys.readouterr().err


@pytest.mark.slow
def test_a_forecaster_has_a_page_of_its_losses(tmp_path, call, forecaster):
    page = tmp_path / "page.html"
    assert call("report", "--run", forecaster, "--output", page) == 0
    assert "forecasts label maps" in page.read_text()
