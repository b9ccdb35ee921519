"""The forecaster of labels: a blend of distributions, and how it trains."""

import numpy as np
import pytest
import tensorflow as tf

from tests.models.conftest import NUM_LABELS, changed, weights_of
from v2v_tf.errors import InputError
from v2v_tf.layers.warp import backward_warp
from v2v_tf.models.forecaster.network import forecast_frame

FORECASTER = (
    "model=forecaster",
    "generator.num_frames=4",
    "previews.clips=0",
    "losses.cross_entropy=2",
    "losses.flow=3",
)


@pytest.fixture(scope="module")
def config(make_config):
    stages = "[{num_frames: 3, chunk_frames: 2}]"
    return make_config(*FORECASTER, f"curriculum={stages}")


@pytest.fixture
def model(config, make_model):
    return make_model(config, 1e-2)


def one_hot(labels):
    return tf.one_hot(labels, NUM_LABELS, dtype=tf.float32)


def test_a_forecast_blends_the_warped_and_the_hallucinated(model, make_batch):
    maps = one_hot(make_batch(3, seed=1)["conditions"][..., 0])
    forecast, after = forecast_frame(model.generator, maps)
    warped = backward_warp(maps[:, -1], forecast.flow)
    mask = forecast.mask
    expected = mask * forecast.raw_labels + (1 - mask) * warped
    np.testing.assert_allclose(forecast.labels, expected, atol=1e-6)
    for distribution in (forecast.labels, forecast.raw_labels):
        assert distribution.shape == (1, 16, 32, NUM_LABELS)
        np.testing.assert_allclose(tf.reduce_sum(distribution, -1), 1.0, atol=1e-5)
    np.testing.assert_array_equal(after[:, :2], maps[:, 1:])
    np.testing.assert_array_equal(after[:, 2], forecast.labels)


def test_losses_by_hand(model, make_batch, eager):
    batch = make_batch(4)
    clip = model.encode(batch)
    result = model.chunk_losses(
        clip["maps"][:, :3],
        clip["maps"][:, 3:],
        clip["flow"][:, 2:],
        clip["flow_confidence"][:, 2:],
    )
    forecast, _ = forecast_frame(model.generator, clip["maps"][:, :3])
    labels = batch["conditions"].numpy()[0, 3, ..., 0]
    y, x = np.mgrid[:16, :32]
    terms = [
        -np.log(np.maximum(p.numpy()[0][y, x, labels], 1e-6)).mean()
        for p in (forecast.labels, forecast.raw_labels)
    ]
    losses = result.losses["generator"]
    assert float(losses["cross_entropy"]) == pytest.approx(2 * sum(terms), rel=1e-5)
    apart = np.abs(forecast.flow.numpy()[0] - batch["flow"].numpy()[0, 2])
    trusted = batch["flow_confidence"].numpy()[0, 2]
    assert float(losses["flow_l1"]) == pytest.approx(
        3 * (apart * trusted).mean(), rel=1e-5
    )


def test_later_maps_train_the_forecasts_before_them(model, make_batch, eager):
    """Within a chunk gradients go through time: without that they are others."""
    clip = model.encode(make_batch(5))
    maps, target = clip["maps"][:, :3], clip["maps"][:, 3:]
    kernel = model.generator.flow_head.trainable_variables[0]

    def by_hand(follow: bool):
        before, terms = maps, []
        with tf.GradientTape() as tape:
            for t in range(2):
                forecast, before = forecast_frame(model.generator, before)
                if not follow:
                    before = tf.stop_gradient(before)
                for p in (forecast.labels, forecast.raw_labels):
                    of_true = tf.reduce_sum(p * target[:, t], axis=-1)
                    terms.append(tf.math.log(tf.maximum(of_true, 1e-6)))
            loss = -tf.reduce_mean(tf.add_n(terms))
        return tape.gradient(loss, kernel).numpy()

    with tf.GradientTape() as tape:
        pairs = clip["flow"][:, 2:], clip["flow_confidence"][:, 2:]
        losses = model.chunk_losses(maps, target, *pairs).losses["generator"]
    found = tape.gradient(losses["cross_entropy"], kernel).numpy()
    scale = np.abs(found).max()
    np.testing.assert_allclose(found, by_hand(follow=True), atol=1e-4 * scale)
    assert np.abs(found - by_hand(follow=False)).max() > 1e-2 * scale


def test_a_step_trains_all_weights_and_reads_its_own_forecasts(
    model, make_batch, eager
):
    before = weights_of(model.generator)
    losses = model.train_step(make_batch(6))
    assert list(losses) == [
        *("generator/cross_entropy", "generator/flow_l1", "generator/total")
    ]
    # Chunks of two and of one.
    assert model.meter.counts.numpy().tolist() == [2, 2, 2]
    biases_before_norms = [
        "bias" in v.name and "head" not in v.name for v in model.generator.weights
    ]
    for moved, frozen in zip(
        changed(before, model.generator), biases_before_norms, strict=True
    ):
        assert moved or frozen


@pytest.mark.slow
def test_fit_learns_a_street_that_stands_still(config, make_model, make_batch):
    model = make_model(config, 1e-2)
    batch = {k: v for k, v in make_batch(6).items() if k != "instances"}
    first = batch["conditions"][:, :1]
    batch["conditions"] = tf.repeat(first, 6, axis=1)
    batch["flow"] = tf.zeros_like(batch["flow"])
    data = tf.data.Dataset.from_tensors(batch).repeat()
    history = model.fit(data, steps_per_epoch=10, epochs=4, verbose=0).history
    totals = history["generator/total"]
    assert totals[-1] < 0.5 * totals[0]
    forecast = model(batch).numpy()
    assert forecast.shape == (1, 3, 16, 32, NUM_LABELS)
    right = forecast.argmax(-1) == first.numpy()[..., 0]
    assert right.mean() > 0.9
    losses = model.evaluate(data, steps=1, verbose=0, return_dict=True)
    assert losses["generator/total"] < 1.1 * totals[-1]


def test_a_moving_average_follows(make_config, make_model, make_batch, eager):
    config = make_config(*FORECASTER, "optimizer.ema_decay=0.5")
    model = make_model(config, 1e-2)
    twin = model.moving_average.generator
    before = weights_of(twin)
    model.train_step(make_batch(9))
    assert any(changed(before, twin))


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        (("generator.num_scales=2",), "at one scale"),
        (("task=edges",), "needs task: street"),
        (("previews.clips=1",), "set previews.clips to 0"),
    ],
)
def test_what_a_forecaster_cannot_be(make_config, overrides, words):
    with pytest.raises(InputError, match=words):
        make_config(*FORECASTER, *overrides)


@pytest.mark.parametrize(
    "stage", ["kind: flow", "train_scales: finest", "num_scales: 1", "bptt_frames: 2"]
)
def test_stages_that_a_forecaster_has_not(make_config, make_model, stage):
    config = make_config(*FORECASTER, f"curriculum=[{{{stage}}}]")
    with pytest.raises(InputError, match="are not for a forecaster"):
        make_model(config)


def test_maps_must_fit(model):
    with pytest.raises(InputError, match="maps"):
        model.generator(tf.zeros([1, 16, 32, 2 * NUM_LABELS]))
    with pytest.raises(InputError, match="maps"):
        model.generator(tf.zeros([1, 18, 32, 3 * NUM_LABELS]))


def test_a_forecaster_has_no_discriminators(model):
    """Checkpoints hold the same parts as before, without those of discriminators."""
    assert list(model.subnetworks) == ["generator"]
    assert model.discriminator_optimizer is None
    assert not hasattr(model, "image_discriminator")
    assert sorted(model.saved_parts()) == ["generator", "losses", "optimizers"]
