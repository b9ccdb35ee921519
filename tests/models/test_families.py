"""What each model family says of itself, and what it refuses."""

from __future__ import annotations

import dataclasses
import subprocess
import sys

import pytest

from tests.models.conftest import SMALL
from v2v_tf.config import MODELS, load_config
from v2v_tf.config.checks import check, check_stage
from v2v_tf.config.plugins import imported
from v2v_tf.errors import InputError
from v2v_tf.models import ModelFamily, NoOptions
from v2v_tf.models.registry import build_model, family_of

TRAITS = (
    "makes_frames",
    "makes_video",
    "makes_first_frames",
    "can_be_exported",
    "forecasts_labels",
)
FORECASTER = ("model=forecaster", "previews.clips=0")
IMAGES = ("model=first_frame", "first_frame.num_filters=3")
FAMILIES = {"vid2vid": (), "first_frame": IMAGES, "forecaster": FORECASTER}


def config_of(name: str, *overrides: str):
    return load_config(None, (*SMALL, *FAMILIES[name], *overrides))


@pytest.mark.parametrize(
    ("name", "has"),
    [
        ("vid2vid", {"makes_frames", "makes_video", "can_be_exported"}),
        ("first_frame", {"makes_frames", "makes_first_frames"}),
        ("forecaster", {"forecasts_labels"}),
    ],
)
def test_traits(name, has):
    family = MODELS.get(name)
    assert {trait for trait in TRAITS if getattr(family, trait)} == has
    assert family.name == name and family_of(config_of(name)) is family
    for trait in TRAITS:
        assert (name in MODELS.names_with(trait)) == (trait in has)


@pytest.mark.parametrize(
    ("name", "title", "explanation"),
    [
        ("vid2vid", "frame after frame", "makes video from face conditions"),
        ("first_frame", "each by itself", "each frame from its face condition alone"),
        ("forecaster", "the next from the last", "forecasts label maps; v2v-tf fore"),
    ],
)
def test_titles_and_explanations(name, title, explanation):
    family = MODELS.get(name)
    assert title in family.title
    assert explanation in family.explanation.format(task="face")


@pytest.mark.parametrize(
    ("name", "overrides", "past", "multiple"),
    [
        ("vid2vid", ("generator.num_scales=3",), 4, 2 ** (2 + 2)),
        # The encoder of styles halves further than the generator.
        ("vid2vid", ("style.num_features=3", "style.num_downsamples=5"), 4, 2**5),
        ("vid2vid", ("style.num_features=3", "style.num_downsamples=1"), 4, 2**2),
        (
            "first_frame",
            ("first_frame.num_downsamples=1", "first_frame.num_enhancers=3"),
            0,
            2 ** (1 + 3),
        ),
        ("forecaster", ("generator.num_downsamples=3",), 4, 2**3),
    ],
)
def test_past_frames_and_size_multiple(name, overrides, past, multiple):
    config = config_of(name, "generator.num_frames=5", *overrides)
    assert (config.history, config.size_multiple) == (past, multiple)


@pytest.mark.parametrize(
    ("name", "override", "message"),
    [
        ("vid2vid", "style.num_filters=0", "style: num_filters and num_variants must"),
        ("vid2vid", "style.num_variants=0", "style: num_filters and num_variants must"),
        ("vid2vid", "style.num_features=-1", "the other numbers 0 or more"),
        ("vid2vid", "style.num_downsamples=-1", "the other numbers 0 or more"),
        ("first_frame", "first_frame.num_filters=0", "num_filters must be 1 or more"),
        ("first_frame", "first_frame.num_downsamples=-1", "first_frame: .* 0 or more"),
        ("first_frame", "first_frame.num_blocks=-1", "first_frame: .* 0 or more"),
        ("first_frame", "first_frame.num_enhancers=-1", "first_frame: .* 0 or more"),
        ("first_frame", "first_frame.num_local_blocks=-1", "first_frame: .* 0 or more"),
        (
            "forecaster",
            "generator.num_scales=2",
            "model: forecaster forecasts labels at one scale, so it needs task: "
            "street and generator.num_scales 1",
        ),
        ("forecaster", "task=edges", "forecasts labels at one scale, .* task: street"),
        (
            "forecaster",
            "previews.clips=3",
            "a forecaster makes none: set previews.clips to 0, and look at forecasts",
        ),
    ],
)
def test_what_a_family_refuses(name, override, message):
    with pytest.raises(InputError, match=message):
        config_of(name, override)


@pytest.mark.parametrize("name", ["first_frame", "forecaster"])
@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("style.num_features=3", "needs model: vid2vid and task: street"),
        ("runtime.gradient_checkpointing=true", "or model: vid2vid"),
    ],
)
def test_what_needs_a_video(name, override, message):
    assert config_of("vid2vid", override)
    with pytest.raises(InputError, match=message):
        config_of(name, override)


def test_options_of_another_family_are_not_read():
    assert config_of("vid2vid", "first_frame.num_filters=0")
    assert config_of("first_frame", "style.num_variants=0")


@pytest.mark.parametrize(
    ("name", "overrides", "change", "message"),
    [
        (
            "vid2vid",
            ("generator.num_scales=2",),
            {"num_scales": 3},
            r"num_scales must be 0 \(all\) .. 2 \(generator.num_scales\), got 3",
        ),
        (
            "vid2vid",
            ("generator.num_scales=3", "discriminator.num_scales=2"),
            {"num_scales": 1},
            "with 1 of 3 scales no copy .*num_scales 2.: raise it above 2",
        ),
        ("vid2vid", (), {"bptt_frames": 0}, "bptt_frames must be 1 or more, got 0"),
        (
            "vid2vid",
            ("runtime.gradient_checkpointing=true",),
            {"bptt_frames": 3},
            "set it to false, or bptt_frames to 1",
        ),
        (
            "vid2vid",
            ("generator.use_flow=false",),
            {"kind": "flow"},
            "trains flow, but generator.use_flow is off",
        ),
        (
            "vid2vid",
            ("losses.flow=0", "losses.flow_warp=0", "losses.mask=0"),
            {"kind": "flow"},
            "flow_warp and mask are all 0: leave the stage out",
        ),
        ("first_frame", (), {"bptt_frames": 0}, "bptt_frames must be 1 or more, got 0"),
        (
            "first_frame",
            (),
            {"kind": "flow"},
            "trains flow, and the first_frame model makes single images",
        ),
        ("forecaster", (), {"kind": "flow"}, "are not for a forecaster"),
        ("forecaster", (), {"train_scales": "finest"}, "are not for a forecaster"),
        ("forecaster", (), {"num_scales": 1}, "are not for a forecaster"),
        ("forecaster", (), {"bptt_frames": 2}, "are not for a forecaster"),
        ("forecaster", (), {"chunk_frames": 0}, "must be 1 or more, got 6 and 0"),
    ],
)
def test_stages_that_a_family_cannot_train(name, overrides, change, message):
    config = config_of(name, *overrides)
    stage = dataclasses.replace(config.curriculum[0], name="mine")
    check_stage(stage, config)
    with pytest.raises(InputError, match=f"stage 'mine'.*{message}"):
        check_stage(dataclasses.replace(stage, **change), config)


def test_a_flow_stage_needs_one_of_its_losses():
    losses = ("losses.flow=0", "losses.flow_warp=0", "losses.mask=3")
    config = config_of("vid2vid", *losses)
    stage = dataclasses.replace(config.curriculum[0], kind="flow", bptt_frames=3)
    check_stage(stage, config)


@pytest.mark.parametrize("name", FAMILIES)
def test_a_run_is_loaded_into_the_network_that_was_trained(name):
    config = config_of(name)
    model = build_model(config)
    model.build_networks(16, 32)
    again = build_model(config)
    again.generator = family_of(config).build_generator(config)
    again.build_networks(16, 32)
    shapes = [w.shape for w in model.generator.weights]
    assert shapes and [w.shape for w in again.generator.weights] == shapes


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "vid2vid",
            ["generator scale 0"]
            + [f"image discriminator, copy {i}" for i in (0, 1)]
            + [f"temporal discriminator {k}, copy {i}" for k in (0, 1) for i in (0, 1)],
        ),
        (
            "first_frame",
            ["generator global", "generator global head"]
            + [f"image discriminator, copy {i}" for i in (0, 1)],
        ),
        ("forecaster", ["forecaster"]),
    ],
)
def test_weights_of_a_warm_start(name, expected):
    config = config_of(name)
    family, model, other = family_of(config), build_model(config), build_model(config)
    model.build_networks(16, 32)
    other.build_networks(16, 32)
    pairs = list(family.weight_pairs(model, other, set(other.saved_parts())))
    assert [pair[0] for pair in pairs] == expected
    mine = {id(w) for _, network, _ in pairs for w in network.weights}
    assert {id(w) for w in model.generator.weights} <= mine
    for _, network, theirs in pairs:
        assert theirs is not None and theirs is not network
        assert [w.shape for w in theirs.weights] == [w.shape for w in network.weights]
    without = list(family.weight_pairs(model, other, set()))
    assert [pair[0] for pair in without] == expected
    assert all(theirs is None for _, _, theirs in without)


def test_what_makes_frames_is_there():
    for name in MODELS.names_with("makes_frames"):
        kind = imported(MODELS.get(name).synthesizer)
        assert callable(kind.load) and callable(kind.rollout)


class Silent(ModelFamily):
    """Says no more than it must."""

    name = "forecaster"
    size_formula = "3"
    title = explanation = ""

    def num_past_frames(self, config):
        return 2

    def size_multiple(self, config):
        return 3

    def build(self, config):
        raise NotImplementedError

    def build_generator(self, config):
        raise NotImplementedError


def test_a_family_that_says_no_more_than_it_must(monkeypatch):
    config = config_of("forecaster")
    monkeypatch.setitem(MODELS._loaded, "forecaster", Silent())
    check(config, "here")
    assert (config.history, config.size_multiple) == (2, 3)
    assert not any(getattr(family_of(config), trait) for trait in TRAITS)
    assert family_of(config).config_class is NoOptions
    # Its stages are its own affair, but for what holds for all.
    odd = dataclasses.replace(config.curriculum[0], kind="flow", num_scales=7)
    check_stage(odd, config)
    with pytest.raises(InputError, match="must be 1 or more, got 0 and 6"):
        check_stage(dataclasses.replace(odd, num_frames=0), config)
    shown = dataclasses.replace(config.previews, clips=2)
    with pytest.raises(InputError, match="here: previews show frames, and model: fore"):
        check(dataclasses.replace(config, previews=shown), "here")


def test_by_itself_a_family_copies_the_generator_alone():
    class Model:
        def __init__(self, generator):
            self.generator = generator

    mine, theirs = object(), object()
    pairs = Silent().weight_pairs
    assert list(pairs(Model(mine), Model(theirs), {"generator"})) == [
        ("generator", mine, theirs)
    ]
    assert list(pairs(Model(mine), Model(theirs), {"losses"})) == [
        ("generator", mine, None)
    ]


def test_no_family_needs_tensorflow_before_it_builds():
    code = (
        "import sys\n"
        "from v2v_tf.config import MODELS, load_config\n"
        "config = load_config('toy_street')\n"
        "print([MODELS.get(name).name for name in MODELS.names()])\n"
        "sys.exit('tensorflow' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "['vid2vid', 'first_frame', 'forecaster']\n"
