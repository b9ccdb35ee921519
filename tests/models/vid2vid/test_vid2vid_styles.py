"""The encoder of styles, trained with the generator."""

import numpy as np
import pytest
import tensorflow as tf

from tests.models.conftest import NUM_LABELS, changed, weights_of
from v2v_tf import config as configuration
from v2v_tf.errors import InputError
from v2v_tf.models.vid2vid.clip_windows import cut_window
from v2v_tf.models.vid2vid.generator import build_generator
from v2v_tf.tasks import registry

STYLED = (
    "style.num_features=2",
    "style.num_filters=2",
    "style.num_downsamples=1",
    "generator.first_frames=zeros",
    "discriminator.num_temporal_scales=1",
)
RATE = 1e-3


@pytest.fixture
def styled(make_config, make_model):
    return make_model(make_config(*STYLED), RATE, RATE)


def test_the_generator_reads_styles_and_discriminators_do_not(styled):
    channels = NUM_LABELS + 1
    window = styled.generator.scales[0].in_channels
    assert window == 3 * (channels + 2)
    kernel = styled.image_discriminator.copies[0].weights[0].shape
    assert kernel[2] == channels + 3


@pytest.mark.parametrize("kind", ["gan", "flow"])
def test_a_step_trains_the_encoder(make_config, make_model, make_batch, eager, kind):
    stage = f"[{{kind: {kind}, num_frames: 2, chunk_frames: 2}}]"
    model = make_model(make_config(*STYLED, f"curriculum={stage}"), RATE, RATE)
    encoder = model.generator.style_encoder
    before = weights_of(encoder)
    model.train_step(make_batch(4))
    assert any(changed(before, encoder))


def test_the_finest_scale_alone_leaves_the_encoder_as_it_is(make_config, make_model):
    config = make_config(
        *STYLED,
        "generator.num_scales=2",
        "generator.num_filters=4",
        "curriculum=[{train_scales: finest}]",
    )
    model = make_model(config)
    of_encoder = {v.ref() for v in model.generator.style_encoder.trainable_variables}
    assert of_encoder.isdisjoint(v.ref() for v in model.stage_variables)


def test_a_frame_is_drawn_by_the_style_of_its_own_real_frame(styled, make_batch, eager):
    """Styles come per frame and region; pixels of one region share theirs."""
    clip = styled.encode(make_batch(3))
    read = styled.generator.read_clip(clip, slice(1, 3))
    assert read.shape == (1, 2, 16, 32, NUM_LABELS + 1 + 2)
    np.testing.assert_array_equal(read[..., :-2], clip["channels"][:, 1:3])
    regions = clip["regions"][0, 2].numpy()
    style = read[0, 1, ..., -2:].numpy()
    for region in np.unique(regions):
        of_region = style[regions == region]
        assert np.ptp(of_region, axis=0).max() == 0.0
    assert np.ptp(style.reshape(-1, 2), axis=0).min() > 0.0


def test_coarser_stages_read_coarser_regions(
    make_config, make_model, make_batch, eager
):
    config = make_config(
        *STYLED,
        "generator.num_scales=2",
        "generator.num_filters=4",
        "curriculum=[{num_scales: 1, num_frames: 1, chunk_frames: 1}]",
    )
    model = make_model(config, RATE, RATE)
    clip = model.encode(make_batch(3))
    assert clip["regions"].shape == (1, 3, 8, 16)
    losses = model.train_step(make_batch(3))
    assert all(np.isfinite(float(x)) for x in losses.values())


@pytest.mark.slow
def test_gradient_checkpointing_gives_the_same_gradients(
    make_config, make_model, make_batch
):
    found = []
    for keeps in ("false", "true"):
        config = make_config(
            *STYLED,
            f"runtime.gradient_checkpointing={keeps}",
            "curriculum=[{num_frames: 2, chunk_frames: 2}]",
        )
        model = make_model(config)
        clip = model.encode(make_batch(4))
        encoder = model.generator.style_encoder

        @tf.function
        def gradients(clip, model=model, encoder=encoder):
            with tf.GradientTape() as tape:
                window = cut_window(clip, 2, 4, None)
                states = model.first_states(clip)
                result = model.objective.chunk(window, states, None, 2)
                loss = tf.add_n(list(result.losses["generator"].values()))
            return tape.gradient(loss, encoder.trainable_variables)

        found.append([g.numpy() for g in gradients(clip)])
    scale = max(np.abs(g).max() for g in found[0])
    assert scale > 0
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-4 * scale)


def test_faces_have_styles_of_their_parts():
    config = configuration.load_config(None, ("task=face", "style.num_features=3"))
    conditioning = registry.create(config)
    assert conditioning.uses_instances and conditioning.num_style_classes == 7
    parts = tf.constant([[[0, 6], [2, 2]]])
    classes, instances = conditioning.style_regions(tf.zeros([1, 2, 2, 15]), parts)
    np.testing.assert_array_equal(classes, parts)
    assert not instances.numpy().any()
    plain = registry.create(configuration.load_config(None, ("task=face",)))
    assert not plain.uses_instances


def test_label_ids_alone_do_not_say_what_instances_look_like(make_config):
    generator = build_generator(make_config(*STYLED))
    labels = np.zeros((3, 16, 32), np.uint8)
    with pytest.raises(InputError, match=r"expected float \[T, H, W, 6\]"):
        generator.rollout(labels, labels.astype(int))


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        (("task=edges", "style.num_features=3"), "needs model: vid2vid and task: str"),
        (("model=first_frame", "style.num_features=3"), "needs model: vid2vid"),
        (("style.num_features=-1",), "style: num_filters and num_variants must be"),
        (("style.num_variants=0",), "style: num_filters and num_variants must be"),
    ],
)
def test_styles_that_cannot_be(overrides, words):
    with pytest.raises(InputError, match=words):
        configuration.load_config(None, overrides)


def test_frames_must_fit_the_encoder_too():
    base = ("generator.num_downsamples=2", "generator.num_scales=2")
    assert configuration.load_config(None, base).size_multiple == 8
    styled = (*base, "style.num_features=3", "style.num_downsamples=4")
    assert configuration.load_config(None, styled).size_multiple == 32
