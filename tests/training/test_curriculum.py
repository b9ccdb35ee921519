"""Places and rates of stages; those of the recipes are in `test_presets.py`."""

import types
from pathlib import Path

import pytest

from v2v_tf import config as configuration
from v2v_tf.config import Config, DataConfig, StageConfig
from v2v_tf.training import curriculum
from v2v_tf.training.curriculum import Span, learning_rate, plan, span_of


def test_linear_from_the_first_epoch_to_the_last():
    stage = StageConfig(epochs=4, learning_rate=8e-4, end_learning_rate=2e-4)
    assert [learning_rate(stage, epoch) for epoch in range(4)] == pytest.approx(
        [8e-4, 6e-4, 4e-4, 2e-4]
    )


def test_epochs_that_were_added_keep_the_last_rate():
    stage = StageConfig(
        epochs=3, extra_epochs=2, learning_rate=8e-4, end_learning_rate=2e-4
    )
    assert stage.num_epochs == 5
    rates = [learning_rate(stage, epoch) for epoch in range(5)]
    assert rates == pytest.approx([8e-4, 5e-4, 2e-4, 2e-4, 2e-4])
    (span,) = spans(StageConfig(epochs=3, extra_epochs=2, steps_per_epoch=7))
    assert span.end_step == 35


@pytest.mark.parametrize(
    "stage",
    [
        StageConfig(epochs=3, learning_rate=5e-4),
        StageConfig(epochs=1, learning_rate=5e-4, end_learning_rate=1e-5),
    ],
    ids=["no end", "one epoch"],
)
def test_constant(stage):
    rates = [learning_rate(stage, epoch) for epoch in range(stage.epochs)]
    assert rates == [5e-4] * stage.epochs


def spans(*stages: StageConfig) -> list[Span]:
    """Of steps_per_epoch alone."""
    return plan(Config(curriculum=stages), Path("unread"))


def test_stages_follow_each_other():
    first, second, third = spans(
        StageConfig(epochs=2, steps_per_epoch=5),
        StageConfig(epochs=1, steps_per_epoch=7),
        StageConfig(epochs=3, steps_per_epoch=1),
    )
    assert [s.first_epoch for s in (first, second, third)] == [0, 2, 3]
    assert [s.first_step for s in (first, second, third)] == [0, 10, 17]
    assert [s.end_step for s in (first, second, third)] == [10, 17, 20]
    assert [first.position(step) for step in (0, 4, 5, 9)] == [
        *((0, 0), (0, 4), (1, 0), (1, 4))
    ]
    assert second.position(12) == (2, 2)
    # A checkpoint at the end of a stage is of that stage.
    places = [span_of([first, second, third], step).index for step in (1, 10, 11, 20)]
    assert places == [0, 0, 1, 2]


@pytest.mark.parametrize(
    ("epoch", "num_frames", "batch_size", "steps"),
    [
        # Of clips with 3, 8 and 13 frames, two being history.
        ("clips", 1, 1, 3),
        ("clips", 2, 1, 2),
        ("clips", 1, 2, 2),
        ("frames", 1, 1, 1 + 6 + 11),
        ("frames", 6, 1, 6 + 11),
        ("frames", 6, 4, 5),
    ],
)
def test_an_epoch_is_a_pass_of_clips_or_of_frames(
    monkeypatch, epoch, num_frames, batch_size, steps
):
    clips = [types.SimpleNamespace(num_frames=n) for n in (3, 8, 13)]
    split = types.SimpleNamespace(clips=clips)
    manifest = types.SimpleNamespace(split=lambda name: split)
    monkeypatch.setattr(curriculum, "read_manifest", lambda _: manifest)
    stage = StageConfig(num_frames=num_frames, batch_size=batch_size)
    config = Config(data=DataConfig(epoch=epoch), curriculum=(stage,))
    (span,) = plan(config, Path("any"))
    assert span.epoch_steps == steps


@pytest.mark.parametrize(
    ("epoch", "video", "images"), [("clips", 2, 2), ("frames", 9, 12)]
)
def test_a_pass_of_single_images_has_no_history(toy_data, epoch, video, images):
    # Three clips of eight frames, two a step.
    steps = []
    for preset in ("test/toy_street", "test/toy_street_first_frame"):
        overrides = (f"data.epoch={epoch}", "curriculum.0.steps_per_epoch=0")
        config = configuration.load_config(preset, overrides)
        steps.append(plan(config, toy_data)[0].epoch_steps)
    assert steps == [video, images]


def test_single_images_use_clips_as_long_as_the_stage(toy_data):
    overrides = ("curriculum.0.steps_per_epoch=0", "curriculum.0.num_frames=8")
    overrides += ("curriculum.0.batch_size=1",)
    images = configuration.load_config("test/toy_street_first_frame", overrides)
    assert plan(images, toy_data)[0].epoch_steps == 3
    # A video model has none that is long enough: training then says so.
    video = configuration.load_config("test/toy_street", overrides)
    assert plan(video, toy_data)[0].epoch_steps == 1
