"""One clip, learned by heart: every part of the loss does its work."""

from __future__ import annotations

import json

import numpy as np
import pytest
import tensorflow as tf

from v2v_tf import config as configuration
from v2v_tf.data.input.dataset import read_clips
from v2v_tf.data.prepare.prepare import prepare
from v2v_tf.inference.synthesizer import Synthesizer
from v2v_tf.metrics.flow import end_point_error, zero_flow_error
from v2v_tf.models.vid2vid.model import Vid2Vid
from v2v_tf.toy_street.street import FOREGROUND_LABELS
from v2v_tf.toy_street.writer import write_clips
from v2v_tf.training.trainer import train

FRAMES = 30


def video_features(network: tf.keras.Model, frames: np.ndarray) -> list[np.ndarray]:
    """Mean maps of groups of three frames, in a network that nobody trained."""
    images = tf.constant(frames, tf.float32) / 127.5 - 1.0
    groups = tf.concat([images[:-2], images[1:-1], images[2:]], axis=-1)
    no_flow = tf.zeros([*groups.shape[:-1], 4])
    copies = network(tf.concat([groups, no_flow], axis=-1))
    return [tf.reduce_mean(layer, axis=0).numpy() for copy in copies for layer in copy]


def distance(one: list[np.ndarray], other: list[np.ndarray]) -> float:
    pairs = zip(one, other, strict=True)
    return float(np.mean([np.abs(a - b).mean() for a, b in pairs]))


@pytest.mark.slow
def test_a_clip_is_learned_by_heart(tmp_path):
    tf.keras.utils.set_random_seed(5)
    vgg = tmp_path / "vgg19.weights.h5"
    tf.keras.applications.VGG19(include_top=False, weights=None).save_weights(vgg)
    config = configuration.load_config(
        "toy_street",
        (
            *("data.resize.load_size=256", "data.resize.flip=false"),
            *(f"losses.perceptual_weights={vgg}", "losses.l1=0", "losses.mask=1"),
            *("previews.clips=0", "data.num_shards=1"),
            "curriculum=["
            "{name: flow, kind: flow, epochs: 6, steps_per_epoch: 10, num_frames: 2,"
            " chunk_frames: 2, batch_size: 4, learning_rate: 1.0e-3},"
            "{name: gan, epochs: 12, steps_per_epoch: 10, num_frames: 4,"
            " chunk_frames: 4, batch_size: 1, learning_rate: 1.0e-3}]",
        ),
    )
    write_clips(tmp_path / "clips", 1, FRAMES, (128, 256), seed=4)
    records = tmp_path / "records"
    prepare(tmp_path / "clips", records, config)
    judge = Vid2Vid(config).temporal_discriminators[0]
    clip = next(iter(read_clips(records, config)))
    real = clip.frames[2:]
    before = Synthesizer(config, _untrained(config)).rollout(clip)

    model = train(config, records, tmp_path / "run")

    history = json.loads((tmp_path / "run" / "history.json").read_text())
    gan = [epoch for epoch in history if "generator/perceptual" in epoch]
    assert gan[-1]["generator/perceptual"] < 0.8 * gan[0]["generator/perceptual"]
    flow = [epoch["generator/flow_l1"] for epoch in history[:6]]
    assert flow[-1] < 0.7 * flow[0]

    after = Synthesizer(config, model.generator).rollout(clip)
    visible = clip.flow_confidence[2:, ..., 0] > 0.5
    exact = clip.flow[2:]
    error = end_point_error(after.flow[1:], exact, visible)
    assert error < 0.7 * zero_flow_error(exact, visible)
    # The camera moves, so what is static is what does not move by itself.
    background = ~np.isin(clip.conditions[3:, ..., 0], FOREGROUND_LABELS) & visible
    assert after.mask[1:, ..., 0][background].mean() < 0.5
    features = [
        video_features(judge, x) for x in (before.fake_frames, after.fake_frames, real)
    ]
    begin, end = (distance(one, features[2]) for one in features[:2])
    assert end < 0.5 * begin


def _untrained(config):
    model = Vid2Vid(config)
    model.generator.build_weights()
    return model.generator
