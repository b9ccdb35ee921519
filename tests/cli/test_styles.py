"""Styles, as a user calls for them: trained, fitted, generated, shown."""

import json

import cv2
import numpy as np
import pytest

from v2v_tf.visualization.video import read_video


@pytest.fixture(scope="module")
def trained_styles(tmp_path_factory, call, cli_data):
    folder = tmp_path_factory.mktemp("styled") / "run"
    config = ("--config", "test/toy_street_styles")
    assert call("train", *config, "--data", cli_data, "--run", folder) == 0
    return folder


@pytest.fixture(scope="module")
def fitted_run(trained_styles, call, cli_data):
    fit = ("styles", "fit", "--model", trained_styles, "--data", cli_data)
    assert call(*fit, "--components", 3) == 0
    return trained_styles


@pytest.mark.slow
def test_styles_are_arrays_of_every_class(fitted_run):
    with np.load(fitted_run / "styles.npz", allow_pickle=False) as stored:
        assert stored["means"].shape == (8, 3, 2)
        np.testing.assert_allclose(stored["weights"].sum(axis=1), 1.0)
        # Three clips: a road in each, and more houses than that.
        assert stored["counts"][1] == 3 and stored["counts"][4] > 3


@pytest.mark.slow
def test_a_clip_is_generated_in_a_style(fitted_run, call, cli_data, tmp_path):
    for name, options in (
        ("a", ("--style", "sample", "--seed", 1)),
        ("b", ("--style", "sample", "--seed", 2)),
        ("own", ()),
    ):
        out = tmp_path / name
        both = ("--model", fitted_run, "--data", cli_data, "--output", out)
        assert call("generate", *both, *options) == 0
    clip = next(p.name for p in (tmp_path / "a").iterdir() if p.is_dir())
    frames = [
        cv2.imread(str(tmp_path / name / clip / "frames/00002.png")) for name in "ab"
    ]
    assert not np.array_equal(*frames)


@pytest.mark.slow
def test_styles_side_by_side(fitted_run, call, cli_data, toy_run, tmp_path, capsys):
    out = tmp_path / "shown"
    show = ("styles", "show", "--model", fitted_run, "--data", cli_data)
    both = ("--split", "train", "--output", out)
    assert call(*show, *both, "--clips", 2, "--baseline", toy_run) == 0
    numbers = json.loads((out / "styles.json").read_text())
    assert len(numbers["clips"]) == 2
    assert numbers["mean"]["diversity"] > 0
    assert {"spread", "spread_real", "spread_baseline"} <= set(numbers["mean"])
    clip = next(iter(numbers["clips"]))
    assert len(read_video(out / f"{clip}.mp4")) == 6
    assert "diversity" in capsys.readouterr().out
    assert call(*show, *both) == 2  # the folder is used
    assert call(*show, *both, "--count", 1, "--overwrite") == 2


def test_a_model_without_styles_says_so(call, toy_run, cli_data, tmp_path, capsys):
    assert call("styles", "fit", "--model", toy_run, "--data", cli_data) == 2
    both = ("--data", cli_data, "--output", tmp_path / "out")
    assert call("styles", "show", "--model", toy_run, *both, "--split", "train") == 2
    assert call("generate", "--model", toy_run, *both, "--style", "own") == 2
    assert capsys.readouterr().err.count("model without styles") == 3


@pytest.mark.slow
def test_styles_must_be_fitted_first(trained_styles, call, cli_data, tmp_path, capsys):
    stored = trained_styles / "styles.npz"
    aside = stored.read_bytes() if stored.is_file() else None
    stored.unlink(missing_ok=True)
    both = ("--model", trained_styles, "--data", cli_data, "--output", tmp_path / "out")
    assert call("generate", *both, "--style", "sample") == 2
    assert "v2v-tf styles fit" in capsys.readouterr().err
    if aside is not None:
        stored.write_bytes(aside)


@pytest.mark.slow
def test_a_face_has_styles_of_its_parts(call, write_face, tmp_path):
    """From landmarks to a model of faces, its styles, and a face in another one."""
    source = write_face(tmp_path / "source", 6)
    small = {
        "generator.num_filters": 2,
        "generator.num_blocks": 2,
        "discriminator.num_filters": 2,
        "discriminator.num_scales": 1,
        "losses.perceptual_weights": "none",
        "losses.l1": 10,
        "generator.first_frames": "zeros",
        "style.num_features": 2,
        "data.resize.load_size": 64,
        "data.resize.fine_size": 64,
        "previews.clips": 0,
        "curriculum": "[{num_frames: 3, chunk_frames: 3, steps_per_epoch: 2}]",
    }
    changes = [x for k, v in small.items() for x in ("--set", f"{k}={v}")]
    config = ("--config", "face_256_single_gpu", *changes)
    data, run = tmp_path / "data", tmp_path / "run"
    assert call("prepare", *config, "--source", source, "--output", data) == 0
    assert call("train", *config, "--data", data, "--run", run) == 0
    assert call("styles", "fit", "--model", run, "--data", data) == 0
    with np.load(run / "styles.npz") as stored:
        assert stored["means"].shape[0] == 7  # six parts, and what is around
    out = tmp_path / "out"
    both = ("--model", run, "--data", data, "--output", out)
    assert call("generate", *both, "--style", "sample") == 0
    assert call("export", "--run", run, "--output", tmp_path / "model") == 0
