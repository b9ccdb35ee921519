"""The `tf.data` pipeline: from clip records to batches of clips and flow.

Every draw is a function of (seed, pass, clip index): the same seed gives the same
batches, a pipeline can begin at any of them, and no iterator needs to be saved.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tensorflow as tf
from absl import logging

from v2v_tf.config import Config
from v2v_tf.data.clips import Clip
from v2v_tf.data.input.decoder import ClipDecoder
from v2v_tf.data.records.folder import Records, open_records, usable_clips
from v2v_tf.data.records.manifest import read_manifest
from v2v_tf.errors import InputError


@dataclass(frozen=True)
class Share:
    """Says what one worker of several reads: its block of every batch, by replicas.

    Attributes:
        worker: number of the worker.
        num_workers: workers that share a batch.
        num_replicas: devices of a worker; each takes a batch of its own, in turn.
    """

    worker: int = 0
    num_workers: int = 1
    num_replicas: int = 1

    def check(self, batch_size: int) -> None:
        """Raises InputError for a batch that cannot be shared."""
        parts = self.num_workers * self.num_replicas
        if batch_size % parts:
            raise InputError(
                f"a batch of {batch_size} clips cannot be shared by {parts} devices: "
                f"make batch_size a multiple of {parts}, or use fewer devices"
            )

    def of(self, clips: tf.data.Dataset, batch_size: int) -> tf.data.Dataset:
        """Returns this worker's clips of the whole stream."""
        if self.num_workers == 1:
            return clips
        block = batch_size // self.num_workers
        mine = clips.enumerate().filter(
            lambda index, _: index % batch_size // block == self.worker
        )
        return mine.map(lambda _, clip: clip)


def make_dataset(
    data_dir: str | Path,
    config: Config,
    *,
    num_frames: int,
    batch_size: int,
    training: bool,
    seed: int,
    split: str = "train",
    repeat: bool = True,
    first_batch: int = 0,
    share: Share | None = None,
) -> tf.data.Dataset:
    """Makes batches of clips.

    In training every pass shuffles the records, draws a clip of each (start, stride)
    and one geometric transform for all its images; pose planes are redrawn with random
    drops. Otherwise clips start at frame 0, in the records' order, uncut or cut in the
    middle. Records shorter than `num_frames` are left out, with one warning.

    Args:
        data_dir: written by `prepare`.
        config: the effective configuration.
        num_frames: T, frames of a clip.
        batch_size: B.
        training: whether to shuffle and draw.
        seed: seed of all draws.
        split: `train` or `eval`.
        repeat: endless passes; else one, whose last batch may be smaller.
        first_batch: begin there, as if those before had been taken.
        share: the part of every batch that is read here; None for all of it.

    Returns:
        A dataset of dicts with static shapes (B is a replica's part, and unknown
        where a last batch is smaller): `conditions` [B, T, H, W, P], of
        `Conditioning.plane_dtype`, `frames` uint8 [B, T, H, W, 3], `flow` float32
        [B, T - 1, H, W, 2] in pixels, of frame t + 1 to t of the clip,
        `flow_confidence` float32 [B, T - 1, H, W, 1]; `instances` int32 [B, T, H, W]
        where the conditioning uses them; `faces` int32 [B, T, 4] where the
        configuration has a face discriminator: boxes as of
        `Conditioning.face_boxes`, found before random drops.

    Raises:
        InputError: unusable records (see `open_records`), or all too short; a share
            that does not divide the batch.

    Example:
        ```python
        >>> from v2v_tf import load_config
        >>> config = load_config("test/toy_street")
        >>> dataset = make_dataset(
        ...     "data/toy", config, num_frames=4, batch_size=2, training=True, seed=1
        ... )
        >>> batch = next(iter(dataset))
        >>> batch["frames"].shape, batch["flow"].shape
        (TensorShape([2, 4, 32, 64, 3]), TensorShape([2, 3, 32, 64, 2]))
        ```
    """
    for name, value in (("num_frames", num_frames), ("batch_size", batch_size)):
        if value < 1:
            raise InputError(f"{name} must be 1 or more, got {value}")
    if config.data.max_stride < 1 or config.data.shuffle_buffer < 1:
        raise InputError("data.max_stride and data.shuffle_buffer must be 1 or more")
    records = open_records(data_dir, config, split, training)
    usable = records.require_usable(num_frames)
    if not all(usable):
        logging.warning(
            "%s: %d of %d clips are shorter than %d frames and left out",
            data_dir,
            len(usable) - sum(usable),
            len(usable),
            num_frames,
        )
    share = share or Share()
    share.check(batch_size)
    decoder = ClipDecoder(records, config, num_frames)
    first_pass, first_clip = divmod(first_batch * batch_size, sum(usable))
    base_seed = tf.constant([seed % 2**31, 0], tf.int32)

    def one_pass(number: tf.Tensor) -> tf.data.Dataset:
        # Of this function's graph alone: the program's global seed, which `shuffle`
        # mixes in (and cannot take as 0 beside a tensor), must not matter.
        tf.random.set_seed(1)
        pass_seed = tf.random.fold_in(base_seed, number)
        clips = _serialized(records, usable)
        if training:
            order_seed = tf.random.stateless_uniform(
                [], pass_seed, dtype=tf.int64, minval=None, maxval=None
            )
            clips = clips.shuffle(
                config.data.shuffle_buffer,
                seed=order_seed,
                reshuffle_each_iteration=False,
            )
        if first_clip:
            clips = clips.skip(
                tf.where(number == first_pass, tf.constant(first_clip, tf.int64), 0)
            )
        return clips.map(
            lambda index, serialized: (tf.random.fold_in(pass_seed, index), serialized)
        )

    last_pass = np.iinfo(np.int32).max if repeat else 1
    passes = tf.data.Dataset.range(first_pass, max(first_pass, last_pass))
    dataset = share.of(passes.flat_map(one_pass), batch_size).map(
        decoder.decode, num_parallel_calls=tf.data.AUTOTUNE
    )
    whole_batches = repeat or sum(usable) % batch_size == 0
    return dataset.batch(
        batch_size // (share.num_workers * share.num_replicas),
        drop_remainder=whole_batches,
    ).prefetch(tf.data.AUTOTUNE)


def read_clips(
    data_dir: str | Path, config: Config, split: str = "train"
) -> Iterator[Clip]:
    """Iterates over whole clips, one after the other, in evaluation geometry.

    Args:
        data_dir: written by `prepare`.
        config: the effective configuration.
        split: `train` or `eval`.

    Returns:
        An iterator of clips with all T frames of their records.

    Raises:
        InputError: unusable records, at once.

    Example:
        ```python
        >>> from v2v_tf import load_config
        >>> config = load_config("test/toy_street")
        >>> [len(clip) for clip in read_clips("data/toy", config)]
        [8, 8, 8]
        ```
    """
    records = open_records(data_dir, config, split, training=False)
    decoder = ClipDecoder(records, config, num_frames=None)
    seed = tf.zeros([2], tf.int32)
    dataset = _serialized(records, [True] * len(records.split.clips)).map(
        lambda _index, serialized: decoder.decode(seed, serialized)
    )
    arrays = dataset.prefetch(1).as_numpy_iterator()
    clips = zip(records.split.clips, arrays, strict=True)
    return (Clip(clip_id=one.clip_id, fps=one.fps, **found) for one, found in clips)


def count_clips(data_dir: str | Path, split: str = "train", num_frames: int = 1) -> int:
    """Returns how many clips of a split have `num_frames` frames or more.

    Raises:
        InputError: no records, or no such split.
    """
    return sum(usable_clips(read_manifest(data_dir).split(split), num_frames))


def _serialized(records: Records, usable: list[bool]) -> tf.data.Dataset:
    """Returns (index, record) of the usable clips, in the order of the files."""
    dataset = tf.data.TFRecordDataset(list(records.files)).enumerate()
    if all(usable):
        return dataset
    # Known beforehand, so that short records are not even parsed.
    table = tf.constant(usable)
    return dataset.filter(lambda index, _serialized: table[index])
