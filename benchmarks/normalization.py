"""What it costs to give the fused norm the mean and variance of its maps.

Before, maps were shifted by their first pixel, which is wrong where that pixel stands
apart, and the kernel summed them pixel after pixel, which loses digits. Both forms of
the street generator, and of a whole training step, take turns (A B, B A, ...) in one
process; medians of seconds, and the median of the ratios of the pairs with its
quartiles. All in float32 at batch 1.

    python benchmarks/normalization.py --pairs 41
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable
from functools import partial
from unittest import mock

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf

from v2v_tf import config as configuration
from v2v_tf.config import Config, StageConfig
from v2v_tf.layers import normalization
from v2v_tf.models.registry import build_model
from v2v_tf.models.vid2vid.generator import build_generator

Step = Callable[[], object]
_CHUNK = 2
_NUM_PAST = 2
_ROWS = {
    "16 filters, 4 blocks, 128x64": ((64, 128), ()),
    "32 filters, 9 blocks, 256x128": (
        (128, 256),
        ("generator.num_filters=32", "generator.num_blocks=9"),
    ),
}


def first_pixel(x: tf.Tensor) -> tf.Tensor:
    """Shifts maps to begin at 0, as was done before."""
    return x - x[:, :1, :1] if x.dtype == tf.float32 else x


def generation(config: Config, size: tuple[int, int]) -> Step:
    """Returns what generates one frame."""
    generator = build_generator(config)
    generator.build_weights()
    random = np.random.default_rng(0)
    channels = config.generator.num_frames * generator.num_channels
    window = tf.constant(random.random((1, *size, channels), np.float32))
    past = tf.constant(random.random((1, *size, 3 * _NUM_PAST), np.float32))
    return lambda: generator(window, (past,))[-1].fake_frames.numpy()


def training(config: Config, size: tuple[int, int]) -> Step:
    """Returns what takes a step of training of one clip."""
    tf.keras.utils.set_random_seed(1)
    model = build_model(config)
    adam = tf.keras.optimizers.legacy.Adam
    model.compile(adam(1e-4, 0.5), adam(1e-4, 0.5))
    model.build_networks(*size)
    num_frames = _NUM_PAST + _CHUNK
    model.set_stage(StageConfig(num_frames=_CHUNK, chunk_frames=_CHUNK))
    random = np.random.default_rng(0)
    maps, pairs = (1, num_frames, *size), (1, num_frames - 1, *size)
    batch = {
        "conditions": random.integers(0, 8, (*maps, 1), np.uint8),
        "frames": random.integers(0, 256, (*maps, 3), np.uint8),
        "instances": random.integers(0, 3, maps, np.int32),
        "flow": random.normal(0, 2, (*pairs, 2)).astype(np.float32),
        "flow_confidence": np.ones((*pairs, 1), np.float32),
    }
    batch = {name: tf.constant(array) for name, array in batch.items()}
    step = tf.function(lambda: model.train_step(batch), autograph=False)
    return lambda: [float(loss) for loss in step().values()]


def measure(make: Callable[[], Step], pairs: int) -> list[list[float]]:
    """Returns the seconds of both forms, as before and as it is."""
    steps = []
    before = {"_centre_float32": first_pixel, "_gives_statistics": lambda x: False}
    now = {name: getattr(normalization, name) for name in before}
    for form in (before, now):
        with mock.patch.multiple(normalization, **form):
            steps.append(make())
            steps[-1]()  # Traces it in this form.
    seconds: list[list[float]] = [[], []]
    for turn in range(pairs + 2):
        for index in (0, 1) if turn % 2 else (1, 0):
            begin = time.perf_counter()
            steps[index]()
            if turn >= 2:
                seconds[index].append(time.perf_counter() - begin)
    return seconds


def main() -> None:
    """Prints a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=41, help="Runs of each form.")
    pairs = parser.parse_args().pairs
    print("| network | what | before | now | ratio [quartiles] |")
    print("|---|---|---|---|---|")
    for name, (size, overrides) in _ROWS.items():
        config = configuration.load_config("toy_street", overrides)
        for make in (generation, training):
            before, after = measure(partial(make, config, size), pairs)
            ratios = [b / a for a, b in zip(before, after, strict=True)]
            low, middle, high = statistics.quantiles(ratios, n=4)
            cells = [f"{1e3 * statistics.median(s):.1f} ms" for s in (before, after)]
            cells.append(f"{middle:.3f} [{low:.3f}, {high:.3f}]")
            print(f"| {name} | {make.__name__} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
