"""The comparison of models: fair budgets, honest order of frames, resumed trials."""

import dataclasses
import functools
import json
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))

from quality_lib import data, evaluation
from quality_lib.studies import STUDIES
from quality_lib.study import Model, Study
from quality_lib.tables import tables
from quality_lib.trials import Place, run_trial


@pytest.mark.parametrize("study", STUDIES.values(), ids=list(STUDIES))
def test_models_of_a_study_see_as_many_frames_at_one_width(study):
    seen = {model.name: model.frames_seen for model in study.models}
    assert len(set(seen.values())) == 1, seen
    configs = [model.config() for model in study.models]
    widths = {
        (c.generator if c.model == "vid2vid" else c.first_frame).num_filters
        for c in configs
    }
    assert len(widths) == 1
    assert len({c.discriminator.num_filters for c in configs}) == 1


def test_ablations_differ_in_what_they_are_named_after():
    toy = {model.name: model.config() for model in STUDIES["toy"].models}
    full = toy["full"]
    assert full.generator.use_flow
    assert full.discriminator.num_temporal_scales
    assert not toy["no_flow"].generator.use_flow
    assert not toy["no_temporal"].discriminator.num_temporal_scales
    assert not toy["full"].generator.use_foreground
    assert toy["foreground"].generator.use_foreground
    for name in ("no_temporal", "foreground"):
        assert toy[name].curriculum == full.curriculum


def test_clips_played_to_and_fro_do_not_jump():
    order = evaluation.to_and_fro(4, 11)
    np.testing.assert_array_equal(order, [0, 1, 2, 3, 2, 1, 0, 1, 2, 3, 2])


@pytest.fixture(scope="module")
def tiny(tmp_path_factory) -> tuple[Study, Place]:
    """A study of two tiny models, done."""
    study = Study(
        "tiny",
        "Tiny",
        (
            Model("images", "images", "test/toy_street_first_frame"),
            Model("video", "video", "test/toy_street", first_frames="images"),
        ),
        functools.partial(
            data.toy_street,
            preset="test/toy_street",
            clips={"train": (3, 7, 0), "reported": (2, 6, 1)},
        ),
        slice_row=0.7,
        rollout=9,
    )
    folder = tmp_path_factory.mktemp("quality")
    place = Place(folder / "work", folder / "results", "reported")
    study.make_data(place.work / "data")
    for model in study.models:
        run_trial(study, model, 0, place)
    return study, place


@pytest.mark.slow
def test_every_trial_leaves_its_numbers_and_frames(tiny):
    study, place = tiny
    images, video = (
        json.loads(place.numbers("tiny", model.name, 0).read_text())
        for model in study.models
    )
    for trial in (images, video):
        assert len(trial["psnr_by_frame"]) == 4  # of six, two are given
        assert len(trial["clips"]) == 2
        assert trial["mean"]["psnr"] == pytest.approx(
            np.mean(trial["psnr_by_frame"]), abs=1e-3
        )
        assert {"warping_error", "motion_error", "sharpness"} <= set(trial["mean"])
        assert len(trial["train_seconds"]) == 1
        assert trial["rollout"]["frames"] == 9
    assert "flow_error" in video["mean"] and "flow_error" not in images["mean"]
    generated = video["first_frames_generated"]["psnr_by_frame"]
    assert generated != video["psnr_by_frame"]
    frames = np.load(place.frames("video", 0))
    assert frames.shape == (2, 4, 32, 64, 3) and frames.dtype == np.uint8


@pytest.mark.slow
def test_models_are_measured_on_the_same_frames(tiny):
    _, place = tiny
    trials = [
        json.loads(place.numbers("tiny", name, 0).read_text())["mean"]
        for name in ("images", "video")
    ]
    for name in ("warping_error_real", "sharpness_real", "motion_error_real"):
        assert trials[0][name] == trials[1][name]


@pytest.mark.slow
def test_a_trial_that_is_done_is_not_done_again(tiny):
    study, place = tiny
    path = place.numbers("tiny", "video", 0)
    before = path.stat().st_mtime_ns
    run_trial(study, study.models[1], 0, place)
    assert path.stat().st_mtime_ns == before


@pytest.mark.slow
def test_other_clips_are_measured_without_training_again(tiny):
    study, place = tiny
    again = dataclasses.replace(place, results=place.results.with_name("again"))
    run_trial(study, study.models[0], 0, again)
    first, second = (
        json.loads(p.numbers("tiny", "images", 0).read_text()) for p in (place, again)
    )
    assert first["mean"] == second["mean"]
    assert second["train_seconds"] == first["train_seconds"]


@pytest.mark.slow
def test_tables_show_every_model_beside_the_real_clips(tiny):
    study, place = tiny
    text = tables(study, place)
    for row in ("real clips", "images", "video", "video, first frames generated"):
        assert f"| {row} |" in text
    assert "long roll-out" in text
    empty = dataclasses.replace(place, results=place.results / "none")
    assert tables(study, empty) == ""
