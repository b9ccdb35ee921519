"""Frames a second and core of the input pipeline, against the bare decoding.

Toy street at 256x128, training clips of 8 frames with instances, flow and flips. Rates
are frames by CPU second, so that other load on the machine counts little.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import tensorflow as tf

from v2v_tf import config as configuration
from v2v_tf.data.flow import decode_flow_in_graph
from v2v_tf.data.input.dataset import make_dataset
from v2v_tf.data.prepare.prepare import prepare
from v2v_tf.data.records import clip as clip_record
from v2v_tf.toy_street.writer import write_clips

_SIZE = (128, 256)  # (height, width)
_NUM_CLIPS = 32
_RECORD_FRAMES = 10
_NUM_FRAMES = 8
_RUNS = 5


def main() -> None:
    """Prints medians over interleaved runs."""
    config = configuration.load_config(
        "toy_street", (f"data.resize.load_size={_SIZE[1]}",)
    )
    strides = configuration.load_config(
        "toy_street", (f"data.resize.load_size={_SIZE[1]}", "data.max_stride=2")
    )
    with tempfile.TemporaryDirectory() as folder:
        write_clips(Path(folder, "clips"), _NUM_CLIPS, _RECORD_FRAMES, _SIZE, seed=1)
        records = Path(folder, "records")
        prepare(Path(folder, "clips"), records, config)
        measured: dict[str, Callable[[], float]] = {
            "bare decoding": _decoding(records),
            "pipeline": _pipeline(records, config),
            "pipeline, strides 1 .. 2": _pipeline(records, strides),
        }
        rates: dict[str, list[float]] = {name: [] for name in measured}
        for _ in range(_RUNS):
            for name, measure in measured.items():
                rates[name].append(measure())
    bare = statistics.median(rates["bare decoding"])
    for name, values in rates.items():
        rate = statistics.median(values)
        print(
            f"{name}: {rate:.0f} frames/s and core "
            f"({min(values):.0f} .. {max(values):.0f}), "
            f"{1000 / rate:.2f} ms a frame, {bare / rate:.2f} x the bare decoding"
        )


def _pipeline(records: Path, config: configuration.Config) -> Callable[[], float]:
    """One pass of training; finite, so that no work is left running behind."""
    dataset = make_dataset(
        records,
        config,
        num_frames=_NUM_FRAMES,
        batch_size=1,
        training=True,
        seed=0,
        repeat=False,
    )
    return lambda: _rate(dataset, _NUM_CLIPS * _NUM_FRAMES)


def _decoding(records: Path) -> Callable[[], float]:
    """Decodes frame, planes, instances and flow of every stored frame but the first."""
    names = ("frames", "conditions", "instances", "flows")
    images: dict[str, list[tf.Tensor]] = {name: [] for name in names}
    for path in sorted(records.glob("*.tfrecord")):
        for serialized in tf.data.TFRecordDataset(str(path)):
            clip = clip_record.parse_example(serialized)
            for name in names:
                images[name].append(clip[name][-(_RECORD_FRAMES - 1) :])
    stacked = tuple(tf.concat(images[name], axis=0) for name in names)
    dataset = tf.data.Dataset.from_tensor_slices(stacked).map(
        lambda frame, planes, instances, flow: (
            clip_record.decode_frame(frame),
            clip_record.decode_planes(planes, 1),
            clip_record.decode_instances(instances),
            decode_flow_in_graph(flow),
        ),
        num_parallel_calls=tf.data.AUTOTUNE,
    )
    return lambda: _rate(dataset, len(dataset))


def _rate(dataset: tf.data.Dataset, num_frames: int) -> float:
    begin = time.process_time()
    for _ in dataset:
        pass
    return num_frames / (time.process_time() - begin)


if __name__ == "__main__":
    main()
