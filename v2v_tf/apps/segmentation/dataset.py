"""Reads real frames with their labels, to train and test a segmentation network."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from v2v_tf.config import Config
from v2v_tf.data.input.decoder import ClipDecoder
from v2v_tf.data.records.folder import Records, open_records
from v2v_tf.data.records.manifest import read_manifest
from v2v_tf.errors import InputError
from v2v_tf.inference.frames import from_uint8
from v2v_tf.tasks.registry import task_of

_HELD_OUT_EVERY = 8
_MAX_HELD_OUT = 20  # clips: enough for a mean, and soon read


class Shares(NamedTuple):
    """Says which clips are trained on and which are not.

    Attributes:
        records: records of the split `train`, in training geometry.
        trained_on: for each clip of `records`, whether it is trained on.
        tested_on: records in evaluation geometry, of clips that are not.
        tested: for each clip of `tested_on`, whether it is read.
        held_out: origin of the held-out clips, in words; None where there are none.
    """

    records: Records
    trained_on: list[bool]
    tested_on: Records
    tested: list[bool]
    held_out: str | None


def share_clips(data_dir: str | Path, config: Config) -> Shares:
    """Chooses clips: held out is the split `eval`, else every eighth of `train`.

    Of a single clip nothing is held out. At most 20 clips are.

    Raises:
        InputError: unusable records, or a task without labels.
    """
    if not task_of(config).has_labels:
        raise InputError(
            "a segmentation network needs label maps as conditions, which the task "
            f"{config.task} has not: give records of the task street"
        )
    records = open_records(data_dir, config, "train", training=True)
    num_clips = len(records.split.clips)
    eval_split = read_manifest(data_dir).splits.get("eval")
    if eval_split is not None and eval_split.clips:
        tested_on = open_records(data_dir, config, "eval", training=False)
        tested = _first([True] * len(tested_on.split.clips))
        return Shares(records, [True] * num_clips, tested_on, tested, "the split eval")
    aside = [num_clips > 1 and n % _HELD_OUT_EVERY == 0 for n in range(num_clips)]
    return Shares(
        records,
        [not one for one in aside],
        open_records(data_dir, config, "train", training=False),
        _first(aside),
        "every eighth clip of train" if any(aside) else None,
    )


def training_batches(
    shares: Shares, config: Config, batch_size: int, seed: int
) -> tf.data.Dataset:
    """Returns endless batches of single frames, drawn and augmented as in training.

    Args:
        shares: result of `share_clips`.
        config: the effective configuration.
        batch_size: B.
        seed: seed of all draws.

    Returns:
        Pairs of frames, float32 [B, H, W, 3] in [-1, 1], and labels, uint8 [B, H, W].
    """
    decoder = ClipDecoder(shares.records, config, num_frames=1)
    base = tf.constant([seed % 2**31, 0], tf.int32)
    drawn = (
        _serialized(shares.records, shares.trained_on)
        .repeat()
        .shuffle(config.data.shuffle_buffer, seed=seed)
        .enumerate()
        .map(
            lambda index, record: _pair(
                decoder.decode(tf.random.fold_in(base, index), record)
            ),
            num_parallel_calls=tf.data.AUTOTUNE,
        )
    )
    return drawn.batch(batch_size, drop_remainder=True).prefetch(tf.data.AUTOTUNE)


def held_out_clips(
    shares: Shares, config: Config
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Iterates over whole clips that are not trained on.

    Yields:
        Frames, uint8 [T, H, W, 3], and labels, uint8 [T, H, W].
    """
    decoder = ClipDecoder(shares.tested_on, config, num_frames=None)
    seed = tf.zeros([2], tf.int32)
    clips = _serialized(shares.tested_on, shares.tested).map(
        lambda record: decoder.decode(seed, record)
    )
    for clip in clips.as_numpy_iterator():
        yield clip["frames"], clip["conditions"][..., 0]


def _pair(clip: dict[str, tf.Tensor]) -> tuple[tf.Tensor, tf.Tensor]:
    return from_uint8(clip["frames"][0]), clip["conditions"][0, ..., 0]


def _serialized(records: Records, chosen: list[bool]) -> tf.data.Dataset:
    table = tf.constant(chosen)
    numbered = tf.data.TFRecordDataset(list(records.files)).enumerate()
    return numbered.filter(lambda index, _: table[index]).map(lambda _, record: record)


def _first(chosen: list[bool]) -> list[bool]:
    """Returns the same with all after the first 20 left out."""
    counts = np.cumsum(chosen)
    return [
        bool(one and n <= _MAX_HELD_OUT) for one, n in zip(chosen, counts, strict=True)
    ]
