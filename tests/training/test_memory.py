"""What a process keeps of trainings that are over."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable

import pytest
import tensorflow as tf

from v2v_tf.layers.gradients import registered_gradients
from v2v_tf.training.trainer import train


def graphs() -> list[tf.Graph]:
    gc.collect()
    return [thing for thing in gc.get_objects() if isinstance(thing, tf.Graph)]


def left_over(run: Callable[[], object]) -> tuple[list[str], int]:
    """Returns the names of the graphs, and how many gradients, `run` leaves behind."""
    before, gradients = weakref.WeakSet(graphs()), registered_gradients()
    run()
    new = [graph.name for graph in graphs() if graph not in before]
    return new, len(registered_gradients() - gradients)


@pytest.mark.slow
def test_a_second_training_leaves_no_graph_behind(tmp_path, toy_config, toy_data):
    def run(name: str) -> Callable[[], object]:
        return lambda: train(toy_config, toy_data, tmp_path / name)

    # TensorFlow Addons keep their traces of the first, one for each size of frames.
    _, gradients = left_over(run("first"))
    assert gradients == 0
    assert left_over(run("second")) == ([], 0)
