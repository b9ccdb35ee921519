"""Composition of a frame, and the inputs that each part may read."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from v2v_tf.config import GeneratorConfig, RuntimeConfig
from v2v_tf.errors import InputError
from v2v_tf.layers.precision import precision_scope
from v2v_tf.layers.warp import backward_warp
from v2v_tf.models.vid2vid.frame import FrameOutput
from v2v_tf.models.vid2vid.scales import CoarseGenerator

SMALL = {"num_filters": 3, "num_downsamples": 2, "num_blocks": 3}
CHANNELS = 4
FOREGROUND = (1, 3)


def make(**kwargs) -> CoarseGenerator:
    tf.keras.utils.set_random_seed(2)
    return CoarseGenerator(GeneratorConfig(**{**SMALL, **kwargs}), FOREGROUND)


def conditions(seed: int = 1, num_frames: int = 3) -> np.ndarray:
    """One-hot labels [1, 16, 32, n * 4], oldest first."""
    labels = np.random.default_rng(seed).integers(0, CHANNELS, (num_frames, 16, 32))
    one_hot = np.eye(CHANNELS, dtype=np.float32)[labels]
    return np.concatenate(list(one_hot), axis=-1)[None]


def previous(seed: int = 2, num_frames: int = 2) -> np.ndarray:
    shape = (1, 16, 32, 3 * num_frames)
    return np.random.default_rng(seed).uniform(-1, 1, shape).astype(np.float32)


def set_head(head, bias: list[float]) -> None:
    """Makes a head constant."""
    kernel, _ = head.convolution.get_weights()
    head.convolution.set_weights([0 * kernel, np.float32(bias)])


@pytest.fixture(scope="module")
def plain() -> CoarseGenerator:
    generator = make()
    generator(conditions(), previous())
    return generator


@pytest.fixture(scope="module")
def foreground() -> CoarseGenerator:
    generator = make(use_foreground=True)
    generator(conditions(), previous())
    return generator


@pytest.fixture(autouse=True)
def restore(request):
    """Puts the weights of the shared networks back."""
    networks = [
        request.getfixturevalue(name)
        for name in ("plain", "foreground")
        if name in request.fixturenames
    ]
    before = [network.get_weights() for network in networks]
    yield
    for network, weights in zip(networks, before, strict=True):
        network.set_weights(weights)


def test_shapes_types_and_ranges(plain):
    conditions_of_two = np.concatenate([conditions(3), conditions(4)])
    output, _ = plain(conditions_of_two, np.concatenate([previous(5), previous(6)]))
    channels = {name: tensor.shape[-1] for name, tensor in output._asdict().items()}
    assert channels == {
        "fake_frames": 3,
        "raw_frames": 3,
        "warped_frames": 3,
        "flow": 2,
        "mask": 1,
    }
    for tensor in output:
        assert tensor.shape[:3] == [2, 16, 32]
        assert tensor.dtype == tf.float32
    for image in output[:3]:
        assert float(tf.reduce_max(tf.abs(image))) <= 1.0
    assert float(tf.reduce_min(output.mask)) > 0.0
    assert float(tf.reduce_max(output.mask)) < 1.0


def test_the_frame_is_the_blend_by_the_mask(plain):
    output, _ = plain(conditions(), previous())
    mask = output.mask.numpy()
    assert mask.std() > 1e-3
    np.testing.assert_allclose(
        output.fake_frames,
        mask * output.raw_frames + (1 - mask) * output.warped_frames,
        atol=1e-6,
    )


def test_a_mask_of_one_hallucinates_and_of_zero_warps(plain):
    set_head(plain.mask_head, [200.0])
    output, _ = plain(conditions(), previous())
    np.testing.assert_array_equal(output.fake_frames, output.raw_frames)
    set_head(plain.mask_head, [-200.0])
    output, _ = plain(conditions(), previous())
    np.testing.assert_array_equal(output.fake_frames, output.warped_frames)
    assert not np.allclose(output.raw_frames, output.warped_frames, atol=0.1)


def test_a_flow_head_of_one_gives_20_pixels(plain):
    set_head(plain.flow_head, [1.0, -0.5])
    flow = plain(conditions(), previous())[0].flow.numpy()
    np.testing.assert_array_equal(flow[..., 0], np.full((1, 16, 32), 20.0))
    np.testing.assert_array_equal(flow[..., 1], np.full((1, 16, 32), -10.0))


def test_the_newest_of_the_previous_frames_is_warped(plain):
    frames = previous()
    set_head(plain.flow_head, [0.1, 0.0])  # dx = 2
    warped = plain(conditions(), frames)[0].warped_frames.numpy()
    np.testing.assert_allclose(warped[:, :, :-2], frames[:, :, 2:, 3:], atol=1e-5)
    output, _ = plain(conditions(), frames)
    np.testing.assert_allclose(
        output.warped_frames,
        backward_warp(tf.constant(frames[..., 3:]), output.flow),
        atol=1e-6,
    )


def test_raw_only_leaves_the_warp_out(plain):
    output, _ = plain(conditions(), previous(), raw_only=True)
    normal, _ = plain(conditions(), previous(), raw_only=False)
    np.testing.assert_array_equal(output.fake_frames, normal.raw_frames)
    # Flow and mask are still there for their losses.
    np.testing.assert_allclose(output.flow, normal.flow, atol=1e-5)
    np.testing.assert_allclose(output.mask, normal.mask, atol=1e-6)


def test_heads_by_hand(plain):
    x, frames = conditions(), previous()
    features = plain.condition_encoder(x) + plain.frame_encoder(frames)
    output, _ = plain(x, frames)
    raw = plain.image_head(plain.image_decoder(features))
    flow_features = plain.flow_decoder(features)
    np.testing.assert_allclose(output.raw_frames, raw, atol=1e-5)
    np.testing.assert_allclose(output.flow, plain.flow_head(flow_features), atol=1e-4)
    np.testing.assert_allclose(output.mask, plain.mask_head(flow_features), atol=1e-5)


def test_blocks_are_split_with_the_larger_half_in_the_encoders(plain):
    def residual(part: tf.keras.Sequential) -> int:
        return sum("residual" in layer.name for layer in part.layers)

    assert residual(plain.condition_encoder) == residual(plain.frame_encoder) == 2
    assert residual(plain.image_decoder) == residual(plain.flow_decoder) == 1


def test_without_flow_frames_are_raw():
    generator = make(use_flow=False)
    output, _ = generator(conditions(), previous())
    assert output.warped_frames is output.flow is output.mask is None
    np.testing.assert_array_equal(output.fake_frames, output.raw_frames)
    assert not any("flow" in w.name or "mask" in w.name for w in generator.weights)


def test_where_the_current_frame_is_foreground_that_branch_draws(foreground):
    x, frames = conditions(), previous()
    labels = x[..., -CHANNELS:].argmax(-1)
    chosen = np.isin(labels, FOREGROUND)
    assert 0.3 < chosen.mean() < 0.7
    drawn = foreground.foreground_head(
        foreground.foreground_decoder(foreground.foreground_encoder(x))
    ).numpy()
    for bias in (200.0, -200.0):  # whatever the mask says
        set_head(foreground.mask_head, [bias])
        output, _ = foreground(x, frames)
        fake, raw = output.fake_frames.numpy(), output.raw_frames.numpy()
        np.testing.assert_allclose(fake[chosen], drawn[chosen], atol=1e-5)
        np.testing.assert_allclose(raw[chosen], drawn[chosen], atol=1e-5)
    # The mask is 0 now: elsewhere the last frame warped, or the image branch.
    warped = output.warped_frames.numpy()
    np.testing.assert_allclose(fake[~chosen], warped[~chosen], atol=1e-6)
    features = foreground.condition_encoder(x) + foreground.frame_encoder(frames)
    image = foreground.image_head(foreground.image_decoder(features)).numpy()
    np.testing.assert_allclose(raw[~chosen], image[~chosen], atol=1e-5)


def test_raw_only_keeps_the_foreground(foreground):
    output, _ = foreground(conditions(), previous(), raw_only=True)
    normal, _ = foreground(conditions(), previous())
    np.testing.assert_allclose(output.fake_frames, normal.raw_frames, atol=1e-6)


def test_the_foreground_mask_is_of_the_current_frame_only(foreground):
    set_head(foreground.foreground_head, [3.0, 3.0, 3.0])
    x = conditions()
    x[..., -CHANNELS:] = [1.0, 0.0, 0.0, 0.0]  # no foreground now, plenty before
    output, _ = foreground(x, previous())
    assert float(tf.reduce_max(output.raw_frames)) < np.tanh(3.0) - 0.01
    x[..., -CHANNELS:] = [0.0, 0.0, 0.0, 1.0]
    everywhere, _ = foreground(x, previous())
    np.testing.assert_allclose(
        everywhere.fake_frames, np.full((1, 16, 32, 3), np.tanh(3.0)), rtol=1e-6
    )


def test_a_soft_foreground_mask_is_the_clipped_sum_of_its_planes(foreground):
    x = conditions()
    x[..., -CHANNELS:] = [0.4, 0.25, 0.0, 0.35]
    output, _ = foreground(x, previous())
    drawn = foreground.foreground_head(
        foreground.foreground_decoder(foreground.foreground_encoder(x))
    )
    mask = output.mask.numpy()
    features = foreground.condition_encoder(x) + foreground.frame_encoder(previous())
    image = foreground.image_head(foreground.image_decoder(features))
    blended = mask * image + (1 - mask) * output.warped_frames
    np.testing.assert_allclose(
        output.fake_frames, 0.6 * drawn + 0.4 * blended, atol=1e-5
    )
    x[..., -CHANNELS:] = [0.0, 0.9, 0.0, 0.8]
    output, _ = foreground(x, previous())
    np.testing.assert_array_equal(output.fake_frames, output.raw_frames)


def test_the_foreground_branch_sees_no_frames(foreground):
    x, frames = tf.constant(conditions()), tf.constant(previous())
    whole = tf.concat([x[..., :-CHANNELS], tf.ones_like(x[..., -CHANNELS:])], axis=-1)
    one, other = foreground(whole, frames)[0], foreground(whole, -frames)[0]
    np.testing.assert_array_equal(one.fake_frames, other.fake_frames)
    assert not np.allclose(one.flow, other.flow, atol=1e-3)


@pytest.mark.parametrize(("num_downsamples", "width"), [(3, 4), (2, 8), (1, 8)])
def test_the_foreground_branch_is_half_as_wide_after_three_downsamplings(
    num_downsamples, width
):
    generator = make(
        num_filters=8, num_downsamples=num_downsamples, use_foreground=True
    )
    assert generator.foreground_encoder.layers[0].convolution.filters == width
    assert generator.condition_encoder.layers[0].convolution.filters == 8


def test_an_example_of_a_batch_equals_itself_alone(foreground):
    x = np.concatenate([conditions(3), conditions(4)])
    frames = np.concatenate([previous(5), previous(6)])
    together, _ = foreground(x, frames)
    for index in range(2):
        alone, _ = foreground(x[index : index + 1], frames[index : index + 1])
        for name in FrameOutput._fields:
            np.testing.assert_allclose(
                getattr(together, name)[index], getattr(alone, name)[0], atol=1e-4
            )


def test_everything_that_comes_out_of_a_mixed_policy_is_float32():
    with precision_scope(RuntimeConfig(precision="mixed_bfloat16")):
        generator = make(use_foreground=True)
    output, _ = generator(conditions(), previous())
    assert {tensor.dtype for tensor in output} == {tf.float32}
    assert {weight.dtype for weight in generator.weights} == {tf.float32}
    # The frame that is warped has not been through bfloat16.
    set_head(generator.flow_head, [0.0, 0.0])
    np.testing.assert_allclose(
        generator(conditions(), previous())[0].warped_frames,
        previous()[..., 3:],
        atol=1e-6,
    )


def test_a_foreground_branch_without_labels_is_an_input_error():
    config = GeneratorConfig(**SMALL, use_foreground=True)
    with pytest.raises(InputError, match="foreground_labels"):
        CoarseGenerator(config, ())
