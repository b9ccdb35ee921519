"""What a model artifact keeps beside its SavedModel, to begin another training with.

It is never pushed: only the SavedModel is.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from v2v_tf.errors import InputError
from v2v_tf.storage import runs

_FOLDER = "Format-Training"


def keep(run: Path, serving_model: Path) -> None:
    """Copies configuration and newest checkpoint beside a SavedModel."""
    folder = serving_model.parent / _FOLDER
    newest = runs.checkpoints(run)[0][1]
    (folder / runs.CHECKPOINT_FOLDER).mkdir(parents=True)
    for path in Path(newest).parent.glob(f"{Path(newest).name}.*"):
        shutil.copy(path, folder / runs.CHECKPOINT_FOLDER)
    shutil.copy(run / runs.CONFIG_FILE, folder)


def of_model(serving_model: str) -> Path:
    """Returns the run that a model artifact keeps.

    Args:
        serving_model: folder of its SavedModel.

    Raises:
        InputError: it keeps none.
    """
    folder = Path(serving_model).parent / _FOLDER
    if not runs.is_run(folder):
        raise InputError(
            f"{serving_model} keeps no weights to begin with (no {folder.name} beside "
            "it): set pipeline.warm_start=false for one run"
        )
    return folder
