"""Runs of both models, and what a video may begin with."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

import v2v_tf
from v2v_tf import config as configuration
from v2v_tf.errors import InputError
from v2v_tf.inference.frame_by_frame import FrameByFrame
from v2v_tf.inference.frames import to_uint8
from v2v_tf.inference.loading import build_synthesizer, open_run
from v2v_tf.inference.synthesizer import Synthesizer
from v2v_tf.models.first_frame.build import build_image_network, build_weights
from v2v_tf.models.vid2vid.generator import build_generator
from v2v_tf.models.vid2vid.states import generate_frame


@pytest.fixture(scope="module")
def runs(tmp_path_factory, street_config, images_config, save_run):
    """Run folders: of a video model, of one that begins with zeros, of images."""
    folder = tmp_path_factory.mktemp("runs")
    save_run(street_config(), folder / "video")
    save_run(images_config(), folder / "images")
    (folder / "zeros").mkdir()
    zeros = street_config("generator.first_frames=zeros")
    (folder / "zeros" / "config.yaml").write_text(configuration.to_yaml(zeros))
    return folder


def test_the_configuration_of_a_run_says_which(runs, street_config, images_config):
    assert isinstance(open_run(runs / "video"), Synthesizer)
    images = open_run(str(runs / "images"))
    assert isinstance(images, FrameByFrame)
    for config, kind in (
        (street_config(), Synthesizer),
        (images_config(), FrameByFrame),
    ):
        generator = object()
        built = build_synthesizer(config, generator)
        assert type(built) is kind and built.generator is generator


def test_a_video_run_does_not_load_as_images_nor_the_other_way(runs):
    with pytest.raises(InputError, match="images is the run of a first_frame model"):
        Synthesizer.load(runs / "images")
    with pytest.raises(InputError, match="video is the run of a vid2vid model"):
        FrameByFrame.load(runs / "video")


def test_a_model_that_makes_no_frames_is_refused(tmp_path):
    config = configuration.load_config("test/toy_street_forecaster")
    with pytest.raises(
        InputError, match="forecaster makes no frames: choose one of vid2vid, first_fr"
    ):
        build_synthesizer(config, object())
    (tmp_path / "config.yaml").write_text(configuration.to_yaml(config))
    with pytest.raises(
        InputError, match="forecaster model, and a vid2vid or first_frame model is"
    ):
        open_run(tmp_path)


@pytest.mark.slow
def test_generated_first_frames_enter_unrounded(runs, make_clip):
    clip = make_clip(5)
    synthesizer = open_run(runs / "video", None, "generated", runs / "images")
    first = FrameByFrame.load(runs / "images")
    drawn = tf.stack(list(first.frames(clip["conditions"][:2], clip["instances"][:2])))
    states = synthesizer.init_states(clip["conditions"][:2], clip["instances"][:2])
    np.testing.assert_array_equal(states.frames[-1][0], drawn)
    assert not np.array_equal(drawn, to_uint8(drawn).numpy() / 127.5 - 1)

    channels = synthesizer.conditioning.encode(
        tf.constant(clip["conditions"]), tf.constant(clip["instances"])
    )
    generator = synthesizer.generator
    states = generator.init_states(channels[None, :2], drawn[None])
    expected, _ = generate_frame(generator, channels[None, 2], states)
    result = synthesizer.rollout(clip)
    assert len(result.fake_frames) == 3
    apart = to_uint8(expected.fake_frames)[0].numpy().astype(int)
    apart -= result.fake_frames[0]
    assert np.abs(apart).max() <= 1


@pytest.mark.slow
def test_with_generated_first_frames_no_real_frame_is_read(runs, make_clip):
    clip = make_clip(4)
    synthesizer = open_run(
        runs / "video", first_frames="generated", first_frame_model=runs / "images"
    )
    before = synthesizer.rollout(clip).fake_frames
    given = open_run(runs / "video", first_frames="given").rollout(clip)
    assert not np.array_equal(before, given.fake_frames)
    del clip["frames"]
    np.testing.assert_array_equal(synthesizer.rollout(clip).fake_frames, before)
    # Frames that are handed over count all the same.
    conditions, instances = clip["conditions"][:2], clip["instances"][:2]
    white = np.full((2, 32, 64, 3), 255, np.uint8)
    states = synthesizer.init_states(conditions, instances, white)
    assert np.all(states.frames[-1] == 1.0)


@pytest.mark.parametrize(
    ("run", "first_frames", "model", "message"),
    [
        ("video", "zeros", None, "never with past frames of zeros.*given or generated"),
        ("video", "generated", None, "name the run .* with --first-frame-model"),
        ("video", "given", "images", "with --first-frames generated alone"),
        ("video", None, "images", "with --first-frames generated alone"),
        ("video", "real", None, "one of given, generated, zeros, got 'real'"),
        ("video", "generated", "video", "video is the run of a vid2vid model"),
        ("zeros", "given", None, "trained with past frames of zeros.*use zeros"),
        ("zeros", "generated", "images", "trained with past frames of zeros"),
        ("images", "given", None, "makes every frame from its own .*leave --first"),
        ("images", "generated", "images", "makes every frame from its own"),
    ],
)
def test_what_was_never_trained_is_refused(runs, run, first_frames, model, message):
    first_frame_model = None if model is None else runs / model
    with pytest.raises(InputError, match=message):
        open_run(runs / run, None, first_frames, first_frame_model)


def test_what_was_trained_is_the_same_as_saying_it(runs, make_clip):
    clip = make_clip(3)
    said = open_run(runs / "video", first_frames="given").rollout(clip)
    unsaid = open_run(runs / "video").rollout(clip)
    np.testing.assert_array_equal(said.fake_frames, unsaid.fake_frames)
    # There is no checkpoint: what is missed is that, not first frames.
    with pytest.raises(InputError, match="holds no checkpoint yet"):
        open_run(runs / "zeros", first_frames="zeros")


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (("task=edges",), "the task is edges there and street here"),
        (("conditioning.street.num_labels=9",), "channels .* is 10 there and 9 here"),
        (
            (
                "conditioning.street.num_labels=9",
                "conditioning.street.use_instances=false",
            ),
            "use of instances is False there and True here",
        ),
        (("data.resize.load_size=128",), "data.resize is .*load_size=128.* there and"),
    ],
)
def test_two_models_must_go_together(street_config, images_config, overrides, message):
    config = images_config(*overrides)
    network = build_image_network(config)
    build_weights(network, 3)
    first = FrameByFrame(config, network)
    with pytest.raises(InputError, match=message):
        Synthesizer(street_config(), build_generator(street_config()), first)


def test_mirrored_training_clips_are_no_difference(street_config, images_config):
    config = images_config("data.resize.flip=false")
    assert street_config().data.resize.flip
    first = FrameByFrame(config, build_image_network(config))
    video = Synthesizer(street_config(), build_generator(street_config()), first)
    assert video.first_frames is first


def test_a_history_of_zeros_takes_no_first_frames(street_config, images_config):
    config = street_config("generator.first_frames=zeros")
    first = FrameByFrame(images_config(), build_image_network(images_config()))
    with pytest.raises(InputError, match="begins with past frames of zeros"):
        Synthesizer(config, build_generator(config), first)


def test_the_old_name_works_and_warns_once(runs, monkeypatch):
    monkeypatch.setattr("v2v_tf.errors._WARNED", set())
    with pytest.warns(FutureWarning, match=r"is now v2v_tf.from_pretrained\(run\)"):
        old = v2v_tf.load_synthesizer(runs / "video")
    assert isinstance(old, Synthesizer)
    # Warnings are errors in these tests: the second call gives none.
    v2v_tf.load_synthesizer(runs / "video")
