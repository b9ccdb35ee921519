"""Which settings cost memory, as each model family says."""

from __future__ import annotations

import pytest

from v2v_tf.config import load_config
from v2v_tf.config.plugins import MODELS
from v2v_tf.memory.use import MemoryUse

USE = MemoryUse(
    weights=1000, gradients=200, maps=4000, maps_beside=800, rest=7
)  # told apart by their sizes


def changes(config, index: int) -> dict[str, int]:
    """What each setting saves of `USE`."""
    family = MODELS.get(config.model)
    return {x.change: x.saves(USE) for x in family.memory_settings(config, index)}


def test_a_video_model_names_clips_frames_size_width_and_recomputing():
    config = load_config("toy_street", ("curriculum.2.batch_size=3",))
    assert changes(config, 2) == {
        "curriculum.2.batch_size=1": 3200,  # two thirds of all maps
        "curriculum.2.chunk_frames=2": 2500,  # half of the maps and gradients
        "data.resize.load_size=64": 3600,
        "generator.num_filters=8": 750 + 150 + 2000,
        "runtime.gradient_checkpointing=true": 3150,
    }


def test_a_flow_stage_makes_all_frames_at_once():
    config = load_config("toy_street", ("curriculum.0.num_frames=6",))
    found = changes(config, 0)
    # One gradient for all; nothing is computed again.
    assert found["curriculum.0.num_frames=3"] == 2400
    assert "runtime.gradient_checkpointing=true" not in found


def test_with_recomputing_frames_cost_what_discriminators_keep():
    config = load_config("toy_street", ("runtime.gradient_checkpointing=true",))
    found = changes(config, 2)
    assert "runtime.gradient_checkpointing=true" not in found
    assert found["curriculum.2.chunk_frames=2"] == 400


def test_what_cannot_be_less_is_not_named():
    one = ("curriculum.1.batch_size=1", "curriculum.1.chunk_frames=1")
    config = load_config("toy_street", (*one, "generator.num_filters=1"))
    assert list(changes(config, 1)) == ["data.resize.load_size=64"]
    through_time = load_config("toy_street", ("curriculum.1.bptt_frames=2",))
    assert not any("gradient_checkpointing" in x for x in changes(through_time, 1))


def test_a_chunk_is_no_longer_than_its_clip():
    config = load_config("toy_street", ("curriculum.1.chunk_frames=9",))
    assert "curriculum.1.chunk_frames=2" in changes(config, 1)


@pytest.mark.parametrize(
    ("overrides", "named"),
    [
        (("data.resize.crop=square", "data.resize.fine_size=256"), "fine_size=128"),
        (("data.resize.scale=square", "data.resize.load_size=250"), "load_size=124"),
        (("data.resize.scale=none",), None),
        (("data.resize.load_size=12",), None),  # half would be too small
    ],
)
def test_the_size_is_named_by_the_setting_that_decides_it(overrides, named):
    config = load_config("toy_street", overrides)
    found = [x for x in changes(config, 1) if x.startswith("data.resize.")]
    assert found == ([] if named is None else [f"data.resize.{named}"])


def test_an_image_generator_has_a_width_of_its_own_and_no_gradient_a_frame():
    config = load_config("test/toy_street_first_frame")
    found = changes(config, 0)
    assert f"first_frame.num_filters={config.first_frame.num_filters // 2}" in found
    assert not any("gradient_checkpointing" in x for x in found)
    frames = [value for key, value in found.items() if "chunk_frames" in key]
    assert all(value <= 2400 for value in frames)


def test_a_forecaster_has_the_generators_width():
    config = load_config("toy_street_forecaster")
    assert any(x.startswith("generator.num_filters=") for x in changes(config, 0))
    assert not MODELS.get(config.model).recomputes_maps
