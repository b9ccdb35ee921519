"""Keeps a run beside the SavedModel of a model artifact, for warm starts.

Only the SavedModel is ever pushed, not the run.
"""

from __future__ import annotations

from pathlib import Path

from v2v_tf.errors import InputError
from v2v_tf.storage import runs

_FOLDER = "Format-Training"


def keep(run: Path, serving_model: Path) -> None:
    """Copies a run's configuration and newest checkpoint beside a SavedModel.

    Args:
        run: folder of the run.
        serving_model: folder of the SavedModel in the model artifact.
    """
    folder = serving_model.parent / _FOLDER
    runs.copy_model(run, folder)


def of_model(serving_model: str) -> Path:
    """Returns the folder of the run that a model artifact keeps.

    Args:
        serving_model: folder of the SavedModel in the model artifact.

    Raises:
        InputError: the artifact keeps no run.
    """
    folder = Path(serving_model).parent / _FOLDER
    if not runs.is_run(folder):
        raise InputError(
            f"{serving_model} keeps no weights to begin with (no {folder.name} beside "
            "it): set pipeline.warm_start=false for one run"
        )
    return folder
