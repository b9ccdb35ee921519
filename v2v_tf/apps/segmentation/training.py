"""Trains the segmentation network on real frames, by plain Keras `fit`."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from tqdm import tqdm

from v2v_tf import __version__
from v2v_tf.apps.segmentation.dataset import (
    Shares,
    held_out_clips,
    share_clips,
    training_batches,
)
from v2v_tf.apps.segmentation.segmenter import Segmenter
from v2v_tf.config import Config
from v2v_tf.data.records.manifest import MANIFEST, read_manifest
from v2v_tf.detection.segmentation_network import SegmentationNetwork
from v2v_tf.detection.segmenter_folder import (
    FACTS_FILE,
    FORMAT_VERSION,
    WEIGHTS_FILE,
    build,
    read_facts,
)
from v2v_tf.errors import InputError
from v2v_tf.inference.job import Destination, Job, write_json
from v2v_tf.metrics.segmentation import confusion_matrix, mean_iou
from v2v_tf.storage import packs
from v2v_tf.storage.files import sha256
from v2v_tf.tasks.registry import ignored_label_of, labels_of, num_labels_of

STEPS = 800
BATCH_SIZE = 8
LEARNING_RATE = 2e-3
CACHE_FOLDER = "segmenter"  # in a run


def train_segmenter(
    data_dir: str | Path,
    output: str | Path,
    config: Config,
    *,
    seed: int = 0,
    steps: int = STEPS,
    overwrite: bool = False,
) -> dict[str, Any]:
    """Trains a network; `output` appears when it is done.

    Adam from 2e-3 down to 0, batches of 8 frames, as drawn and augmented in training.

    Args:
        data_dir: clip records of the task street.
        output: folder to write.
        config: configuration that the records fit.
        seed: seed of the initial weights and of all draws.
        steps: batches.
        overwrite: replace a former network.

    Returns:
        What `segmenter.json` holds: `held_out_miou` is its mean IoU on real clips that
        it was not trained on, None where there are none.

    Raises:
        InputError: no records, or of another task; no steps; a used output folder.
    """
    data_dir = Path(data_dir)
    if steps < 1:
        raise InputError(f"the steps of training must be 1 or more, got {steps}")
    if seed < 0:
        raise InputError(f"the seed of training must be 0 or more, got {seed}")
    destination = Destination(output, overwrite)
    job = Job("segmentation network", (FACTS_FILE,), destination, (data_dir,))
    job.check()
    shares = share_clips(data_dir, config)
    network = _fit(shares, config, seed, steps)
    facts = {
        **_origin(data_dir, config, seed, steps),
        "labels": _names(config),
        "size": list(shares.records.plan.size),
        "batch_size": BATCH_SIZE,
        "learning_rate": LEARNING_RATE,
        "held_out": shares.held_out,
        "held_out_miou": None,
        "versions": {
            "v2v_tf": __version__,
            "tensorflow": tf.__version__,
        },
    }
    if shares.held_out is not None:
        facts["held_out_miou"] = _tested(Segmenter(network, facts), shares, config)
    # A copy that was never compiled, so that the optimizer's state stays behind.
    trained = build(num_labels_of(config))
    trained.set_weights(network.get_weights())
    with job.making() as working:
        trained.save_weights(working / WEIGHTS_FILE)
        facts["weights_sha256"] = sha256(working / WEIGHTS_FILE)
        write_json(working / FACTS_FILE, facts)
    return facts


def ensure_segmenter(
    run_dir: Path, data_dir: Path, config: Config, steps: int = STEPS
) -> Segmenter:
    """Returns the network that a run keeps for its evaluation; trains it once.

    It lies in `<run>/segmenter`, that of a pack in the user's cache, and is trained
    anew where records, labels or the way of training are no longer those that it was
    trained with.

    Args:
        run_dir: run folder of the model that is evaluated.
        data_dir: clip records.
        config: configuration of the run.
        steps: batches.

    Raises:
        InputError: as `train_segmenter`; a folder of that name holds something else.
    """
    wanted = _origin(data_dir, config, seed=0, steps=steps)
    folder = run_dir / CACHE_FOLDER
    if packs.is_pack(run_dir):
        name = f"{CACHE_FOLDER}-{wanted['records'][:16]}-{steps}"
        folder = packs.cache_folder() / name
    if folder.exists():
        facts = read_facts(folder)
        if all(facts.get(key) == value for key, value in wanted.items()):
            return Segmenter.load(folder)
        print(f"{folder} was trained otherwise or on other records: once more")
    print(f"training a segmentation network on the real clips, once: {folder}")
    facts = train_segmenter(data_dir, folder, config, steps=steps, overwrite=True)
    if facts["held_out"] is not None:
        print(f"its mean IoU on held-out real clips: {facts['held_out_miou']:.3f}")
    return Segmenter.load(folder)


def _fit(shares: Shares, config: Config, seed: int, steps: int) -> SegmentationNetwork:
    network = build(num_labels_of(config), seed)
    rate = tf.keras.optimizers.schedules.PolynomialDecay(LEARNING_RATE, steps, 0.0)
    network.compile(
        tf.keras.optimizers.Adam(rate),
        tf.keras.losses.SparseCategoricalCrossentropy(
            from_logits=True, ignore_class=ignored_label_of(config)
        ),
    )
    with tqdm(total=steps, unit="step", desc="segmenter", disable=None) as bar:
        progress = tf.keras.callbacks.LambdaCallback(
            on_train_batch_end=lambda _batch, _logs: bar.update()
        )
        network.fit(
            training_batches(shares, config, BATCH_SIZE, seed),
            steps_per_epoch=steps,
            callbacks=[progress, tf.keras.callbacks.TerminateOnNaN()],
            verbose=0,
        )
    return network


def _tested(segmenter: Segmenter, shares: Shares, config: Config) -> float:
    num_labels = segmenter.num_labels
    confusion = np.zeros([num_labels, num_labels], np.int64)
    for frames, labels in held_out_clips(shares, config):
        predicted = segmenter.segment(frames).label_maps
        confusion += confusion_matrix(
            labels, predicted, num_labels, ignored_label_of(config)
        )
    return mean_iou(confusion)


def _names(config: Config) -> list[str] | None:
    """Returns the names of the labels; None where their palette has fewer."""
    labels = labels_of(config)
    try:
        return None if labels is None else list(labels.names)
    except InputError:
        return None


def _origin(data_dir: Path, config: Config, seed: int, steps: int) -> dict[str, Any]:
    """Returns what decides the weights, and what a kept network is known again by."""
    read_manifest(data_dir)
    manifest = (data_dir / MANIFEST).read_bytes()
    return {
        "format_version": FORMAT_VERSION,
        "records": hashlib.sha256(manifest).hexdigest(),
        "num_labels": num_labels_of(config),
        "seed": seed,
        "steps": steps,
    }
