"""One worker of several: trains by `TF_CONFIG` and writes down its weights.

`python -m tests.training.worker RECORDS RUN WEIGHTS [KEY=VALUE ...]`; with STOP=n in
the environment it sends itself SIGTERM after n steps.
"""

from __future__ import annotations

import os
import signal
import sys

import numpy as np
import tensorflow as tf

from v2v_tf import config as configuration
from v2v_tf.training.interruption import Interrupted
from v2v_tf.training.trainer import train


class Stop(tf.keras.callbacks.Callback):
    def __init__(self) -> None:
        super().__init__()
        self.left = int(os.environ.get("STOP", "0"))

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGTERM)


def main(data: str, run: str, weights: str, *overrides: str) -> None:
    config = configuration.load_config("test/toy_street", overrides)
    try:
        model = train(config, data, run, callbacks=[Stop()])
    except Interrupted as stopped:
        print(f"stopped after {stopped.step}")
        return
    networks = (model.generator, *model.discriminators)
    values = [w.numpy().ravel() for network in networks for w in network.weights]
    np.save(weights, np.concatenate(values))


if __name__ == "__main__":
    main(*sys.argv[1:])
