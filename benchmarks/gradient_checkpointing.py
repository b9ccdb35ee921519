"""Memory and time of a training chunk, with and without gradient checkpointing.

Each row runs in a process of its own: forward and backward of the generator over a
chunk of frames, as training does it (no gradient between frames). Peak is the largest
resident size, less what the process holds once the weights are made.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time


def measure(filters: int, frames: int, recompute: bool, repeats: int) -> dict:
    """Returns seconds a chunk and bytes, of this process."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import tensorflow as tf

    from v2v_tf.config import GeneratorConfig
    from v2v_tf.models.vid2vid.chunk import generate_chunk
    from v2v_tf.models.vid2vid.generator import SequentialGenerator

    config = GeneratorConfig(num_filters=filters)
    generator = SequentialGenerator(config, 36, recompute=recompute)
    generator.build_weights()
    conditions = tf.random.stateless_uniform([1, frames + 2, 128, 256, 36], [1, 2])
    states = generator.init_states(conditions[:, :2], tf.zeros([1, 2, 128, 256, 3]))

    @tf.function(autograph=False)
    def step() -> tf.Tensor:
        with tf.GradientTape() as tape:
            output, _ = generate_chunk(generator, conditions[:, 2:], states)
            loss = tf.reduce_mean(output.fake_frames) + tf.reduce_mean(output.flow)
        gradients = tape.gradient(loss, generator.trainable_variables)
        return tf.add_n([tf.reduce_sum(g) for g in gradients])

    before = _peak()
    step()
    seconds = []
    for _ in range(repeats):
        begin = time.perf_counter()
        step()
        seconds.append(time.perf_counter() - begin)
    return {"seconds": statistics.median(seconds), "bytes": _peak() - before}


def _peak() -> int:
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main() -> None:
    """Prints a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--filters", type=int, default=32)
    parser.add_argument("--frames", type=int, nargs="+", default=[1, 4, 12])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--one", nargs=2, metavar=("FRAMES", "RECOMPUTE"))
    args = parser.parse_args()
    if args.one:
        frames, recompute = int(args.one[0]), args.one[1] == "True"
        print(json.dumps(measure(args.filters, frames, recompute, args.repeats)))
        return
    print(f"Generator of {args.filters} filters, 256x128, float32, forward + backward")
    print(
        "| frames a chunk | checkpointing | peak GiB | s a chunk |\n|---|---|---|---|"
    )
    for frames in args.frames:
        for recompute in (False, True):
            command = [sys.executable, __file__, "--filters", str(args.filters)]
            command += ["--repeats", str(args.repeats)]
            command += ["--one", str(frames), str(recompute)]
            answer = subprocess.run(command, check=True, capture_output=True, text=True)
            found = json.loads(answer.stdout.splitlines()[-1])
            word = "on" if recompute else "off"
            gib, seconds = found["bytes"] / 2**30, found["seconds"]
            print(f"| {frames} | {word} | {gib:.2f} | {seconds:.2f} |", flush=True)


if __name__ == "__main__":
    main()
