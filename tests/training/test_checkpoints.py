"""Checkpoints: complete or absent, the newest whole one, a disk that is full."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import tensorflow as tf

from v2v_tf.errors import InputError
from v2v_tf.storage import runs
from v2v_tf.training import checkpoints


def parts(value: float = 0.0, size: int = 300) -> dict:
    return {"network": tf.train.Checkpoint(weight=tf.Variable(tf.fill([size], value)))}


def files(run_dir: Path) -> set[str]:
    return {path.name for path in (run_dir / "checkpoints").iterdir()}


def restored(run_dir: Path) -> tuple[int | None, float]:
    found = parts()
    step = checkpoints.restore_newest(run_dir, lambda _: found)
    return step, float(found["network"].weight[7])


def test_the_newest_two_stay_and_the_newest_is_restored(tmp_path):
    assert restored(tmp_path) == (None, 0.0)
    for step in (3, 12, 7):
        checkpoints.save(parts(step + 0.5), tmp_path, step)
    assert [step for step, _ in runs.checkpoints(tmp_path)] == [12, 7]
    assert files(tmp_path) == {
        *("ckpt-12.index", "ckpt-12.data-00000-of-00001"),
        *("ckpt-7.index", "ckpt-7.data-00000-of-00001"),
    }
    assert restored(tmp_path) == (12, 12.5)


@pytest.mark.parametrize("damage", ["shorter", "changed", "no data", "index"])
def test_a_damaged_checkpoint_is_left_out_with_a_warning(tmp_path, caplog, damage):
    for step in (3, 12):
        checkpoints.save(parts(step + 0.5), tmp_path, step)
    data = tmp_path / "checkpoints/ckpt-12.data-00000-of-00001"
    index = tmp_path / "checkpoints/ckpt-12.index"
    content = data.read_bytes()
    if damage == "shorter":
        data.write_bytes(content[:-200])
    elif damage == "changed":
        middle = len(content) // 2
        data.write_bytes(
            content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
        )
    elif damage == "no data":
        data.unlink()
    else:
        index.write_bytes(index.read_bytes()[:-40])
    assert restored(tmp_path) == (3, 3.5)
    assert "ckpt-12 is damaged and left out" in caplog.text


def test_only_damaged_checkpoints_are_an_error(tmp_path):
    checkpoints.save(parts(), tmp_path, 3)
    (tmp_path / "checkpoints/ckpt-3.data-00000-of-00001").write_bytes(b"")
    with pytest.raises(InputError, match="all 1 checkpoints are damaged"):
        restored(tmp_path)


def test_other_networks_are_an_error(tmp_path):
    checkpoints.save(parts(size=4), tmp_path, 3)
    with pytest.raises(InputError, match="does not fit the networks"):
        restored(tmp_path)


def test_what_kills_left_is_no_checkpoint_and_is_swept(tmp_path):
    checkpoints.save(parts(1.0), tmp_path, 3)
    folder = tmp_path / "checkpoints"
    (folder / "ckpt-5.data-00000-of-00001").write_bytes(b"the index never came")
    (folder / ".partial").mkdir()
    (folder / ".partial/ckpt-6.index").write_bytes(b"not renamed")
    assert restored(tmp_path) == (3, 1.0)
    checkpoints.save(parts(2.0), tmp_path, 4)
    assert files(tmp_path) == {
        *("ckpt-3.index", "ckpt-3.data-00000-of-00001"),
        *("ckpt-4.index", "ckpt-4.data-00000-of-00001"),
    }


@pytest.mark.slow
def test_a_full_disk_is_an_error_and_leaves_the_last_checkpoint(tmp_path):
    checkpoints.save(parts(1.0), tmp_path, 3)
    program = f"""
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
sys.path.insert(0, {str(Path(__file__).parents[2])!r})
from pathlib import Path
from tests.training.test_checkpoints import parts
from v2v_tf.errors import InputError
from v2v_tf.training import checkpoints
# No file may grow beyond 20 kB, as if the disk had no more.
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
try:
    checkpoints.save(parts(2.0, size=100_000), Path({str(tmp_path)!r}), 4)
except InputError as error:
    print("refused:", error)
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
        check=True,
    )
    assert "refused:" in done.stdout, done.stderr
    assert "checkpoint 4 could not be written" in done.stdout
    assert files(tmp_path) == {"ckpt-3.index", "ckpt-3.data-00000-of-00001"}
    assert restored(tmp_path) == (3, 1.0)
