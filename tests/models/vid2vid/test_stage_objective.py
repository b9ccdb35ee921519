"""What discriminators give to both sides, from numbers worked out apart."""

from __future__ import annotations

import dataclasses

import pytest
import tensorflow as tf

from tests.models.vid2vid.conftest import SIZE, noise, objective_of, weighted
from v2v_tf.data.flow_composition import compose_flows
from v2v_tf.losses.adversarial import (
    discriminator_loss,
    generator_loss,
    lsgan_discriminator_loss,
    lsgan_generator_loss,
)
from v2v_tf.losses.feature_matching import feature_matching_loss
from v2v_tf.models.common.adversarial_terms import IMAGE_TERMS
from v2v_tf.models.common.discriminators import MultiScaleDiscriminator
from v2v_tf.models.common.random_inputs import RandomInputs
from v2v_tf.models.vid2vid import discriminator_inputs
from v2v_tf.models.vid2vid.objective import temporal_terms


@pytest.fixture(scope="module")
def discriminator() -> MultiScaleDiscriminator:
    tf.keras.utils.set_random_seed(6)
    return MultiScaleDiscriminator(3, 1, 2)


def test_terms_of_frames_are_those_of_separate_passes(
    make_config, clip, output, discriminator
):
    config = weighted(make_config(), gan=1.5, feature_matching=10.0)
    channels = noise(2, 3, *SIZE, 4, seed=30)
    real = clip["frames"][:, 2:5]
    losses, of_discriminator = objective_of(config, image=discriminator).image_losses(
        channels, real, output
    )

    def maps(frames: tf.Tensor):
        pair = tf.concat([channels, frames], -1)
        return discriminator(tf.reshape(pair, [6, *SIZE, 7]))

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
    assert float(of_discriminator["image_real"]) == pytest.approx(
        2 * float(parts[0][0]), rel=1e-4
    )
    assert float(of_discriminator["image_fake"]) == pytest.approx(
        float(parts[0][1]) + float(parts[1][1]), rel=1e-4
    )


def test_feature_matching_can_be_left_out(make_config, clip, output, discriminator):
    config = weighted(make_config(), gan=1.0)
    channels = noise(2, 3, *SIZE, 4, seed=30)
    real = clip["frames"][:, 2:5]
    losses, _ = objective_of(config, image=discriminator).image_losses(
        channels, real, output
    )
    assert list(losses) == ["gan"]


def test_groups_have_the_real_flow_between_their_frames(make_config, clip):
    tf.keras.utils.set_random_seed(8)
    discriminator = MultiScaleDiscriminator(3, 1, 1)
    config = weighted(make_config(), gan_temporal=2.0, feature_matching=10.0)
    generated = noise(2, 5, *SIZE, 3, seed=40)
    groups = [(0, 2, 4), (0, 1, 2)]
    losses, of_discriminator = objective_of(
        config, temporal=[None, discriminator]
    ).temporal_losses(1, groups, clip, 2, generated)
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
        return discriminator(tf.concat(stacks, 0))

    real, fake = maps(real_frames), maps(generated)
    gan = float(lsgan_generator_loss([fake[0][-1]]))
    assert float(losses["gan_temporal_s1"]) == pytest.approx(2 * gan, rel=1e-4)
    matching = float(feature_matching_loss(real, fake))
    assert float(losses["feature_matching_temporal_s1"]) == pytest.approx(
        10 * matching, rel=1e-4
    )
    real_part, fake_part = lsgan_discriminator_loss([real[0][-1]], [fake[0][-1]])
    assert float(of_discriminator["temporal_s1_real"]) == pytest.approx(
        float(real_part), rel=1e-4
    )
    assert float(of_discriminator["temporal_s1_fake"]) == pytest.approx(
        float(fake_part), rel=1e-4
    )
    assert len(losses) == len(of_discriminator) == 2


@pytest.mark.parametrize("mode", ["hinge", "non_saturating"])
def test_the_mode_holds_for_every_discriminator(
    make_config, clip, output, discriminator, mode
):
    config = weighted(make_config(), gan=1.0, gan_temporal=1.0)
    losses = dataclasses.replace(config.losses, gan_mode=mode)
    config = dataclasses.replace(config, losses=losses)
    channels, real = noise(2, 3, *SIZE, 4, seed=30), clip["frames"][:, 2:5]
    terms, of_discriminator = objective_of(config, image=discriminator).image_losses(
        channels, real, output
    )

    def scores(frames: tf.Tensor) -> list[tf.Tensor]:
        pair = tf.concat([channels, frames], -1)
        return [copy[-1] for copy in discriminator(tf.reshape(pair, [6, *SIZE, 7]))]

    fakes = [scores(output.fake_frames), scores(output.raw_frames)]
    gan = sum(float(generator_loss(mode, fake)) for fake in fakes)
    parts = [discriminator_loss(mode, scores(real), fake) for fake in fakes]
    assert float(terms["gan"]) == pytest.approx(gan, rel=1e-4)
    for name, index in (("image_real", 0), ("image_fake", 1)):
        expected = sum(float(part[index]) for part in parts)
        assert float(of_discriminator[name]) == pytest.approx(expected, rel=1e-4)

    tf.keras.utils.set_random_seed(8)
    temporal = MultiScaleDiscriminator(3, 1, 1)
    generated = noise(2, 3, *SIZE, 3, seed=40)
    terms, of_discriminator = objective_of(config, temporal=[temporal]).temporal_losses(
        0, [(0, 1, 2)], clip, 2, generated
    )
    flows = [clip["flow"][:, index] / 20 for index in (2, 3)]

    def group(frames: tf.Tensor) -> list[tf.Tensor]:
        return [temporal(tf.concat([*tf.unstack(frames, axis=1), *flows], -1))[0][-1]]

    fake, real = group(generated), group(clip["frames"][:, 2:5])
    assert float(terms["gan_temporal_s0"]) == pytest.approx(
        float(generator_loss(mode, fake)), rel=1e-4
    )
    expected = [float(part) for part in discriminator_loss(mode, real, fake)]
    found = [
        float(of_discriminator[f"temporal_s0_{kind}"]) for kind in ("real", "fake")
    ]
    assert found == pytest.approx(expected, rel=1e-4)


def test_discriminators_read_changed_inputs(make_config, clip, output, discriminator):
    """What they give is what they give for the inputs that the changes make."""
    config = weighted(make_config(), gan=1.0, gan_temporal=1.0, gradient_penalty=0.7)
    channels = noise(2, 3, *SIZE, 4, seed=30)
    real = clip["frames"][:, 2:5]
    changes = RandomInputs(True, True, 3, tf.constant(5))
    objective = objective_of(config, image=discriminator)
    found = objective.image_losses(channels, real, output, changes)
    plain = objective.image_losses(channels, real, output)
    inputs = discriminator_inputs.image_inputs(channels, real, output)
    # Frames begin behind four channels of conditions.
    inputs, near = changes(inputs, 4, 1, 0)
    expected = IMAGE_TERMS.compute(config.losses, discriminator, inputs, disturbed=near)
    for side, other in zip(found, expected, strict=True):
        assert {k: float(v) for k, v in side.items()} == pytest.approx(
            {k: float(v) for k, v in other.items()}, rel=1e-5
        )
    assert "image_penalty" in found[1] and "image_penalty" not in plain[1]
    assert abs(float(plain[1]["image_real"]) - float(found[1]["image_real"])) > 1e-4


def test_groups_are_changed_by_draws_of_their_own(make_config, clip):
    tf.keras.utils.set_random_seed(8)
    discriminator = MultiScaleDiscriminator(3, 1, 1)
    config = weighted(make_config(), gan_temporal=2.0, gradient_penalty=0.7)
    generated, groups = noise(2, 5, *SIZE, 3, seed=40), [(0, 2, 4), (0, 1, 2)]
    changes = RandomInputs(True, True, 3, tf.constant(5))
    objective = objective_of(config, temporal=[None, discriminator])
    found = objective.temporal_losses(1, groups, clip, 2, generated, changes)
    inputs = discriminator_inputs.group_inputs(groups, clip, 2, generated)
    inputs, near = changes(inputs, 0, 3, 3)
    expected = temporal_terms(1).compute(
        config.losses, discriminator, inputs, disturbed=near
    )
    for side, other in zip(found, expected, strict=True):
        assert {k: float(v) for k, v in side.items()} == pytest.approx(
            {k: float(v) for k, v in other.items()}, rel=1e-5
        )
    assert "temporal_s1_penalty" in found[1]
