"""What parts of the network cost, written one way and another.

Each row computes the same twice, the plain way and as `v2v_tf.layers` has it (or as was
tried and left out). Both take turns; medians of processor milliseconds a call, forward
and forward with gradient. All in float32 at batch 1.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import tensorflow as tf

from v2v_tf.layers.heads import OutputHead
from v2v_tf.layers.normalization import InstanceNormalization
from v2v_tf.layers.padding import reflect_pad

Form = Callable[..., tf.Tensor]
_REPEATS = 9


def normalize_by_operations(x: tf.Tensor, norm: InstanceNormalization) -> tf.Tensor:
    """Instance norm, centred twice, one operation after the other."""
    x -= tf.reduce_mean(x, [1, 2], keepdims=True)
    x -= tf.reduce_mean(x, [1, 2], keepdims=True)
    variance = tf.reduce_mean(tf.square(x), [1, 2], keepdims=True)
    return x * (norm.gamma * tf.math.rsqrt(variance + 1e-5)) + norm.beta


def rows() -> list[tuple[str, tf.Tensor, Form, Form]]:
    """Returns name, input, plain form, other form."""
    wide = tf.random.stateless_normal([1, 128, 256, 64], [1, 1])
    deep = tf.random.stateless_normal([1, 16, 32, 512], [1, 2])
    window = tf.random.stateless_normal([1, 134, 262, 108], [1, 3])
    norm, head = InstanceNormalization(), OutputHead(3, None)
    norm(wide), head(wide)
    stems = [
        tf.random.stateless_normal([7, 7, 108, filters], [2, filters])
        for filters in (64, 32)
    ]
    kernel = tf.random.stateless_normal([3, 3, 512, 512], [3, 1])
    variable, constant = tf.Variable(kernel), kernel.numpy()
    fused_by_xla = tf.function(
        lambda x: normalize_by_operations(x, norm), jit_compile=True, autograph=False
    )

    def two_stems(x: tf.Tensor) -> tf.Tensor:
        return tf.concat([tf.nn.conv2d(x, k, 1, "VALID") for k in stems], -1)

    def one_stem(x: tf.Tensor) -> tf.Tensor:
        return tf.nn.conv2d(x, tf.concat(stems, -1), 1, "VALID")

    return [
        (
            "instance norm, 64 maps: fused kernel",
            wide,
            lambda x: normalize_by_operations(x, norm),
            norm,
        ),
        (
            "instance norm, 64 maps: XLA (not taken)",
            wide,
            lambda x: normalize_by_operations(x, norm),
            fused_by_xla,
        ),
        ("7x7 head, 64 to 3: rows as channels", wide, head.convolution, head),
        (
            "reflection by 1, 512 maps of 32x16: gathered",
            deep,
            lambda x: tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]], "REFLECT"),
            lambda x: reflect_pad(x, 1, 1),
        ),
        (
            "first row and column off: tf.slice",
            wide,
            lambda x: x[:, 1:, 1:],
            lambda x: tf.slice(x, [0, 1, 1, 0], [-1, -1, -1, -1]),
        ),
        ("two label stems in one (not taken)", window, two_stems, one_stem),
        (
            "3x3, 512 to 512, weights as constants (not taken)",
            deep,
            lambda x: tf.nn.conv2d(x, variable, 1, "VALID"),
            lambda x: tf.nn.conv2d(x, tf.constant(constant), 1, "VALID"),
        ),
    ]


def measure(forms: tuple[Form, Form], x: tf.Tensor, training: bool) -> list[float]:
    """Returns the medians of both forms, in processor milliseconds."""

    def step(form: Form) -> Callable[[tf.Tensor], object]:
        if not training:
            return tf.function(lambda x: form(x), autograph=False)

        def with_gradient(x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            with tf.GradientTape() as tape:
                tape.watch(x)
                # Squared and returned, so that nothing can be left out or folded away.
                loss = tf.reduce_sum(tf.square(form(x)))
            return loss, tape.gradient(loss, x)

        return tf.function(with_gradient, autograph=False)

    steps = [step(form) for form in forms]
    seconds: list[list[float]] = [[], []]
    for turn in range(_REPEATS + 2):
        for index in (0, 1) if turn % 2 else (1, 0):
            begin = time.process_time()
            steps[index](x)
            if turn >= 2:
                seconds[index].append(time.process_time() - begin)
    return [1e3 * statistics.median(one) for one in seconds]


def main() -> None:
    """Prints a table."""
    print("| what | forward: plain, other | with gradient: plain, other |")
    print("|---|---|---|")
    for name, x, plain, other in rows():
        cells = [
            "{:.2f}, {:.2f} ms".format(*measure((plain, other), x, training))
            for training in (False, True)
        ]
        print(f"| {name} | {cells[0]} | {cells[1]} |", flush=True)


if __name__ == "__main__":
    main()
