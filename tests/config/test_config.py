"""Configuration: precedence, and errors that help."""

import dataclasses
from pathlib import Path

import pytest

from v2v_tf import config
from v2v_tf.config import checks as config_checks
from v2v_tf.errors import InputError


def _file(folder: Path, text: str, name: str = "mine.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_defaults_are_the_paper() -> None:
    loaded = config.load_config()
    assert loaded.generator.num_filters == 128
    assert loaded.generator.num_blocks == 9
    assert loaded.losses.feature_matching == 10.0
    assert loaded.optimizer.beta_1 == 0.5


def test_file_overrides_only_what_it_names(tmp_path: Path) -> None:
    loaded = config.load_config(_file(tmp_path, "losses: {flow: 3}\nseed: 7\n"))
    assert (loaded.losses.flow, loaded.losses.flow_warp, loaded.seed) == (3.0, 10.0, 7)


def test_set_beats_file_beats_parent_beats_default(tmp_path: Path) -> None:
    _file(tmp_path, "seed: 1\nlosses: {flow: 1.0, warp: 1.0, l1: 1.0}", "base.yaml")
    path = _file(tmp_path, "extends: base\nlosses: {flow: 2.0, warp: 2.0}")
    losses = config.load_config(path, ("losses.flow=3",)).losses
    assert (losses.flow, losses.warp, losses.l1, losses.mask) == (3.0, 2.0, 1.0, 0.0)


def test_numbers_without_a_dot_are_floats(tmp_path: Path) -> None:
    assert (
        config.load_config(_file(tmp_path, "losses: {flow: 2e-4}")).losses.flow == 2e-4
    )


def test_set_reaches_into_lists() -> None:
    loaded = config.load_config("toy_street", ("curriculum.1.batch_size=5",))
    assert [stage.batch_size for stage in loaded.curriculum][1] == 5
    unchanged = config.load_config("toy_street").curriculum[0]
    assert loaded.curriculum[0] == unchanged


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("losses: {flwo: 1}", ["mine.yaml", "losses.flwo", "did you mean 'flow'"]),
        ("generater: {}", ["mine.yaml", "generater", "did you mean 'generator'"]),
        ("seed: x", ["mine.yaml", "'seed'", "int", "'x'"]),
        ("seed: true", ["'seed'", "int", "True"]),
        ("seed: 1.5", ["'seed'", "int", "1.5"]),
        ("losses: {flow: high}", ["'losses.flow'", "float", "'high'"]),
        ("losses: 3", ["'losses'", "mapping", "3"]),
        ("generator: {use_flow: 1}", ["'generator.use_flow'", "bool"]),
        ("task: strete", ["'task'", "did you mean 'street'"]),
        ("curriculum: {name: a}", ["'curriculum'", "list"]),
        ("curriculum: [{epoks: 1}]", ["'curriculum.0.epoks'", "'epochs'"]),
        ("- 1", ["expected a mapping", "list"]),
        ("a: [", ["not valid YAML"]),
    ],
)
def test_bad_files_name_key_file_and_remedy(
    tmp_path: Path, text: str, parts: list[str]
) -> None:
    with pytest.raises(InputError) as error:
        config.load_config(_file(tmp_path, text))
    assert [part for part in parts if part not in str(error.value)] == []


@pytest.mark.parametrize(
    ("override", "part"),
    [
        ("losses.flwo=1", "did you mean 'flow'"),
        ("losses.flow", "expected key.sub=value"),
        ("losses.flow.x=1", "'losses.flow' is a value"),
        ("curriculum.9.epochs=1", "expected an index 0 .. 0, got '9'"),
        ("seed=[", "not valid YAML"),
        ("generator.num_frames=1", "generator.num_frames must be 2 or more"),
        ("curriculum=[]", "at least one stage"),
        ("conditioning.street.num_labels=257", "1 .. 256"),
    ],
)
def test_bad_overrides_say_why(override: str, part: str) -> None:
    with pytest.raises(InputError, match="--set|defaults") as error:
        config.load_config(None, (override,))
    assert part in str(error.value)


IMAGES = ("model=first_frame",)


@pytest.mark.parametrize(
    ("override", "part"),
    [
        ("first_frame.num_filters=0", "num_filters must be 1 or more"),
        ("first_frame.num_enhancers=-1", "the other numbers 0 or more"),
        ("runtime.gradient_checkpointing=true", "set it to false"),
        ("model=first_frames", "did you mean 'first_frame'"),
    ],
)
def test_what_single_images_have_not_is_refused(override: str, part: str) -> None:
    with pytest.raises(InputError, match=part):
        config.load_config(None, (*IMAGES, override))


def test_single_images_have_no_face_discriminator() -> None:
    faces = ("task=pose", "discriminator.use_face=true")
    assert config.load_config(None, faces).discriminator.use_face
    with pytest.raises(
        InputError, match="use_face is for videos alone: set it to false"
    ):
        config.load_config(None, (*faces, *IMAGES))


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"kind": "flow"}, "'mine' trains flow, .*leave the stage out"),
        ({"train_scales": "finest"}, "'mine' trains some .*set train_scales to all"),
        ({"num_scales": 1}, "'mine' trains some .*num_scales to 0"),
        ({"bptt_frames": 2}, "'mine' follows gradients .*set bptt_frames to 1"),
        ({"chunk_frames": 0}, "'mine': num_frames and chunk_frames must be 1 or more"),
    ],
)
def test_stages_of_single_images(change: dict, part: str) -> None:
    images = config.load_config(None, (*IMAGES, "generator.num_scales=2"))
    stage = dataclasses.replace(images.curriculum[0], name="mine")
    config_checks.check_stage(stage, images)
    asked = dataclasses.replace(stage, **change)
    with pytest.raises(InputError, match=part):
        config_checks.check_stage(asked, images)


def test_what_a_model_needs_of_its_frames() -> None:
    sizes = ("generator.num_frames=4", "generator.num_scales=2")
    sizes += ("first_frame.num_downsamples=2", "first_frame.num_enhancers=3")
    video, images = (
        config.load_config(None, sizes),
        config.load_config(None, (*IMAGES, *sizes)),
    )
    assert (video.history, video.size_multiple) == (3, 16)
    assert (images.history, images.size_multiple) == (0, 32)


def test_foreground_needs_labels_that_exist() -> None:
    with pytest.raises(InputError, match="below num_labels"):
        config.load_config("cityscapes_512", ("conditioning.street.num_labels=20",))
    with pytest.raises(InputError, match="task: street"):
        config.load_config("face_512", ("generator.use_foreground=true",))


def test_unknown_preset_names_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean 'toy_street'"):
        config.load_config("toy_stret")


def test_effective_configuration_reads_back(tmp_path: Path) -> None:
    for preset in config.presets():
        loaded = config.load_config(preset, ("seed=3",))
        assert config.load_config(_file(tmp_path, config.to_yaml(loaded))) == loaded


def test_presets_load_from_any_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert config.load_config("pose_256").data.resize.central_half
