"""Finds the task of a configuration, and the conditioning that it makes."""

from __future__ import annotations

from v2v_tf.config import Config
from v2v_tf.config.plugins import TASKS
from v2v_tf.tasks.base import Conditioning
from v2v_tf.tasks.labels import Labels
from v2v_tf.tasks.points import PointFormat
from v2v_tf.tasks.task import Task


def task_of(config: Config) -> Task:
    """Returns the task of `config.task`.

    Raises:
        InputError: no installed package has it.
    """
    return TASKS.get(config.task)


def points_read(config: Config) -> PointFormat | None:
    """Returns the points that a configuration's conditions are drawn from, if any.

    Raises:
        InputError: no installed package has the task.
    """
    task = task_of(config)
    form = task.points()
    if form is None or all(kind.field != form.field for kind in task.files(config)):
        return None
    return form


def create(config: Config) -> Conditioning:
    """Returns the conditioning of `config.task`.

    Raises:
        InputError: no such task, or options that cannot be.
    """
    return task_of(config).conditioning(config)


def labels_of(config: Config) -> Labels | None:
    """Returns the labels of the configuration's planes; None for other tasks."""
    return task_of(config).labels(config)


def ignored_label_of(config: Config) -> int | None:
    """Returns the id in planes of pixels without a label; None where all have one."""
    labels = labels_of(config)
    return None if labels is None else labels.ignored


def num_labels_of(config: Config) -> int:
    """Returns the number of labels of the configuration's planes, 0 without labels."""
    labels = labels_of(config)
    return 0 if labels is None else labels.num_labels
