"""Local enhancers: what they add, how they compose, what they refuse."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from v2v_tf.config import GeneratorConfig
from v2v_tf.errors import InputError
from v2v_tf.layers.pyramid import halve, pyramid
from v2v_tf.layers.warp import backward_warp
from v2v_tf.models.vid2vid.frame import foreground_mask
from v2v_tf.models.vid2vid.generator import SequentialGenerator
from v2v_tf.models.vid2vid.scales import foreground_filters

CHANNELS, FOREGROUND = 4, (1, 3)
SMALL = {
    "num_filters": 8,
    "num_downsamples": 1,
    "num_blocks": 2,
    "num_local_blocks": 1,
    "num_scales": 3,
    "use_foreground": True,
}


def make(**overrides) -> SequentialGenerator:
    tf.keras.utils.set_random_seed(2)
    config = GeneratorConfig(**{**SMALL, **overrides})
    generator = SequentialGenerator(config, CHANNELS, FOREGROUND)
    generator.build_weights()
    return generator


def window(num_frames: int = 3) -> tf.Tensor:
    labels = np.random.default_rng(1).integers(0, CHANNELS, (num_frames, 4, 8))
    one_hot = np.eye(CHANNELS, dtype=np.float32)[labels.repeat(8, 1).repeat(8, 2)]
    return tf.constant(np.concatenate(list(one_hot), axis=-1)[None])


def past_frames(num_scales: int = 3, num_frames: int = 2) -> tuple[tf.Tensor, ...]:
    """Past frames of every scale, coarsest first."""
    return tuple(
        tf.random.stateless_uniform(
            [1, 32 // 2**i, 64 // 2**i, 3 * num_frames], [i, 1], -1.0, 1.0
        )
        for i in reversed(range(num_scales))
    )


@pytest.fixture(scope="module")
def generator() -> SequentialGenerator:
    return make()


def set_head(head, bias: list[float]) -> None:
    kernel, _ = head.convolution.get_weights()
    head.convolution.set_weights([0 * kernel, np.float32(bias)])


def test_every_scale_gives_a_frame_of_its_size(generator):
    outputs = generator(window(), past_frames())
    assert [o.fake_frames.shape[1:3] for o in outputs] == [(8, 16), (16, 32), (32, 64)]
    for output in outputs:
        channels = [tensor.shape[-1] for tensor in output]
        assert channels == [3, 3, 3, 2, 1]
        assert {tensor.dtype for tensor in output} == {tf.float32}


@pytest.mark.slow
def test_a_flow_head_of_one_gives_20_40_and_80_pixels():
    generator = make()
    for scale in generator.scales:
        set_head(scale.flow_head, [1.0, -0.5])
    flows = [output.flow.numpy() for output in generator(window(), past_frames())]
    for flow, pixels in zip(flows, (20.0, 40.0, 80.0), strict=True):
        np.testing.assert_array_equal(flow[..., 0], np.full(flow.shape[:3], pixels))
        np.testing.assert_array_equal(
            flow[..., 1], np.full(flow.shape[:3], -pixels / 2)
        )


def test_an_enhancer_by_hand(generator):
    conditions, frames = window(), past_frames()
    coarse, middle, _ = generator.scales
    _, below = coarse(halve(halve(conditions)), frames[0])
    level = halve(conditions)
    output, features = middle(level, frames[1], below)
    fused = middle.condition_encoder(level) + middle.frame_encoder(frames[1])
    image = middle.image_decoder(fused + below.image)
    flow = middle.flow_decoder(fused + below.flow)
    drawn = middle.foreground_decoder(
        middle.foreground_encoder(level) + below.foreground
    )
    for ours, expected in zip(features, (image, flow, drawn), strict=True):
        np.testing.assert_allclose(ours, expected, atol=1e-4)
    where = foreground_mask(level, 3, FOREGROUND).numpy()
    hallucinated, mask = middle.image_head(image), middle.mask_head(flow)
    warped = backward_warp(frames[1][..., -3:], middle.flow_head(flow))
    blended = mask * hallucinated + (1 - mask) * warped
    expected = where * middle.foreground_head(drawn) + (1 - where) * blended
    np.testing.assert_allclose(output.fake_frames, expected, atol=1e-4)


def test_outputs_of_all_scales_are_those_of_the_parts(generator):
    conditions, frames = window(), past_frames()
    levels = pyramid(conditions, 3)
    outputs = generator(conditions, frames)
    expected, features = generator.scales[0](levels[2], frames[0])
    np.testing.assert_allclose(outputs[0].fake_frames, expected.fake_frames, atol=1e-4)
    for scale in (1, 2):
        expected, features = generator.scales[scale](
            levels[2 - scale], frames[scale], features
        )
        np.testing.assert_allclose(
            outputs[scale].fake_frames, expected.fake_frames, atol=1e-4
        )


@pytest.mark.slow
def test_no_image_or_flow_of_a_coarser_scale_comes_up():
    generator = make()
    before = generator(window(), past_frames())
    for head in ("image_head", "flow_head", "mask_head", "foreground_head"):
        bias = getattr(generator.scales[0], head).convolution.bias
        bias.assign_add(tf.ones_like(bias))
    after = generator(window(), past_frames())
    assert not np.allclose(after[0].fake_frames, before[0].fake_frames, atol=0.05)
    for scale in (1, 2):
        np.testing.assert_array_equal(
            after[scale].fake_frames, before[scale].fake_frames
        )


def test_each_scale_has_past_frames_of_its_own(generator):
    frames = past_frames()
    before = generator(window(), frames)
    after = generator(window(), (frames[0], -frames[1], frames[2]))
    np.testing.assert_array_equal(after[0].fake_frames, before[0].fake_frames)
    for scale in (1, 2):  # features of scale 1 come up to scale 2
        difference = np.abs(after[scale].fake_frames - before[scale].fake_frames)
        assert difference.max() > 1e-3


@pytest.mark.parametrize(("bias", "which"), [(200.0, "raw"), (-200.0, "warped")])
def test_a_mask_of_one_hallucinates_and_of_zero_warps(bias, which):
    generator = make(use_foreground=False)
    for scale in generator.scales:
        set_head(scale.mask_head, [bias])
    for output in generator(window(), past_frames()):
        np.testing.assert_array_equal(
            output.fake_frames, getattr(output, f"{which}_frames")
        )


@pytest.mark.slow
def test_raw_only_leaves_the_warp_out_at_every_scale(generator):
    for output in generator(window(), past_frames(), raw_only=True):
        np.testing.assert_array_equal(output.fake_frames, output.raw_frames)


def test_without_flow_and_foreground(generator):
    plain = make(use_flow=False, use_foreground=False, num_frames=2)
    *_, output = plain(window(2), past_frames(num_frames=1))
    assert output.flow is output.mask is output.warped_frames is None
    assert output.fake_frames.shape == (1, 32, 64, 3)
    assert len(plain.weights) < len(generator.weights)


def test_coarse_foreground_masks_are_soft():
    label = np.zeros((1, 4, 4, 3 * CHANNELS), np.float32)
    label[:, :, 1, 8 + 3] = 1.0  # one column of foreground in the current frame
    label[:, :, :, 1] = 1.0  # and everywhere in the oldest
    mask = foreground_mask(halve(tf.constant(label)), 3, FOREGROUND).numpy()
    # Columns -1..1 without the border hold one of two, columns 1..3 one of three.
    np.testing.assert_allclose(mask[0, :, :, 0], [[1 / 2, 1 / 3]] * 2, rtol=1e-6)


@pytest.mark.parametrize(
    ("num_downsamples", "widths"), [(3, [32, 16, 8]), (2, [64, 32, 16])]
)
def test_the_foreground_branch_halves_with_each_scale(num_downsamples, widths):
    config = GeneratorConfig(num_filters=64, num_downsamples=num_downsamples)
    assert [foreground_filters(config, scale) for scale in (0, 1, 2)] == widths


REFUSED = {
    "a window of two frames": (
        lambda c, f: (c[..., :8], f),
        "conditions: expected .B, H, W, 12., got",
    ),
    "a size that does not halve": (
        lambda c, f: (c[:, :28], f),
        "divisible by 8, .* at least 16, got 28x64",
    ),
    "a clip": (lambda c, f: (c[None], f), "expected .B, H, W, 12., got .1, 1, 32"),
    "one past frame": (
        lambda c, f: (c, (f[0][..., :3], *f[1:])),
        "prev_frames: expected .B, H, W, 6., got",
    ),
    "past frames of another size": (
        lambda c, f: (c, (f[0], f[2], f[2])),
        "must agree in batch, height and width",
    ),
}


@pytest.mark.parametrize("name", list(REFUSED))
def test_what_does_not_fit_is_refused_at_the_door(generator, name):
    change, message = REFUSED[name]
    with pytest.raises(InputError, match=message):
        generator(*change(window(), past_frames()))
