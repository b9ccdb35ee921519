"""Frames of the network of single images: each its own, as it was trained."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from v2v_tf import config as configuration
from v2v_tf.errors import InputError
from v2v_tf.inference.frame_by_frame import FrameByFrame
from v2v_tf.inference.frames import to_uint8
from v2v_tf.models.first_frame.build import build_image_network, build_weights

CHANNELS = 8 + 1  # labels and the edges of instances


def untrained(config, seed: int = 7) -> FrameByFrame:
    """Returns a network of chance whose images fill their range."""
    tf.keras.utils.set_random_seed(seed)
    network = build_image_network(config)
    build_weights(network, CHANNELS)
    kernel = network.head.convolution.kernel
    kernel.assign(10 * kernel)
    return FrameByFrame(config, network)


@pytest.fixture(scope="module")
def frame_by_frame(images_config) -> FrameByFrame:
    return untrained(images_config())


def test_every_frame_is_the_network_s_own(frame_by_frame, make_clip):
    clip = make_clip(4)
    assert frame_by_frame.history == 0
    result = frame_by_frame.rollout(clip)
    assert result.fake_frames.shape == (4, 32, 64, 3)
    assert result.fake_frames.dtype == np.uint8
    np.testing.assert_array_equal(result.raw_frames, result.fake_frames)
    assert result.warped_frames is result.flow is result.mask is None
    channels = frame_by_frame.conditioning.encode(
        tf.constant(clip["conditions"]), tf.constant(clip["instances"])
    )
    for t in range(4):
        image = frame_by_frame.generator(channels[t : t + 1])[0]
        apart = to_uint8(image).numpy().astype(int) - result.fake_frames[t]
        # A traced network may round otherwise.
        assert np.abs(apart).max() <= 1 and np.mean(apart == 0) > 0.99
    assert result.fake_frames.std() > 30


def test_frames_are_floats_of_the_same_images(frame_by_frame, make_clip):
    clip = make_clip(3)
    frames = list(frame_by_frame.frames(clip["conditions"], clip["instances"]))
    assert [frame.shape for frame in frames] == [[32, 64, 3]] * 3
    assert all(frame.dtype == tf.float32 for frame in frames)
    levels = (np.stack(frames) + 1) * 127.5
    assert np.abs(levels - np.round(levels)).max() > 0.4
    expected = frame_by_frame.rollout(clip).fake_frames
    np.testing.assert_array_equal(to_uint8(tf.stack(frames)), expected)


def test_a_frame_follows_from_its_own_condition_alone(frame_by_frame, make_clip):
    clip = make_clip(5)
    before = frame_by_frame.rollout(clip).fake_frames
    clip["conditions"] = clip["conditions"].copy()
    clip["conditions"][3] = 7 - clip["conditions"][3]
    # Another size in between changes nothing either.
    frame_by_frame.rollout(make_clip(1, size=(16, 48)))
    del clip["frames"], clip["flow"]
    after = frame_by_frame.rollout(clip).fake_frames
    same = [np.array_equal(a, b) for a, b in zip(before, after, strict=True)]
    assert same == [True, True, True, False, True]


def test_an_enhancer_draws_too(images_config, make_clip):
    config = images_config("first_frame.num_enhancers=1")
    assert untrained(config).rollout(make_clip(1)).fake_frames.shape[1:] == (32, 64, 3)


def test_load_restores_the_weights(images_config, save_run, make_clip, tmp_path):
    config = images_config("optimizer.ema_decay=0.9")
    model = save_run(config, tmp_path / "run")
    loaded = FrameByFrame.load(tmp_path / "run")
    assert loaded.config == config
    clip = make_clip(2)
    expected = FrameByFrame(config, model.preview_generator).rollout(clip)
    result = loaded.rollout(clip)
    np.testing.assert_array_equal(result.fake_frames, expected.fake_frames)
    other = untrained(config).rollout(clip)
    assert not np.array_equal(result.fake_frames, other.fake_frames)
    coarse = FrameByFrame.load(tmp_path / "run", "mixed_bfloat16").rollout(clip)
    assert not np.array_equal(result.fake_frames, coarse.fake_frames)
    assert tf.keras.mixed_precision.global_policy().name == "float32"


def test_load_needs_a_run_of_its_kind(images_config, street_config, tmp_path):
    for config, name in ((street_config(), "video"), (images_config(), "images")):
        (tmp_path / name).mkdir()
        text = configuration.to_yaml(config)
        (tmp_path / name / "config.yaml").write_text(text)
    with pytest.raises(InputError, match="video is the run of a vid2vid model, and a "):
        FrameByFrame.load(tmp_path / "video")
    with pytest.raises(InputError, match="checkpoints holds no checkpoint yet"):
        FrameByFrame.load(tmp_path / "images")
    with pytest.raises(InputError, match="absent is no run folder"):
        FrameByFrame.load(tmp_path / "absent")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: {k: v[:0] for k, v in c.items()}, "a frame or more, got none"),
        (lambda c: {"conditions": c["conditions"]}, "needs `instances` for every"),
        (lambda c: c | {"instances": c["instances"][:2]}, "expected 3 frames .* got 2"),
        (
            lambda c: c | {"conditions": c["conditions"][..., 0]},
            r"conditions: expected uint8 \[3, 32, 64, 1\], got uint8 \[3, 32, 64\]",
        ),
        (
            lambda c: c | {"conditions": c["conditions"].astype(np.int64)},
            "conditions: expected uint8 .* got int64",
        ),
        (
            lambda c: {k: v[:, :30] for k, v in c.items()},
            r"64x30 must be divisible by 4 \(2\^\(first_frame.num_downsamples",
        ),
    ],
)
def test_clips_that_do_not_fit(frame_by_frame, make_clip, change, message):
    with pytest.raises(InputError, match=message):
        frame_by_frame.rollout(change(make_clip(3)))
