"""Clips that no model should be trained on, as folders and as ready records."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import tensorflow as tf

from v2v_tf.data import flow as flows
from v2v_tf.data.records.manifest import read_manifest


def wrong_labels(clips: Path, name: str) -> None:
    """Labels of 9, where eight are known."""
    for path in _files(clips, "train_A", name):
        labels = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        labels[:4, :4] = 9
        cv2.imwrite(str(path), labels)


def black_frames(clips: Path, name: str) -> None:
    """Every other frame black."""
    for path in _files(clips, "train_B", name)[::2]:
        cv2.imwrite(str(path), np.zeros_like(cv2.imread(str(path))))


def too_short(clips: Path, name: str) -> None:
    """Two frames."""
    for kind in ("train_A", "train_B", "train_inst", "train_flow", "train_visible"):
        for path in _files(clips, kind, name):
            if path.stem not in ("000000", "000001"):
                path.unlink()


def no_flow(clips: Path, name: str) -> None:
    """Its own flow says that nothing moves."""
    for path in _files(clips, "train_flow", name):
        flow, confidence = flows.read_flow(path)
        path.write_bytes(flows.encode_flow(np.zeros_like(flow), confidence))


FOLDERS = {
    "max_label": wrong_labels,
    "black_fraction": black_frames,
    "num_frames": too_short,
    "flow_p95": no_flow,
}
# What ready records of such clips say of themselves.
FEATURES = {"max_label": [9], "black_fraction": [0.5], "flow_p95": [0.0]}


def change_records(folder: Path, **features: list) -> None:
    """Changes features of the first record of every file of the training split."""
    for file in read_manifest(folder).split("train").files:
        path = str(folder / file)
        records = list(tf.data.TFRecordDataset(path).as_numpy_iterator())
        with tf.io.TFRecordWriter(path) as writer:
            for index, record in enumerate(records):
                example = tf.train.Example.FromString(record)
                for name, values in features.items() if index == 0 else ():
                    feature = example.features.feature[name]
                    kind = getattr(feature, feature.WhichOneof("kind"))
                    kind.value[:] = values
                writer.write(example.SerializeToString(deterministic=True))


def _files(clips: Path, kind: str, name: str) -> list[Path]:
    folder = clips / kind / name
    return sorted(folder.iterdir()) if folder.is_dir() else []
