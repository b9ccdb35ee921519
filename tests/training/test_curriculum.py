"""Rates by epoch of a stage (of recipes: `test_presets.py`), and its steps."""

import pytest

from v2v_tf import config as configuration
from v2v_tf.config import StageConfig
from v2v_tf.training.curriculum import learning_rate, plan


def test_linear_from_the_first_epoch_to_the_last():
    stage = StageConfig(epochs=4, learning_rate=8e-4, end_learning_rate=2e-4)
    assert [learning_rate(stage, epoch) for epoch in range(4)] == pytest.approx(
        [8e-4, 6e-4, 4e-4, 2e-4]
    )


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


@pytest.mark.parametrize(
    ("epoch", "video", "images"), [("clips", 2, 2), ("frames", 9, 12)]
)
def test_a_pass_of_single_images_has_no_history(toy_data, epoch, video, images):
    # Three clips of eight frames, two a step.
    steps = []
    for preset in ("test/toy_street", "test/toy_street_first_frame"):
        overrides = (f"data.epoch={epoch}", "curriculum.0.steps_per_epoch=0")
        config = configuration.load(preset, overrides)
        steps.append(plan(config, toy_data)[0].epoch_steps)
    assert steps == [video, images]


def test_single_images_use_clips_as_long_as_the_stage(toy_data):
    overrides = ("curriculum.0.steps_per_epoch=0", "curriculum.0.num_frames=8")
    overrides += ("curriculum.0.batch_size=1",)
    images = configuration.load("test/toy_street_first_frame", overrides)
    assert plan(images, toy_data)[0].epoch_steps == 3
    # A video model has none that is long enough: training then says so.
    video = configuration.load("test/toy_street", overrides)
    assert plan(video, toy_data)[0].epoch_steps == 1
