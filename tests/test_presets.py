"""Presets against the recipes of method.md 4.7, epoch by epoch; their twins."""

from __future__ import annotations

import dataclasses
import functools
from pathlib import Path

import pytest

from tests.recipes import RECIPES, STARTS, Epoch, simulate
from v2v_tf import config as configuration
from v2v_tf.config import (
    TASKS,
    Blocks,
    Config,
    DiscriminatorConfig,
    FirstFrameConfig,
    GeneratorConfig,
    LossConfig,
    OptimizerConfig,
)
from v2v_tf.config import checks as config_checks
from v2v_tf.tasks import geometry
from v2v_tf.training.curriculum import learning_rate

PAGE = Path(__file__).parents[1] / "docs" / "presets.md"
# (height, width) of the original's videos; faces are square crops of any.
SOURCES = {"street": (1024, 2048), "face": (650, 650), "pose": (720, 1280)}
# Of single images, each after the preset whose first frames it makes.
IMAGES = {
    f"{name}_first_frame": name
    for name in ("toy_street", "cityscapes_512", "face_512", "pose_256")
}
STREETS = (
    *("toy_street", "toy_street_styles", "toy_street_forecaster"),
    *("toy_street_128", "toy_street_256"),
)
OURS = (
    *STREETS,
    "video_edges",
    "video_edges_112_cpu",
    "video_edges_224_cpu",
    "depth_256",
    "silhouette_256",
    "face_160_cpu",
    "softedge_256",
    "cityscapes_progressive",
    *IMAGES,
)
EVERY = pytest.mark.parametrize("name", RECIPES)
load = functools.cache(configuration.load_config)


def planned(config: Config) -> list[Epoch]:
    """Returns what the curriculum trains in each epoch."""
    return [
        Epoch(
            stage.num_frames,
            stage.chunk_frames,
            stage.batch_size,
            stage.train_scales,
            stage.num_scales or config.generator.num_scales,
            learning_rate(stage, epoch),
        )
        for stage in config.curriculum
        for epoch in range(stage.epochs)
    ]


def assert_same(found: list[Epoch], expected: list[Epoch]) -> None:
    assert [epoch[:-1] for epoch in found] == [epoch[:-1] for epoch in expected]
    assert [epoch.rate for epoch in found] == pytest.approx([e.rate for e in expected])


def test_every_recipe_is_a_preset() -> None:
    assert set(configuration.presets()) == {*RECIPES, *OURS}


@EVERY
def test_epochs_are_the_recipe_s(name: str) -> None:
    config = load(name)
    assert_same(planned(config), simulate(RECIPES[name]))
    for stage in config.curriculum:
        # One pass of the data an epoch; no gradient from frame to frame.
        assert (stage.kind, stage.steps_per_epoch, stage.bptt_frames) == ("gan", 0, 1)


def test_the_progressive_run_is_the_three_street_recipes_in_turn() -> None:
    config, finest = load("cityscapes_progressive"), load("cityscapes_2048")
    names = ("cityscapes_512", "cityscapes_1024", "cityscapes_2048")
    expected = [epoch for name in names for epoch in simulate(RECIPES[name])]
    assert_same(planned(config), expected)
    assert dataclasses.replace(config, curriculum=finest.curriculum) == finest


@pytest.mark.parametrize(
    ("name", "lengths"),
    [
        ("cityscapes_512", [6] * 5 + [12] * 5 + [24] * 10),
        ("cityscapes_1024", [4, 4, 8, 8, 16, 16] + [28] * 14),
        ("cityscapes_2048", [4, 8, 16] + [28] * 7),
        ("face_512", [12] * 5 + [24] * 5 + [48] * 5 + [96] * 5 + [126] * 20),
        ("pose_512", [12] * 5 + [24] * 5),
    ],
)
def test_a10_clip_lengths(name: str, lengths: list[int]) -> None:
    assert [epoch.frames for epoch in planned(load(name))] == lengths


def test_a10_frames_read_for_a_clip() -> None:
    def read(name: str, epoch: int) -> int:
        config = load(name)
        return planned(config)[epoch - 1].frames + config.generator.num_frames - 1

    # By 12 at most: for lengths of 6, 12, 24 and 28. By 4: for 28.
    reads = [read("cityscapes_512", epoch) for epoch in (1, 6, 11, 16)]
    assert reads == [8, 14, 26, 26]
    assert read("cityscapes_1024", 7) == 30


@pytest.mark.parametrize(
    ("name", "rate"), [("cityscapes_512", 2e-4), ("cityscapes_1024", 1e-4)]
)
def test_a11_rates_of_ten_epochs_and_ten_of_decay(name: str, rate: float) -> None:
    tenths = [10] * 11 + [9, 8, 7, 6, 5, 4, 3, 2, 1]
    found = [epoch.rate for epoch in planned(load(name))]
    assert found == pytest.approx([rate * part / 10 for part in tenths])


@EVERY
def test_frames_have_the_recipe_s_size(name: str) -> None:
    config, recipe = load(name), RECIPES[name]
    resize = config.data.resize
    rules = {
        "street": ("width", "square" if recipe.fine else "none"),
        "face": ("square", "none"),
        "pose": ("random_height", "scaled_height"),
    }
    assert (resize.scale, resize.crop) == rules[config.task]
    assert resize.load_size == recipe.load
    if recipe.fine:
        assert resize.fine_size == recipe.fine
    assert resize.flip == (config.task != "pose")
    prepared = geometry.prepared_size(SOURCES[config.task], resize)
    assert geometry.network_size(prepared, resize) == recipe.size[::-1]


@EVERY
def test_networks_and_losses_are_the_recipe_s(name: str) -> None:
    config, recipe = load(name), RECIPES[name]
    is_street, is_pose = config.task == "street", config.task == "pose"
    is_single = name.endswith("single_gpu")
    assert config.generator == GeneratorConfig(
        num_filters=64 if is_single and not is_street else 128,
        num_downsamples=2 if is_single and is_street else 3,
        num_blocks=9,
        num_local_blocks=3,
        num_scales=recipe.scales,
        num_frames=3,
        use_flow=True,
        use_foreground=is_street and not name.endswith("no_foreground"),
        first_frames="zeros" if is_pose else "given",
        affine_norms=True,
    )
    assert config.discriminator == DiscriminatorConfig(
        num_filters=32 if name == "pose_1024_single_gpu" else 64,
        num_layers=3,
        num_scales=recipe.num_d,
        num_frames=2 if name == "cityscapes_1024_single_gpu" else 3,
        num_temporal_scales=3,
        use_face=is_pose and recipe.scales > 1,
    )
    assert config.losses == LossConfig(mask=1.0 if is_pose else 0.0)
    assert config.optimizer == OptimizerConfig()
    assert config.conditioning == Blocks(TASKS)
    assert config.data.max_stride == (4 if is_pose else 1)
    assert config.data.epoch == ("frames" if is_pose else "clips")


@pytest.mark.parametrize("name", STARTS)
def test_a_coarser_run_gives_all_scales_but_the_finest(name: str) -> None:
    config, coarser = load(name), load(STARTS[name])
    scales = coarser.generator.num_scales + 1
    assert config.generator == dataclasses.replace(coarser.generator, num_scales=scales)
    assert config.discriminator.num_scales == coarser.discriminator.num_scales + 1


@pytest.mark.parametrize("name", [*RECIPES, *OURS])
def test_every_preset_can_train_and_has_a_tiny_twin(name: str) -> None:
    full, twin = load(name), load(f"test/{name}")
    for config in (full, twin):
        for stage in config.curriculum:
            config_checks.check_stage(stage, config)
    assert twin.task == full.task
    assert twin.model == full.model
    for key in ("num_scales", "num_frames", "use_foreground", "first_frames"):
        assert getattr(twin.generator, key) == getattr(full.generator, key), key
    for key in ("num_scales", "num_frames", "num_temporal_scales", "use_face"):
        assert getattr(twin.discriminator, key) == getattr(full.discriminator, key), key
    grown = [{s.num_scales for s in config.curriculum} for config in (full, twin)]
    assert grown[0] == grown[1]
    assert twin.data.resize.crop == full.data.resize.crop
    assert twin.first_frame.num_enhancers == full.first_frame.num_enhancers
    network = twin.first_frame if name in IMAGES else twin.generator
    assert network.num_filters <= 4
    assert sum(s.epochs * s.steps_per_epoch for s in twin.curriculum) <= 4
    resize = twin.data.resize
    source = SOURCES.get(twin.task, (480, 640))
    size = geometry.network_size(geometry.prepared_size(source, resize), resize)
    assert max(size) <= 128
    assert [side % twin.size_multiple for side in size] == [0, 0]


@pytest.mark.parametrize("name", IMAGES)
def test_single_images_are_of_the_same_records_as_the_video(name: str) -> None:
    images, video = load(name), load(IMAGES[name])
    assert (images.model, video.model) == ("first_frame", "vid2vid")
    assert images.conditioning == video.conditioning
    data = dataclasses.replace(images.data, epoch=video.data.epoch)
    assert data == video.data
    assert images.discriminator == video.discriminator
    if name != "toy_street_first_frame":
        # method.md 1.15, the rows of 512.
        assert images.first_frame == FirstFrameConfig(64, 3, 9, 0, 3, False)


def test_the_page_of_presets_names_each_and_what_it_starts_from() -> None:
    rows = [
        [cell.strip(" `") for cell in line.strip("|").split("|")]
        for line in PAGE.read_text(encoding="utf-8").splitlines()
        if line.startswith("| `")
    ]
    expected = {name: STARTS.get(name, "–") for name in (*RECIPES, *OURS)}
    assert {row[0]: row[5] for row in rows} == expected
