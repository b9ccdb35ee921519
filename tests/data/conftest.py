"""Records of the small sources of `tests/conftest.py`."""

from __future__ import annotations

import numpy as np
import pytest

from v2v_tf.data.input.dataset import make_dataset
from v2v_tf.data.prepare.prepare import prepare


@pytest.fixture(scope="session")
def street(tmp_path_factory, write_street, make_config):
    """Records of four sequences of 4, 6, 9 and 2 frames, 64x32, the last is bad."""
    folder = tmp_path_factory.mktemp("street")
    names = {"a": 4, "bb": 6, "ccc": 9, "dddd": 2}
    source = write_street(folder / "source", names)
    config = make_config("street", "data.max_bad_fraction=0.5")
    prepare(source, folder / "records", config)
    return folder / "records"


def take(dataset, count):
    return list(dataset.take(count).as_numpy_iterator())


def make(folder, config, **changes):
    arguments = {"num_frames": 3, "batch_size": 2, "training": True, "seed": 4}
    return make_dataset(folder, config, **(arguments | changes))


def equal(left, right):
    return all(
        all(np.array_equal(a[key], b[key]) for key in a)
        for a, b in zip(left, right, strict=True)
    )
