"""Training of the image generator: its losses, its steps, its frames."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from tests.models.conftest import assert_losses, changed, stage, weights_of
from v2v_tf.errors import InputError
from v2v_tf.layers.precision import precision_scope
from v2v_tf.models.common import adversarial
from v2v_tf.models.first_frame.model import FirstFrameModel
from v2v_tf.models.vid2vid.states import merge_time


def by_hand(model, batch, chunk: int) -> dict[str, float]:
    """Returns the mean of every loss over chunks, frame by frame and map by map."""
    frames = batch["frames"].numpy() / 127.5 - 1
    channels = model.conditioning.encode(batch["conditions"], batch["instances"])
    total, found = frames.shape[1], []
    for start in range(0, total, chunk):
        l1, gan, matching, real_loss, fake_loss = [], [], [], [], []
        for t in range(start, min(start + chunk, total)):
            for index in range(frames.shape[0]):
                condition = channels[index : index + 1, t]
                real = tf.constant(frames[index : index + 1, t], tf.float32)
                fake = model.generator(condition)
                of_real, of_fake = (
                    model.image_discriminator(tf.concat([condition, x], -1))
                    for x in (real, fake)
                )
                l1.append(np.abs(fake - real).mean())
                gan.append(sum(np.square(c[-1] - 1).mean() for c in of_fake))
                real_loss.append(sum(np.square(c[-1] - 1).mean() for c in of_real))
                fake_loss.append(sum(np.square(c[-1]).mean() for c in of_fake))
                # Two copies, each of two maps and the scores.
                matching.append(
                    sum(
                        np.abs(one[layer] - other[layer]).mean()
                        for one, other in zip(of_real, of_fake, strict=True)
                        for layer in range(2)
                    )
                )
        terms = {
            "generator/l1": 10 * np.mean(l1),
            "generator/gan": np.mean(gan),
            "generator/feature_matching": 10 * np.mean(matching) * (4 / 2) / 2,
            "discriminator/image_real": np.mean(real_loss),
            "discriminator/image_fake": np.mean(fake_loss),
        }
        generator = [v for k, v in terms.items() if k.startswith("generator/")]
        others = [v for k, v in terms.items() if k.startswith("discriminator/")]
        terms["generator/total"] = sum(generator)
        terms["discriminator/total"] = sum(others) / 2
        found.append(terms)
    return {k: float(np.mean([terms[k] for terms in found])) for k in found[0]}


@pytest.mark.parametrize("chunk", [3, 2])
def test_losses_are_those_of_frames_taken_one_by_one(
    image_config, make_batch, make_model, eager, chunk
):
    # Frozen optimisers, so that every chunk has the same weights.
    model = make_model(image_config())
    model.set_stage(stage(3, chunk))
    batch = make_batch(3, batch_size=2)
    assert_losses(model.train_step(batch), by_hand(model, batch, chunk))


def test_testing_takes_whole_clips_and_trains_nothing(
    image_config, make_batch, make_model, eager
):
    model = make_model(image_config(), 0.1, 0.1)
    networks = (model.generator, model.image_discriminator)
    before = [weights_of(network) for network in networks]
    batch = make_batch(4)
    assert_losses(model.test_step(batch), by_hand(model, batch, 4))
    for weights, network in zip(before, networks, strict=True):
        assert not any(changed(weights, network))


def test_the_perceptual_term_counts_every_frame_once(
    image_config, make_batch, make_model, eager, monkeypatch
):
    shapes = []

    def distance(fake: tf.Tensor, real: tf.Tensor) -> tf.Tensor:
        shapes.append((fake.shape, real.shape))
        return tf.reduce_mean(tf.square(fake - real))

    monkeypatch.setattr(adversarial, "PerceptualLoss", lambda *_: distance)
    config = image_config(
        *("losses.l1=0", "losses.perceptual=4", "losses.perceptual_weights=imagenet")
    )
    model = make_model(config)
    clip = model.encode(make_batch(2, batch_size=3))
    result = model.image_losses(clip["channels"], clip["frames"])
    fake = model.generator(merge_time(clip["channels"]))
    error = np.square(fake - merge_time(clip["frames"])).mean()
    found = float(result.losses["generator"]["perceptual"])
    assert found == pytest.approx(4 * error, rel=1e-5)
    assert shapes == [([6, 16, 32, 3], [6, 16, 32, 3])]
    assert "l1" not in result.losses["generator"]


def test_a_frame_follows_from_its_own_condition_alone(
    image_config, make_batch, make_model, eager
):
    model = make_model(image_config())
    batch = make_batch(5, batch_size=2)
    before = model(batch).numpy()
    assert before.shape == (2, 5, 16, 32, 3)
    labels = batch["conditions"].numpy()
    labels[1, 3] = 2 - labels[1, 3]
    after = model({**batch, "conditions": tf.constant(labels)}).numpy()
    apart = np.abs(after - before).max(axis=(2, 3, 4))
    assert apart[1, 3] > 1e-3
    apart[1, 3] = 0.0
    # The others go through the same kernels beside another neighbour.
    assert apart.max() < 1e-5


def test_edges_of_instances_are_read(image_config, make_batch, make_model, eager):
    model = make_model(image_config())
    batch = make_batch(1)
    whole = {**batch, "instances": tf.zeros_like(batch["instances"])}
    assert np.abs(model(batch) - model(whole)).max() > 1e-3


def test_both_subnetworks_step_once_a_chunk_and_the_average_follows(
    image_config, make_batch, make_model, eager
):
    model = make_model(image_config("optimizer.ema_decay=0.5"), 1e-3, 2e-3)
    model.set_stage(stage(5, 2))
    slow = model.moving_average.generator
    networks = (model.generator, model.image_discriminator, slow)
    before = [weights_of(network) for network in networks]
    model.train_step(make_batch(5))
    assert list(model.subnetworks) == ["generator", "image"]
    assert int(model.generator_optimizer.iterations) == 3
    assert int(model.discriminator_optimizer.iterations) == 3
    assert int(model.moving_average.updates) == 3
    for weights, network in zip(before, networks, strict=True):
        assert any(changed(weights, network)), network.name
    assert model.preview_generator is slow
    assert set(model.saved_parts()) == {
        *("generator", "image_discriminator", "optimizers", "losses"),
        "moving_average",
    }


def test_the_gradient_of_a_network_has_a_largest_norm(
    image_config, make_batch, make_model, eager
):
    steps = []
    for norm in ("0", "0.001"):
        model = make_model(image_config(f"optimizer.clip_norm={norm}"))
        model.compile(*(tf.keras.optimizers.legacy.SGD(1.0) for _ in range(2)))
        model.set_stage(stage(1, 1))
        before = weights_of(model.generator)
        model.train_step(make_batch(1))
        after = weights_of(model.generator)
        moved = [np.square(a - b).sum() for a, b in zip(after, before, strict=True)]
        steps.append(float(np.sqrt(sum(moved))))
    assert steps[0] > 0.01
    assert steps[1] == pytest.approx(0.001, rel=1e-2)


def test_random_inputs_are_for_training_alone(
    image_config, make_batch, make_model, eager
):
    options = ("discriminator.augment=true", "losses.gradient_penalty=0.5")
    model = make_model(image_config(*options))
    model.set_stage(stage(num_frames=2, chunk_frames=2))
    batch = make_batch(2)
    tested, trained = model.test_step(batch), model.train_step(batch)
    penalty = "discriminator/image_penalty"
    assert float(tested[penalty]) == 0 < float(trained[penalty])


def test_enhancers_double_the_resolution(image_config, make_batch, make_model, eager):
    model = make_model(image_config("first_frame.num_enhancers=2"), 1e-3, 1e-3)
    # The finest scale is as wide as the configuration says.
    assert model.generator.head.convolution.kernel.shape == [7, 7, 3, 3]
    before = weights_of(model.generator.coarse)
    model.train_step(make_batch(2))
    assert any(changed(before, model.generator.coarse))


def test_float16_trains_with_a_loss_scale(image_config, make_batch, eager):
    config = image_config("runtime.precision=mixed_float16")
    tf.keras.utils.set_random_seed(1)
    with precision_scope(config.runtime):
        model = FirstFrameModel(config)
    adam = tf.keras.optimizers.legacy.Adam
    model.compile(adam(1e-3, 0.5), adam(1e-3, 0.5))
    model.set_stage(stage(1, 1))
    model.build_networks(16, 32)
    before = weights_of(model.generator)
    # The first scale may overflow: it halves until a step is taken.
    for _ in range(6):
        results = model.train_step(make_batch(1))
    assert all(np.isfinite(value) for value in results.values())
    assert any(changed(before, model.generator))
    assert model.generator_optimizer.dynamic
    assert {w.dtype for w in model.generator.weights} == {tf.float32}


def test_a_stage_of_videos_is_refused(image_config, make_model):
    flow = dataclasses.replace(stage(2, 2, "flow"), name="warm")
    config = dataclasses.replace(image_config(), curriculum=(flow,))
    with pytest.raises(InputError, match="stage 'warm' trains flow"):
        make_model(config)
    model = make_model(image_config())
    with pytest.raises(InputError, match="stage 'warm' trains flow"):
        model.set_stage(flow)


def test_fit_makes_the_weights_and_lowers_the_losses_of_one_clip(
    image_config, make_batch
):
    tf.keras.utils.set_random_seed(1)
    model = FirstFrameModel(image_config("losses.l1=20"))
    adam = tf.keras.optimizers.legacy.Adam
    model.compile(adam(beta_1=0.5), adam(beta_1=0.5))
    model.set_stage(stage(3, 2))
    model.set_learning_rates(5e-3, 1e-3)
    # Regions of one label, and a colour for each: a condition says all.
    batch = make_batch(3)
    coarse = batch["conditions"][:, :, ::8, ::8]
    labels = tf.repeat(tf.repeat(coarse, 8, axis=2), 8, axis=3)
    colours = tf.constant([[230, 40, 90], [20, 200, 60], [120, 110, 250]], tf.uint8)
    frames = tf.gather(colours, tf.cast(labels[..., 0], tf.int32))
    batch |= {"conditions": labels, "frames": frames}
    dataset = tf.data.Dataset.from_tensors(batch).repeat()
    log = model.fit(dataset, steps_per_epoch=10, epochs=6, verbose=0).history
    # Measured: 7.4 to 2.3.
    assert log["generator/l1"][-1] < 0.5 * log["generator/l1"][0]
    assert int(model.generator_optimizer.iterations) == 120
    assert np.isfinite([value for values in log.values() for value in values]).all()
