"""What `prepare` left in a folder."""

from __future__ import annotations

import json
from pathlib import Path

import tensorflow as tf

from v2v_tf.data.records import clip as clip_record


def records(folder: Path) -> list[dict[str, tf.Tensor]]:
    """Returns the parsed records, in the order of the files."""
    files = sorted(str(path) for path in folder.glob("*.tfrecord"))
    return [clip_record.parse_example(r) for r in tf.data.TFRecordDataset(files)]


def contents(folder: Path) -> dict[str, bytes]:
    """Returns the bytes of every file by name."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def quarantine(folder: Path) -> list[dict[str, str]]:
    """Returns the clips that were put aside, with their reasons."""
    lines = (folder / "quarantine.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]
