"""The terms of the objective, each from numbers worked out apart."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from v2v_tf.data.flow_composition import compose_flows
from v2v_tf.layers.warp import backward_warp
from v2v_tf.losses.adversarial import (
    discriminator_loss,
    generator_loss,
    lsgan_discriminator_loss,
    lsgan_generator_loss,
)
from v2v_tf.losses.feature_matching import feature_matching_loss
from v2v_tf.losses.flow import masked_l1
from v2v_tf.models.common.adversarial_terms import judge_images
from v2v_tf.models.common.discriminators import MultiScaleDiscriminator
from v2v_tf.models.vid2vid import objective as objectives
from v2v_tf.models.vid2vid.frame import FrameOutput

SIZE = (8, 12)


def noise(*shape: int, seed: int = 0, scale: float = 1.0) -> tf.Tensor:
    return tf.random.stateless_uniform(shape, [seed, 7], -scale, scale)


@pytest.fixture
def clip() -> dict[str, tf.Tensor]:
    """A real clip of two examples and seven frames."""
    return {
        "frames": noise(2, 7, *SIZE, 3, seed=1),
        "flow": noise(2, 6, *SIZE, 2, seed=2, scale=3.0),
        "flow_confidence": tf.round(noise(2, 6, *SIZE, 1, seed=3) * 0.5 + 0.5),
    }


@pytest.fixture
def output() -> FrameOutput:
    """Three generated frames of two examples."""
    return FrameOutput(
        noise(2, 3, *SIZE, 3, seed=4),
        noise(2, 3, *SIZE, 3, seed=5),
        noise(2, 3, *SIZE, 3, seed=6),
        noise(2, 3, *SIZE, 2, seed=7, scale=2.0),
        noise(2, 3, *SIZE, 1, seed=8) * 0.5 + 0.5,
    )


def weighted(make_config, **weights: float):
    """A configuration with these weights alone."""
    config = make_config("generator.num_scales=1")
    zeros = {
        field.name: 0.0
        for field in dataclasses.fields(config.losses)
        if isinstance(field.default, float)
    }
    losses = dataclasses.replace(config.losses, **{**zeros, **weights})
    return dataclasses.replace(config, losses=losses)


def test_targets_are_shifted_by_the_history(clip):
    target = objectives.targets(clip, 2, 1, 4)
    np.testing.assert_array_equal(target.frames, clip["frames"][:, 3:6])
    np.testing.assert_array_equal(target.previous, clip["frames"][:, 2:5])
    # The flow at index i lies on frame i + 1.
    np.testing.assert_array_equal(target.flow, clip["flow"][:, 2:5])
    np.testing.assert_array_equal(target.confidence, clip["flow_confidence"][:, 2:5])


def test_flattening_keeps_frames_of_a_clip_together(clip):
    flat = objectives.flatten(objectives.targets(clip, 2, 0, 3))
    np.testing.assert_array_equal(flat.frames[4], clip["frames"][1, 3])
    np.testing.assert_array_equal(flat.flow[2], clip["flow"][0, 3])


def test_sliding_windows():
    sequence = tf.reshape(tf.range(2 * 5), [2, 5, 1, 1, 1])
    windows = objectives.sliding(sequence, 3, 2)[..., 0, 0, 0]
    np.testing.assert_array_equal(windows, [[0, 1, 2], [1, 2, 3], [5, 6, 7], [6, 7, 8]])


def test_flow_terms(make_config, clip, output):
    config = weighted(make_config, flow=3.0, flow_warp=5.0, mask=0.5)
    target = objectives.flatten(objectives.targets(clip, 2, 0, 3))
    flat = FrameOutput(*(objectives.merge_time(x) for x in output))
    losses = objectives.flow_losses(config, flat, target, 1)
    assert sorted(losses) == ["flow_l1", "flow_warp", "mask"]
    trusted = target.confidence.numpy()
    flow_error = np.abs(flat.flow - target.flow) * trusted
    assert float(losses["flow_l1"]) == pytest.approx(3 * flow_error.mean(), rel=1e-5)
    warped = backward_warp(target.previous, flat.flow).numpy()
    warp_error = np.abs(warped - target.frames) * trusted
    assert float(losses["flow_warp"]) == pytest.approx(5 * warp_error.mean(), rel=1e-5)
    mask_error = (flat.mask * trusted).numpy().mean()
    assert float(losses["mask"]) == pytest.approx(0.5 * mask_error, rel=1e-5)


@pytest.mark.parametrize(("num_scales", "divisor"), [(1, 1), (2, 2), (3, 4)])
def test_the_flow_term_is_divided_by_the_resolution(
    make_config, clip, output, num_scales, divisor
):
    config = weighted(make_config, flow=10.0, flow_warp=10.0)
    target = objectives.flatten(objectives.targets(clip, 2, 0, 3))
    flat = FrameOutput(*(objectives.merge_time(x) for x in output))
    losses = objectives.flow_losses(config, flat, target, num_scales)
    error = float(masked_l1(flat.flow, target.flow, target.confidence))
    assert float(losses["flow_l1"]) == pytest.approx(10 / divisor * error, rel=1e-5)
    warped = backward_warp(target.previous, flat.flow)
    error = float(masked_l1(warped, target.frames, target.confidence))
    assert float(losses["flow_warp"]) == pytest.approx(10 * error, rel=1e-5)


def test_without_flow_there_are_no_flow_terms_but_the_warp_stays(
    make_config, clip, output
):
    config = weighted(make_config, flow=10, flow_warp=10, mask=1, warp=10)
    bare = FrameOutput(output.fake_frames, output.fake_frames, None, None, None)
    target = objectives.targets(clip, 2, 0, 3)
    before = clip["frames"][:, 1]
    assert list(objectives.frame_losses(config, bare, target, before, None, 1)) == [
        "warp"
    ]


def test_the_l1_term_counts_final_and_raw_frames(make_config, clip, output):
    target = objectives.targets(clip, 2, 0, 3)
    before = clip["frames"][:, 1]
    config = weighted(make_config, l1=2.0)
    losses = objectives.frame_losses(config, output, target, before, None, 1)
    expected = sum(
        np.abs(x - target.frames).mean()
        for x in (output.fake_frames, output.raw_frames)
    )
    assert list(losses) == ["l1"]
    assert float(losses["l1"]) == pytest.approx(2 * expected, rel=1e-5)


def test_the_perceptual_term_counts_final_and_raw_frames(make_config, clip, output):
    target = objectives.targets(clip, 2, 0, 3)
    config = weighted(make_config, perceptual=4.0)
    shapes = []

    def distance(fake: tf.Tensor, real: tf.Tensor) -> tf.Tensor:
        shapes.append((fake.shape, real.shape))
        return tf.reduce_mean(tf.square(fake - real))

    losses = objectives.frame_losses(
        config, output, target, clip["frames"][:, 1], distance, 1
    )
    expected = sum(
        np.square(x - target.frames).mean()
        for x in (output.fake_frames, output.raw_frames)
    )
    assert float(losses["perceptual"]) == pytest.approx(4 * expected, rel=1e-5)
    assert shapes == [([6, *SIZE, 3], [6, *SIZE, 3])] * 2


def test_the_warp_term_starts_at_the_frame_before_and_goes_on_with_generated_ones(
    make_config, clip, output
):
    config = weighted(make_config, warp=10.0)
    target = objectives.targets(clip, 2, 1, 4)
    before = noise(2, *SIZE, 3, seed=20)
    losses = objectives.frame_losses(config, output, target, before, None, 1)
    errors = []
    previous = [before, output.fake_frames[:, 0], output.fake_frames[:, 1]]
    for t, frame in enumerate(previous):
        warped = backward_warp(frame, clip["flow"][:, 2 + t])
        error = np.abs(output.fake_frames[:, t] - warped)
        errors.append(error * clip["flow_confidence"][:, 2 + t])
    expected = 10 * np.mean(errors)
    assert float(losses["warp"]) == pytest.approx(expected, rel=1e-5)


def test_the_warped_target_is_detached(make_config, clip, output):
    config = weighted(make_config, warp=10.0)
    target = objectives.targets(clip, 2, 0, 3)
    before = clip["frames"][:, 1]
    with tf.GradientTape() as tape:
        tape.watch([output.fake_frames, before])
        loss = objectives.frame_losses(config, output, target, before, None, 1)["warp"]
    by_fake, by_before = tape.gradient(loss, [output.fake_frames, before])
    assert by_before is None
    # Of each element only its own error: its sign, or 0 where the flow is not trusted.
    trusted = np.broadcast_to(target.confidence, by_fake.shape)
    step = 10 / tf.size(by_fake).numpy()
    np.testing.assert_allclose(np.abs(by_fake), step * trusted, rtol=1e-4)


@pytest.fixture(scope="module")
def judge() -> MultiScaleDiscriminator:
    tf.keras.utils.set_random_seed(6)
    return MultiScaleDiscriminator(3, 1, 2)


def test_frames_are_judged_as_in_passes_of_their_own(make_config, clip, output, judge):
    config = weighted(make_config, gan=1.5, feature_matching=10.0)
    channels = noise(2, 3, *SIZE, 4, seed=30)
    real = clip["frames"][:, 2:5]
    losses, judged = objectives.judge_frames(config, judge, channels, real, output)

    def maps(frames: tf.Tensor):
        pair = tf.concat([channels, frames], -1)
        return judge(tf.reshape(pair, [6, *SIZE, 7]))

    of_real = maps(real)
    fakes = [maps(output.fake_frames), maps(output.raw_frames)]

    def scores(of):
        return [copy[-1] for copy in of]

    gan = sum(float(lsgan_generator_loss(scores(fake))) for fake in fakes)
    matching = sum(float(feature_matching_loss(of_real, fake)) for fake in fakes)
    parts = [lsgan_discriminator_loss(scores(of_real), scores(f)) for f in fakes]
    assert float(losses["gan"]) == pytest.approx(1.5 * gan, rel=1e-4)
    assert float(losses["feature_matching"]) == pytest.approx(10 * matching, rel=1e-4)
    # The real term counts twice, once beside each fake.
    assert float(judged["image_real"]) == pytest.approx(
        2 * float(parts[0][0]), rel=1e-4
    )
    assert float(judged["image_fake"]) == pytest.approx(
        float(parts[0][1]) + float(parts[1][1]), rel=1e-4
    )


def test_one_candidate_is_judged_against_the_real_frames_once(
    make_config, clip, output, judge
):
    config = weighted(make_config, gan=1.5, feature_matching=10.0)
    channels = noise(2, 3, *SIZE, 4, seed=30)
    real, fake = clip["frames"][:, 2:5], output.fake_frames
    losses, judged = judge_images(config, judge, channels, real, [fake])
    of_real, of_fake = (
        judge(tf.reshape(tf.concat([channels, frames], -1), [6, *SIZE, 7]))
        for frames in (real, fake)
    )
    # Two copies, each of two maps and the scores.
    pairs = [*zip(of_real[0][:-1], of_fake[0][:-1], strict=True)]
    pairs += zip(of_real[1][:-1], of_fake[1][:-1], strict=True)
    apart = sum(np.abs(one - other).mean() for one, other in pairs)
    assert len(pairs) == 4
    expected = {
        "gan": 1.5 * sum(np.square(copy[-1] - 1).mean() for copy in of_fake),
        "feature_matching": 10 * apart * (4 / 2) / 2,
        "image_real": sum(np.square(copy[-1] - 1).mean() for copy in of_real),
        "image_fake": sum(np.square(copy[-1]).mean() for copy in of_fake),
    }
    found = {name: float(value) for name, value in (losses | judged).items()}
    assert found == pytest.approx(expected, rel=1e-4)


def test_feature_matching_can_be_left_out(make_config, clip, output, judge):
    config = weighted(make_config, gan=1.0)
    channels = noise(2, 3, *SIZE, 4, seed=30)
    real = clip["frames"][:, 2:5]
    losses, _ = objectives.judge_frames(config, judge, channels, real, output)
    assert list(losses) == ["gan"]


def test_groups_are_judged_with_the_real_flow_between_their_frames(make_config, clip):
    tf.keras.utils.set_random_seed(8)
    judge = MultiScaleDiscriminator(3, 1, 1)
    config = weighted(make_config, gan_temporal=2.0, feature_matching=10.0)
    generated = noise(2, 5, *SIZE, 3, seed=40)
    groups = [(0, 2, 4), (0, 1, 2)]
    losses, judged = objectives.judge_groups(
        config, judge, 1, groups, clip, 2, generated
    )
    real_frames = clip["frames"][:, 2:]
    between, _ = compose_flows(clip["flow"][:, 2:4], clip["flow_confidence"][:, 2:4])
    after, _ = compose_flows(clip["flow"][:, 4:6], clip["flow_confidence"][:, 4:6])
    flows = [
        [between / 20, after / 20],
        [clip["flow"][:, 2] / 20, clip["flow"][:, 3] / 20],
    ]

    def maps(frames: tf.Tensor):
        stacks = [
            tf.concat([*(frames[:, index] for index in group), *pair], -1)
            for group, pair in zip(groups, flows, strict=True)
        ]
        return judge(tf.concat(stacks, 0))

    real, fake = maps(real_frames), maps(generated)
    gan = float(lsgan_generator_loss([fake[0][-1]]))
    assert float(losses["gan_temporal_s1"]) == pytest.approx(2 * gan, rel=1e-4)
    matching = float(feature_matching_loss(real, fake))
    assert float(losses["feature_matching_temporal_s1"]) == pytest.approx(
        10 * matching, rel=1e-4
    )
    real_part, fake_part = lsgan_discriminator_loss([real[0][-1]], [fake[0][-1]])
    assert float(judged["temporal_s1_real"]) == pytest.approx(
        float(real_part), rel=1e-4
    )
    assert float(judged["temporal_s1_fake"]) == pytest.approx(
        float(fake_part), rel=1e-4
    )
    assert len(losses) == len(judged) == 2


@pytest.mark.parametrize("mode", ["hinge", "non_saturating"])
def test_the_mode_holds_for_every_discriminator(make_config, clip, output, judge, mode):
    config = weighted(make_config, gan=1.0, gan_temporal=1.0)
    losses = dataclasses.replace(config.losses, gan_mode=mode)
    config = dataclasses.replace(config, losses=losses)
    channels, real = noise(2, 3, *SIZE, 4, seed=30), clip["frames"][:, 2:5]
    terms, judged = objectives.judge_frames(config, judge, channels, real, output)

    def scores(frames: tf.Tensor) -> list[tf.Tensor]:
        pair = tf.concat([channels, frames], -1)
        return [copy[-1] for copy in judge(tf.reshape(pair, [6, *SIZE, 7]))]

    fakes = [scores(output.fake_frames), scores(output.raw_frames)]
    gan = sum(float(generator_loss(mode, fake)) for fake in fakes)
    parts = [discriminator_loss(mode, scores(real), fake) for fake in fakes]
    assert float(terms["gan"]) == pytest.approx(gan, rel=1e-4)
    for name, index in (("image_real", 0), ("image_fake", 1)):
        expected = sum(float(part[index]) for part in parts)
        assert float(judged[name]) == pytest.approx(expected, rel=1e-4)

    tf.keras.utils.set_random_seed(8)
    temporal = MultiScaleDiscriminator(3, 1, 1)
    generated = noise(2, 3, *SIZE, 3, seed=40)
    terms, judged = objectives.judge_groups(
        config, temporal, 0, [(0, 1, 2)], clip, 2, generated
    )
    flows = [clip["flow"][:, index] / 20 for index in (2, 3)]

    def group(frames: tf.Tensor) -> list[tf.Tensor]:
        return [temporal(tf.concat([*tf.unstack(frames, axis=1), *flows], -1))[0][-1]]

    fake, real = group(generated), group(clip["frames"][:, 2:5])
    assert float(terms["gan_temporal_s0"]) == pytest.approx(
        float(generator_loss(mode, fake)), rel=1e-4
    )
    expected = [float(part) for part in discriminator_loss(mode, real, fake)]
    found = [float(judged[f"temporal_s0_{kind}"]) for kind in ("real", "fake")]
    assert found == pytest.approx(expected, rel=1e-4)
