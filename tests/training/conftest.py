"""What TensorBoard would read from event files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import tensorflow as tf

Points = dict[str, list[tuple[int, float]]]


@pytest.fixture(scope="session")
def read_scalars() -> Callable[[Path], Points]:
    """Reads the scalars of a folder of event files: tag to (step, value)."""

    def read(folder: Path) -> Points:
        points: Points = {}
        for path in sorted(folder.glob("events.out.tfevents.*")):
            for event in tf.compat.v1.train.summary_iterator(str(path)):
                for value in event.summary.value:
                    if value.metadata.plugin_data.plugin_name == "scalars":
                        number = float(tf.make_ndarray(value.tensor))
                        points.setdefault(value.tag, []).append((event.step, number))
        return points

    return read


@pytest.fixture(scope="session")
def uninterrupted(tmp_path_factory, toy_data) -> Path:
    """A finished run: two epochs of three steps of flow alone. Never change it."""
    from tests.training.small_runs import flow_only
    from v2v_tf.training.trainer import train

    folder = tmp_path_factory.mktemp("uninterrupted") / "run"
    train(flow_only(), toy_data, folder)
    return folder
