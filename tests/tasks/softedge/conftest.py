"""Networks of soft edges, made up, as files of the layout that is read."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from v2v_tf.tasks.softedge import detector as module
from v2v_tf.tasks.softedge.weights import BLOCKS

WIDTHS = (2, 3, 4, 5, 6)  # features of each block

Arrays = dict[str, np.ndarray]


def blank_arrays() -> Arrays:
    """Returns a network that passes nothing on, by the paths of its file."""
    arrays, channels = {}, 3

    def add(name: str, size: int, inputs: int, outputs: int) -> None:
        shape = (size, size, inputs, outputs)
        arrays[f"{name}/vars/0"] = np.zeros(shape, np.float32)
        arrays[f"{name}/vars/1"] = np.zeros([outputs], np.float32)

    for number, (count, width) in enumerate(zip(BLOCKS, WIDTHS, strict=True), 1):
        for index in range(count):
            suffix = f"_{index}" if index else ""
            add(f"block{number}/layers/conv2d{suffix}", 3, channels, width)
            channels = width
        add(f"dsn{number}", 1, channels, 1)
    add("fuse", 1, 5, 1)
    return arrays


def contrast_arrays() -> Arrays:
    """Returns a network that finds where red rises or green falls, to the right."""
    arrays = blank_arrays()
    first = arrays["block1/layers/conv2d/vars/0"]
    # Blue, green, red; from left to right.
    first[1, :, 2, 0] = (-1, 0, 1)
    first[1, :, 1, 1] = (1, 0, -1)
    for name, array in arrays.items():
        if array.ndim == 4 and array.shape[0] == 3 and name.startswith("block1"):
            continue
        array[...] = 0.001 if array.ndim == 4 else 0
    arrays["block1/layers/conv2d_1/vars/0"][1, 1] = np.eye(2)
    arrays["dsn1/vars/0"][0, 0, :, 0] = 0.05
    arrays["fuse/vars/0"][0, 0, :, 0] = (1, 0, 0, 0, 0)
    arrays["fuse/vars/1"][:] = -4
    return arrays


def write(path: Path, arrays: Arrays) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w") as file:
        for name, array in arrays.items():
            file[name] = array
        file.create_group("block2/layers/max_pooling2d/vars")
    return path


@pytest.fixture
def write_network(tmp_path) -> Callable[[Arrays], Path]:
    """Writes a network to a file of the name that the package has."""
    return lambda arrays: write(tmp_path / Path(module.WEIGHTS.inside).name, arrays)


@pytest.fixture
def made_up(tmp_path, monkeypatch) -> Path:
    """The file of a made-up network, which the detector takes for the published one."""
    import dataclasses

    path = write(
        tmp_path / "networks" / Path(module.WEIGHTS.inside).name, contrast_arrays()
    )
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    wanted = dataclasses.replace(module.WEIGHTS, sha256=found)
    monkeypatch.setattr(module, "WEIGHTS", wanted)
    return path
