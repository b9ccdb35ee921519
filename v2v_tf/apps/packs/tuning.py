"""Configures the fine-tuning of a trained model."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path

from v2v_tf import config as configuration
from v2v_tf.config import Config
from v2v_tf.storage import runs


def finetuning_config(folder: str | Path, overrides: Sequence[str] = ()) -> Config:
    """Returns the configuration of a model, with the last of its stages alone.

    Args:
        folder: a pack or a run.
        overrides: changes of keys, `key.sub=value`.

    Raises:
        InputError: neither a pack nor a run, or an override that cannot be.

    Example:
        ```python
        >>> from v2v_tf.apps.packs.tuning import finetuning_config
        >>> config = finetuning_config("runs/toy", ["curriculum.0.epochs=2"])
        >>> [stage.epochs for stage in config.curriculum]
        [2]

        ```
    """
    folder = Path(folder)
    last = runs.load_config(folder).curriculum[-1]
    stage = json.dumps(dataclasses.asdict(last))
    path = folder / runs.CONFIG_FILE
    return configuration.load_config(path, (f"curriculum=[{stage}]", *overrides))
