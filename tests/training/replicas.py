"""Trains on one and on two logical CPU devices, and prints how far they are apart.

A program of its own, since a process can make logical devices only before it uses
TensorFlow: `python -m tests.training.replicas sgd|adam [first_frame]`.
"""

from __future__ import annotations

import json
import sys

import numpy as np
import tensorflow as tf

from v2v_tf import config as configuration
from v2v_tf.config import Config, RuntimeConfig, StageConfig
from v2v_tf.data.input.dataset import Share
from v2v_tf.models.common.adversarial import AdversarialModel
from v2v_tf.models.registry import build_model
from v2v_tf.models.vid2vid.model import Vid2Vid
from v2v_tf.models.vid2vid.states import generate_frame
from v2v_tf.training.strategy import create_strategy, distribute

# Two clips a step, one for each replica. Three frames reach the temporal
# discriminator in the second chunk.
FLOW = StageConfig(kind="flow", num_frames=2, chunk_frames=2, batch_size=2)
GAN = StageConfig(num_frames=4, chunk_frames=2, batch_size=2)
HEIGHT, WIDTH, LABELS, STEPS = 16, 32, 3, 2
OVERRIDES = (
    *("task=street", f"conditioning.street.num_labels={LABELS}"),
    *("conditioning.street.foreground_labels=[1]", "generator.use_foreground=true"),
    *("generator.num_filters=8", "generator.num_downsamples=2"),
    *("generator.num_blocks=2", "discriminator.num_filters=8"),
    *("discriminator.num_layers=1", "discriminator.num_temporal_scales=1"),
    *("losses.perceptual_weights=none", "losses.l1=10", "losses.mask=1"),
    *("optimizer.ema_decay=0.9", "optimizer.clip_norm=50"),
    *("first_frame.num_filters=8", "first_frame.num_downsamples=2"),
    *("first_frame.num_blocks=2", "first_frame.affine_norms=true"),
)


def clips(num_frames: int, num_clips: int) -> dict[str, np.ndarray]:
    """Labels of noise, and smooth frames.

    Norms amplify the rounding of maps that are nearly constant, and warps that of
    flow where neighbours differ much.
    """
    random = np.random.default_rng(num_frames)
    size = (num_clips, num_frames, HEIGHT, WIDTH)
    pairs = (num_clips, num_frames - 1, HEIGHT, WIDTH)
    return {
        "conditions": random.integers(0, LABELS, (*size, 1), np.uint8),
        "instances": random.integers(0, 3, size, np.int32),
        "frames": smooth(random, (num_clips, num_frames)),
        "flow": random.normal(0, 2, (*pairs, 2)).astype(np.float32),
        "flow_confidence": random.integers(0, 2, (*pairs, 1)).astype(np.float32),
    }


def smooth(random: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """Draws uint8 frames of four by eight colours, interpolated."""
    coarse = random.integers(0, 256, (shape[0] * shape[1], 4, 8, 3))
    fine = tf.image.resize(coarse, (HEIGHT, WIDTH), "bicubic")
    levels = tf.cast(tf.clip_by_value(fine, 0, 255), tf.uint8).numpy()
    return levels.reshape(*shape, HEIGHT, WIDTH, 3)


def dataset(stage: StageConfig, share: Share) -> tf.data.Dataset:
    arrays = clips(2 + stage.num_frames, STEPS * stage.batch_size)
    parts = share.num_workers * share.num_replicas
    batch = stage.batch_size // parts
    whole = tf.data.Dataset.from_tensor_slices(arrays)
    return share.of(whole, stage.batch_size).batch(batch, drop_remainder=True)


def optimizer(name: str) -> tf.keras.optimizers.legacy.Optimizer:
    if name == "sgd":
        return tf.keras.optimizers.legacy.SGD(1e-5)
    # At the usual epsilon a gradient of rounding size makes a whole step.
    return tf.keras.optimizers.legacy.Adam(1e-5, 0.5, epsilon=0.1)


def trained(config: Config, runtime: RuntimeConfig, name: str) -> AdversarialModel:
    strategy = create_strategy(runtime)
    assert strategy.num_replicas_in_sync == max(1, len(runtime.devices))
    tf.keras.utils.set_random_seed(1)
    with strategy.scope():
        model = build_model(config)
        model.compile(optimizer(name), optimizer(name))
        model.build_networks(HEIGHT, WIDTH)
        for stage in (FLOW, GAN) if config.model == "vid2vid" else (GAN,):
            model.set_stage(stage)
            batches = distribute(lambda share, stage=stage: dataset(stage, share))
            model.fit(batches, steps_per_epoch=STEPS, verbose=0)
    return model


def answers(model: AdversarialModel) -> list[np.ndarray]:
    """Returns what every network makes of the same inputs: a frame, and scores."""
    batch = {k: tf.constant(x) for k, x in clips(3, 1).items()}
    if not isinstance(model, Vid2Vid):
        return [model(batch).numpy()]
    clip = model.encode(batch)
    output, _ = generate_frame(
        model.generator, clip["channels"][:, 2], model.first_states(clip)
    )
    frames = tf.unstack(clip["frames"], axis=1)
    image = tf.concat([clip["channels"][:, 2], frames[2]], axis=-1)
    flows = tf.unstack(clip["flow"] / 20, axis=1)
    group = tf.concat([*frames, *flows], axis=-1)
    scores = [
        copy[-1]
        for network, inputs in zip(model.discriminators, (image, group), strict=True)
        for copy in network(inputs)
    ]
    return [output.fake_frames.numpy(), *(x.numpy() for x in scores)]


def main(name: str, kind: str = "vid2vid") -> None:
    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(
        cpu, [tf.config.LogicalDeviceConfiguration()] * 2
    )
    config = configuration.load_config(None, (*OVERRIDES, f"model={kind}"))
    one = trained(config, RuntimeConfig(strategy="one_device"), name)
    two = trained(config, RuntimeConfig(devices=("CPU:0", "CPU:1")), name)
    tf.keras.utils.set_random_seed(1)
    start = build_model(config)
    start.build_networks(HEIGHT, WIDTH)

    def networks(model: AdversarialModel) -> list[tf.keras.Model]:
        return [model.generator, *model.discriminators, model.moving_average.generator]

    def apart(a: AdversarialModel, b: AdversarialModel) -> list[float]:
        return [
            max(
                float(np.abs(v.numpy() - w.numpy()).max())
                for v, w in zip(mine.weights, theirs.weights, strict=True)
            )
            for mine, theirs in zip(networks(a), networks(b), strict=True)
        ]

    outputs = max(
        float(np.abs(mine - theirs).max())
        for mine, theirs in zip(answers(one), answers(two), strict=True)
    )
    subnetworks = one.subnetworks.values()
    losses = [
        {name: float(value) for name, value in model.meter.result().items()}
        for model in (one, two)
    ]
    found = {
        "weights": apart(one, two),
        "moved": apart(one, start),
        "outputs": outputs,
        "losses": losses,
        "steps": [int(x.optimizer.iterations.numpy()) for x in subnetworks],
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
