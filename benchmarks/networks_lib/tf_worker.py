"""The TensorFlow worker: one frame of our generator, or a matrix product."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import tensorflow as tf

from networks_lib.cases import ROWS, Row
from networks_lib.inputs import make_inputs
from networks_lib.serving import Prepared, serve
from v2v_tf.config import GeneratorConfig, RuntimeConfig
from v2v_tf.layers.precision import precision_scope
from v2v_tf.models.vid2vid.scales import CoarseGenerator


def prepare(job: dict[str, Any]) -> Prepared:
    """Returns the job, ready to run; `job` is one that `measuring` makes."""
    facts = {"version": tf.__version__}
    if "matmul" in job:
        return Prepared(_matrix_product(job["matmul"], job["precision"]), facts)
    row = ROWS[job["row"]]
    generator = _generator(row, job["precision"])
    inputs = tuple(map(tf.constant, make_inputs(row)))
    step = _training if job["mode"] == "training" else _forward
    # A function of eager mode on a CPU returns when its results are there.
    function = tf.function(lambda *args: step(generator, *args), autograph=False)
    # Builds the weights before the trace, which then only reads them.
    generator(*inputs)
    facts["parameters"] = sum(v.shape.num_elements() for v in generator.weights)
    return Prepared(lambda: function(*inputs), facts)


def _generator(row: Row, precision: str) -> CoarseGenerator:
    config = GeneratorConfig(
        num_filters=row.num_filters,
        num_downsamples=row.num_downsamples,
        num_blocks=row.num_blocks,
        num_frames=row.num_frames,
        use_foreground=True,
    )
    with precision_scope(RuntimeConfig(precision=precision)):
        return CoarseGenerator(config, (row.foreground_label,))


def _forward(generator: CoarseGenerator, *inputs: tf.Tensor) -> tuple[tf.Tensor, ...]:
    output = generator(*inputs)
    if not hasattr(output, "fake_frames"):  # with what a finer scale reads
        output = output[0]
    return output.fake_frames, output.raw_frames, output.flow, output.mask


def _training(generator: CoarseGenerator, *inputs: tf.Tensor) -> list[tf.Tensor]:
    """The gradients of all weights; they are results, so that none is left out."""
    with tf.GradientTape() as tape:
        loss = tf.add_n([tf.reduce_mean(x) for x in _forward(generator, *inputs)])
    return tape.gradient(loss, generator.trainable_variables)


def _matrix_product(size: int, precision: str) -> Callable[[], None]:
    dtype = tf.as_dtype(precision.removeprefix("mixed_"))
    left, right = (tf.cast(tf.random.normal([size, size]), dtype) for _ in range(2))
    product = tf.function(lambda a, b: tf.linalg.matmul(a, b), autograph=False)
    return lambda: product(left, right)


if __name__ == "__main__":
    serve(prepare)
