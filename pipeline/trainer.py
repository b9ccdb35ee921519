"""Trains the curriculum as the Trainer's `run_fn`, in a folder that outlives it.

TFX gives every execution new folders. Checkpoints lie in a folder that is named by what
the training depends on, so that a run that was killed resumes from them.
"""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
import json
import os
import shutil
from pathlib import Path

import numpy as np
import tensorflow as tf
from absl import logging
from tfx.v1.components import FnArgs

from pipeline import blessed_run
from pipeline.configs import parse_config
from pipeline.preprocessing import CLIP_LENGTHS, LABEL_FREQUENCIES, read_statistics
from v2v_tf import config as configuration
from v2v_tf.apps.packs.finding import model_folder
from v2v_tf.apps.styles.fitting import fit_styles
from v2v_tf.config import Config
from v2v_tf.data.records.manifest import MANIFEST, read_manifest
from v2v_tf.errors import InputError
from v2v_tf.export.saved_model import ExportOptions, export
from v2v_tf.storage import runs
from v2v_tf.storage.files import write_text
from v2v_tf.storage.packs import PACK_FILE
from v2v_tf.tasks.registry import labels_of
from v2v_tf.training.strategy import create_strategy, is_chief
from v2v_tf.training.trainer import train

_RUN = "run"
_DONE = "exported"


def run_fn(fn_args: FnArgs) -> None:
    """Trains a model and exports it.

    Args:
        fn_args: arguments of TFX's Trainer. `custom_config` holds `config` (YAML of
            the experiment), `training_root` (folder of trainings in progress),
            `export` (fields of `configs.ExportConfig`) and `from_pretrained` (a pack
            or a run to begin with the weights of, where `base_model` names no model
            that goes before it); `train_steps` are the steps of an epoch, 0 as the
            curriculum says.

    Raises:
        InputError: the curriculum cannot use the clips, or `train` refuses its input.
        Interrupted: SIGTERM came; everything is saved.
    """
    custom = fn_args.custom_config
    config = with_steps(parse_config(custom["config"]), fn_args.train_steps)
    data = Path(fn_args.train_files[0]).parent.parent
    statistics = _statistics(fn_args.transform_graph_path, data)
    check_statistics(statistics, config)
    start = _start(fn_args.base_model, custom.get("from_pretrained", ""))
    folder = Path(custom["training_root"]) / fingerprint(config, data, start)
    _forget_done(folder)
    run = folder / _RUN
    logging.info("training in %s", run)
    model = train(config, data, run, warm_start=start)
    if not is_chief(model.distribute_strategy or create_strategy(config.runtime)):
        return
    if config.style.num_features:
        fit_styles(run, data)
    write_text(run / runs.STATISTICS_FILE, json.dumps(_plain(statistics), indent=1))
    _export(run, data, Path(fn_args.serving_model_dir), custom["export"])
    blessed_run.keep(run, Path(fn_args.serving_model_dir))
    shutil.copytree(run, fn_args.model_run_dir, dirs_exist_ok=True)
    (folder / _DONE).touch()


def _start(base_model: str | None, pretrained: str) -> Path | None:
    """Returns the run or the pack whose weights training begins with, if any."""
    if base_model:
        return blessed_run.of_model(base_model)
    return model_folder(pretrained) if pretrained else None


def with_steps(config: Config, steps: int | None) -> Config:
    """Returns a configuration with so many steps an epoch; 0 or None for its own."""
    if not steps:
        return config
    stages = (dataclasses.replace(s, steps_per_epoch=steps) for s in config.curriculum)
    return dataclasses.replace(config, curriculum=tuple(stages))


def fingerprint(config: Config, data: Path, start: Path | None) -> str:
    """Returns a name for what a training depends on, 16 hexadecimal digits.

    Args:
        config: configuration of the experiment.
        data: folder of clip records; its path and its manifest count.
        start: run or pack to begin with the weights of; None for none.
    """
    facts = None if start is None else start / PACK_FILE
    parts = (
        configuration.to_yaml(config),
        (data / MANIFEST).read_text(encoding="utf-8"),
        str(data),
        str(start or ""),
        # Another version of the package may bring another pack of that name.
        facts.read_text(encoding="utf-8") if facts and facts.is_file() else "",
    )
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def check_statistics(statistics: dict[str, np.ndarray], config: Config) -> None:
    """Checks the statistics of all clips against the curriculum.

    Args:
        statistics: statistics that Transform computed, from `read_statistics`.
        config: configuration of the experiment.

    Raises:
        InputError: a stage asks for more frames than the longest clip has.
    """
    longest = int(statistics[CLIP_LENGTHS][1])
    for stage in config.curriculum:
        needed = config.history + stage.num_frames
        if needed > longest:
            raise InputError(
                f"stage '{stage.name}' trains on {needed} frames a clip, and the "
                f"longest clip has {longest}: lower its num_frames, or give longer "
                "sequences"
            )
    labels = labels_of(config)
    if LABEL_FREQUENCIES in statistics and labels is not None:
        names = labels.names
        missing = [names[i] for i in np.flatnonzero(statistics[LABEL_FREQUENCIES] == 0)]
        if missing:
            logging.warning("no clip shows %s", ", ".join(missing))


def _statistics(transform_graph: str, data: Path) -> dict[str, np.ndarray]:
    manifest = read_manifest(data)
    files = [str(data / file) for file in manifest.split("train").files]
    records = tf.data.TFRecordDataset(files).as_numpy_iterator()
    (record,) = itertools.islice(records, 1)
    return read_statistics(transform_graph, record)


def _export(run: Path, data: Path, output: Path, fields: dict) -> None:
    """Exports a run to the folder that TFX looks for, with no version in its name."""
    precision = fields["precision"]
    options = ExportOptions(
        precision=None if precision == "run" else precision,
        state_dtype=fields["state_dtype"],
        freeze=fields["freeze"],
        version=1,
        data=data,
    )
    working = output.with_name(f".{output.name}.versions")
    shutil.rmtree(working, ignore_errors=True)
    try:
        made = export(run, working, options=options)
        output.parent.mkdir(parents=True, exist_ok=True)
        os.replace(made, output)
    finally:
        shutil.rmtree(working, ignore_errors=True)


def _forget_done(folder: Path) -> None:
    """Removes other trainings that were exported; those under way stay."""
    for other in folder.parent.glob("*") if folder.parent.is_dir() else ():
        if other != folder and (other / _DONE).is_file():
            shutil.rmtree(other, ignore_errors=True)


def _plain(statistics: dict[str, np.ndarray]) -> dict[str, list]:
    return {name: value.tolist() for name, value in statistics.items()}
