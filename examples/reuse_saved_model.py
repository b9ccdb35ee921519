"""Generates a video with an exported model: TensorFlow alone, nothing of this project.

python examples/reuse_saved_model.py models/vid2vid/1 conditions.npy generated.npy

conditions.npy: uint8 [T, H, W, P] (uint16 of depth), as `v2v-tf prepare` draws them.
Models that use instances, or that are given first frames, take them beside:
`metadata.json` says so.
"""

import sys

import numpy as np
import tensorflow as tf


def main(model_folder: str, conditions_file: str, output: str, *more: str) -> None:
    """`more`: `instances=FILE` [T, H, W], `frames=FILE` uint8 [n - 1, H, W, 3]."""
    model = tf.saved_model.load(model_folder)
    given = {"conditions": conditions_file, **dict(pair.split("=") for pair in more)}
    arrays = {k: tf.constant(np.load(file))[tf.newaxis] for k, file in given.items()}
    frames = arrays.pop("frames", None)
    begin = "init_states" if frames is None else "init_states_from_frames"
    start = model.signatures[begin]

    n = start.structured_input_signature[1]["conditions"].shape[1]  # before the first
    first = {name: array[:, :n] for name, array in arrays.items()}
    states = start(**first) if frames is None else start(frames=frames, **first)
    rest = {name: array[:, n:] for name, array in arrays.items()}
    generated = model.signatures["generate_clip"](**rest, **states)["fake_frames"]
    np.save(output, generated[0].numpy())


if __name__ == "__main__":
    main(*sys.argv[1:])
