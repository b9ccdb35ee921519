"""Trains on one and on two logical CPU devices, and prints how far they are apart.

A program of its own, since a process can make logical devices only before it uses
TensorFlow: `python -m tests.training.replicas RECORDS OPTIMIZER [PRESET]`.
"""

from __future__ import annotations

import json
import sys

import numpy as np
import tensorflow as tf

from v2v_tf import config as configuration
from v2v_tf.config import Config, RuntimeConfig, StageConfig
from v2v_tf.data.input import make_dataset
from v2v_tf.models.adversarial import AdversarialModel
from v2v_tf.models.factory import build_model
from v2v_tf.training.strategy import create_strategy, distribute

FLOW = StageConfig(kind="flow", num_frames=2, chunk_frames=2, batch_size=2)
# Two chunks, of which the second has a group across the border.
GAN = StageConfig(num_frames=4, chunk_frames=2, batch_size=2)
OVERRIDES = ("optimizer.ema_decay=0.9", "optimizer.clip_norm=50")
SIZE = (32, 64)


def optimizer(name: str) -> tf.keras.optimizers.legacy.Optimizer:
    if name == "sgd":
        return tf.keras.optimizers.legacy.SGD(1e-3)
    return tf.keras.optimizers.legacy.Adam(1e-4, 0.5)


def trained(
    config: Config, runtime: RuntimeConfig, data: str, name: str
) -> AdversarialModel:
    strategy = create_strategy(runtime)
    assert strategy.num_replicas_in_sync == max(1, len(runtime.devices))
    tf.keras.utils.set_random_seed(1)
    with strategy.scope():
        model = build_model(config)
        model.compile(optimizer(name), optimizer(name))
        model.build_networks(*SIZE)
        for stage in (FLOW, GAN) if config.model == "vid2vid" else (GAN,):
            model.set_stage(stage)
            dataset = distribute(
                lambda share, stage=stage: make_dataset(
                    data,
                    config,
                    num_frames=config.history + stage.num_frames,
                    batch_size=stage.batch_size,
                    training=True,
                    seed=4,
                    share=share,
                )
            )
            model.fit(dataset, steps_per_epoch=3, verbose=0)
    return model


def main(data: str, name: str, preset: str = "test/toy_street") -> None:
    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(
        cpu, [tf.config.LogicalDeviceConfiguration()] * 2
    )
    config = configuration.load(preset, OVERRIDES)
    one = trained(config, RuntimeConfig(strategy="one_device"), data, name)
    two = trained(config, RuntimeConfig(devices=("CPU:0", "CPU:1")), data, name)
    start = build_model(config)
    tf.keras.utils.set_random_seed(1)
    start = build_model(config)
    start.build_networks(*SIZE)

    def networks(model: AdversarialModel) -> list[tf.keras.Model]:
        return [
            model.generator,
            *(network for judges in model.judges().values() for network in judges),
            model.moving_average.generator,
        ]

    def apart(a: AdversarialModel, b: AdversarialModel) -> list[float]:
        return [
            max(
                float(np.abs(v.numpy() - w.numpy()).max())
                for v, w in zip(mine.weights, theirs.weights, strict=True)
            )
            for mine, theirs in zip(networks(a), networks(b), strict=True)
        ]

    clip = next(
        iter(
            make_dataset(
                data,
                config,
                num_frames=6,
                batch_size=1,
                training=False,
                seed=0,
            )
        )
    )
    outputs = float(np.abs(one(clip).numpy() - two(clip).numpy()).max())
    losses = [
        {name: float(value) for name, value in model.meter.result().items()}
        for model in (one, two)
    ]
    found = {
        "weights": apart(one, two),
        "moved": apart(one, start),
        "outputs": outputs,
        "losses": losses,
        "steps": [int(p.optimizer.iterations.numpy()) for p in one.players.values()],
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
