"""Several devices and several workers train as one."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from v2v_tf.storage import runs

ROOT = Path(__file__).parents[2]
OVERRIDES = ("previews.clips=1", "curriculum.1.steps_per_epoch=3")


def start(module: str, *arguments: object, **environment: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", f"tests.training.{module}", *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def output(process: subprocess.Popen) -> str:
    text, errors = process.communicate(timeout=900)
    assert process.returncode == 0, errors[-3000:]
    return text


@pytest.mark.slow
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_two_replicas_train_as_one_device(optimizer):
    text = output(start("replicas", optimizer))
    found = json.loads(text.splitlines()[-1])
    # Two steps of flow alone, then two of two chunks; groups of three frames are in
    # the second. More steps amplify rounding: a start that differs by 1e-7 ends as far
    # apart as the replicas do.
    assert found["steps"] == [4, 4, 2]
    assert len(found["weights"]) == 4
    assert max(found["weights"]) < 1e-5
    # Far less than they moved: a step left out would be seen.
    for moved, apart in zip(found["moved"], found["weights"], strict=True):
        assert moved > 50 * apart
    assert found["outputs"] < 1e-4
    one, two = found["losses"]
    assert one == pytest.approx(two, rel=1e-4)


def free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("localhost", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def train_on_two_workers(data: Path, folder: Path, **stop: str) -> list[str]:
    workers = [f"localhost:{port}" for port in free_ports(2)]
    processes = []
    for index in range(2):
        task = {"type": "worker", "index": index}
        cluster = json.dumps({"cluster": {"worker": workers}, "task": task})
        # Only the second worker is told to stop.
        extra = stop if index == 1 else {}
        weights = folder / f"worker{index}.npy"
        arguments = (data, folder / "run", weights, *OVERRIDES)
        processes.append(start("worker", *arguments, TF_CONFIG=cluster, **extra))
    return [output(process) for process in processes]


@pytest.mark.slow
def test_two_workers_agree_and_write_one_run(toy_data, tmp_path):
    # All stop where one is asked to, and go on together.
    texts = train_on_two_workers(toy_data, tmp_path, STOP="4")
    assert all("stopped after 4" in text for text in texts)
    run = tmp_path / "run"
    assert [step for step, _ in runs.checkpoints(run)] == [4, 2]
    train_on_two_workers(toy_data, tmp_path)
    first, second = (np.load(tmp_path / f"worker{index}.npy") for index in range(2))
    np.testing.assert_array_equal(first, second)
    assert [step for step, _ in runs.checkpoints(run)] == [5, 4]
    assert {path.name for path in run.iterdir()} == {
        *("checkpoints", "config.yaml", "history.json", "metrics.json"),
        *("origin.json", "samples", "train", "validation"),
    }
    # One process with the same batches. Its weights drift away later: Adam makes whole
    # steps of rounding (see above), so the losses of the first epoch are compared, of
    # which the second step is after an update.
    folders = (tmp_path / "alone", tmp_path / "a.npy")
    output(start("worker", toy_data, *folders, *OVERRIDES))
    together, apart = (
        json.loads((tmp_path / name / "history.json").read_text())[0]
        for name in ("run", "alone")
    )
    assert together == pytest.approx(apart, rel=1e-5)
