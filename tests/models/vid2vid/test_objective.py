"""The table of loss terms: names, and frame terms from numbers worked out apart."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from tests.models.conftest import SMALL, stage
from tests.models.vid2vid.conftest import SIZE, noise, objective_of, weighted
from v2v_tf import config as configuration
from v2v_tf.layers.warp import backward_warp
from v2v_tf.losses.flow import masked_l1
from v2v_tf.models.vid2vid import clip_windows
from v2v_tf.models.vid2vid.frame import FrameOutput
from v2v_tf.models.vid2vid.objective import loss_names
from v2v_tf.models.vid2vid.states import merge_time

FLOW_NAMES = [f"generator/{name}" for name in ("flow_l1", "flow_warp", "mask")]


def test_names_keep_the_order_that_checkpoints_have():
    overrides = (
        *("task=pose", "discriminator.use_face=true"),
        *("generator.use_foreground=false", "losses.perceptual_weights=imagenet"),
    )
    config = configuration.load_config(None, (*SMALL, *overrides))
    assert loss_names(config, stage(7, 7)) == [
        *FLOW_NAMES,
        *("generator/l1", "generator/perceptual", "generator/warp"),
        *("generator/gan", "generator/feature_matching"),
        *("generator/gan_face", "generator/feature_matching_face"),
        *("generator/gan_temporal_s0", "generator/feature_matching_temporal_s0"),
        *("generator/gan_temporal_s1", "generator/feature_matching_temporal_s1"),
        "generator/total",
        *("discriminator/image_real", "discriminator/image_fake"),
        *("discriminator/face_real", "discriminator/face_fake"),
        *("discriminator/temporal_s0_real", "discriminator/temporal_s0_fake"),
        *("discriminator/temporal_s1_real", "discriminator/temporal_s1_fake"),
        "discriminator/total",
    ]
    assert loss_names(config, stage(7, 7, "flow")) == [*FLOW_NAMES, "generator/total"]


def test_temporal_names_need_a_chunk_with_groups(make_config):
    config = make_config("discriminator.num_temporal_scales=3")
    # Groups of scale 1 span seven frames, of scale 2 nineteen.
    names = loss_names(config, stage(7, 2))
    assert "generator/gan_temporal_s1" in names
    assert "generator/gan_temporal_s2" not in names
    assert "generator/gan_temporal_s1" not in loss_names(config, stage(6, 2))
    assert "generator/gan_temporal_s2" in loss_names(config, stage(19, 1))


def test_weights_of_zero_leave_terms_out_but_those_of_the_gan(make_config):
    config = weighted(make_config())
    assert loss_names(config, stage(3, 3)) == [
        *("generator/gan", "generator/gan_temporal_s0", "generator/total"),
        *("discriminator/image_real", "discriminator/image_fake"),
        *("discriminator/temporal_s0_real", "discriminator/temporal_s0_fake"),
        "discriminator/total",
    ]


@pytest.mark.parametrize(
    ("num_scales", "has_faces"), [(0, True), (2, True), (1, False)]
)
def test_coarser_stages_have_no_terms_of_faces(num_scales, has_faces):
    overrides = (
        *("task=pose", "discriminator.use_face=true", "generator.num_scales=2"),
        *("generator.use_foreground=false", "generator.num_filters=4"),
    )
    config = configuration.load_config(None, (*SMALL, *overrides))
    of_stage = dataclasses.replace(stage(2, 2), num_scales=num_scales)
    names = loss_names(config, of_stage)
    assert ("generator/gan_face" in names) == has_faces
    assert ("discriminator/face_fake" in names) == has_faces


def test_flow_terms(make_config, clip, output):
    config = weighted(make_config(), flow=3.0, flow_warp=5.0, mask=0.5)
    target = clip_windows.flatten(clip_windows.targets(clip, 2, 0, 3))
    flat = FrameOutput(*(merge_time(x) for x in output))
    losses = objective_of(config).flow_losses(flat, target)
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
    config = make_config(f"generator.num_scales={num_scales}")
    config = weighted(config, flow=10.0, flow_warp=10.0)
    target = clip_windows.flatten(clip_windows.targets(clip, 2, 0, 3))
    flat = FrameOutput(*(merge_time(x) for x in output))
    losses = objective_of(config).flow_losses(flat, target)
    error = float(masked_l1(flat.flow, target.flow, target.confidence))
    assert float(losses["flow_l1"]) == pytest.approx(10 / divisor * error, rel=1e-5)
    warped = backward_warp(target.previous, flat.flow)
    error = float(masked_l1(warped, target.frames, target.confidence))
    assert float(losses["flow_warp"]) == pytest.approx(10 * error, rel=1e-5)


def test_without_flow_there_are_no_flow_terms_but_the_warp_stays(
    make_config, clip, output
):
    config = make_config("generator.use_flow=false")
    config = weighted(config, flow=10, flow_warp=10, mask=1, warp=10)
    bare = FrameOutput(output.fake_frames, output.fake_frames, None, None, None)
    target = clip_windows.targets(clip, 2, 0, 3)
    before = clip["frames"][:, 1]
    losses = objective_of(config).frame_losses(bare, target, before)
    assert list(losses) == ["warp"]


def test_the_l1_term_counts_final_and_raw_frames(make_config, clip, output):
    target = clip_windows.targets(clip, 2, 0, 3)
    before = clip["frames"][:, 1]
    config = weighted(make_config(), l1=2.0)
    losses = objective_of(config).frame_losses(output, target, before)
    expected = sum(
        np.abs(x - target.frames).mean()
        for x in (output.fake_frames, output.raw_frames)
    )
    assert list(losses) == ["l1"]
    assert float(losses["l1"]) == pytest.approx(2 * expected, rel=1e-5)


def test_the_perceptual_term_counts_final_and_raw_frames(make_config, clip, output):
    target = clip_windows.targets(clip, 2, 0, 3)
    config = weighted(make_config("losses.perceptual_weights=imagenet"), perceptual=4.0)
    shapes = []

    def distance(fake: tf.Tensor, real: tf.Tensor) -> tf.Tensor:
        shapes.append((fake.shape, real.shape))
        return tf.reduce_mean(tf.square(fake - real))

    objective = objective_of(config, perceptual=distance)
    losses = objective.frame_losses(output, target, clip["frames"][:, 1])
    expected = sum(
        np.square(x - target.frames).mean()
        for x in (output.fake_frames, output.raw_frames)
    )
    assert float(losses["perceptual"]) == pytest.approx(4 * expected, rel=1e-5)
    assert shapes == [([6, *SIZE, 3], [6, *SIZE, 3])] * 2


def test_the_warp_term_starts_at_the_frame_before_and_goes_on_with_generated_ones(
    make_config, clip, output
):
    config = weighted(make_config(), warp=10.0)
    target = clip_windows.targets(clip, 2, 1, 4)
    before = noise(2, *SIZE, 3, seed=20)
    losses = objective_of(config).frame_losses(output, target, before)
    errors = []
    previous = [before, output.fake_frames[:, 0], output.fake_frames[:, 1]]
    for t, frame in enumerate(previous):
        warped = backward_warp(frame, clip["flow"][:, 2 + t])
        error = np.abs(output.fake_frames[:, t] - warped)
        errors.append(error * clip["flow_confidence"][:, 2 + t])
    expected = 10 * np.mean(errors)
    assert float(losses["warp"]) == pytest.approx(expected, rel=1e-5)


def test_the_warped_target_is_detached(make_config, clip, output):
    config = weighted(make_config(), warp=10.0)
    target = clip_windows.targets(clip, 2, 0, 3)
    before = clip["frames"][:, 1]
    with tf.GradientTape() as tape:
        tape.watch([output.fake_frames, before])
        loss = objective_of(config).frame_losses(output, target, before)["warp"]
    by_fake, by_before = tape.gradient(loss, [output.fake_frames, before])
    assert by_before is None
    # Of each element only its own error: its sign, or 0 where the flow is not trusted.
    trusted = np.broadcast_to(target.confidence, by_fake.shape)
    step = 10 / tf.size(by_fake).numpy()
    np.testing.assert_allclose(np.abs(by_fake), step * trusted, rtol=1e-4)
