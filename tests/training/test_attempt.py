"""The mark of a run that trains: gone with any end but a kill."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from v2v_tf.errors import InputError
from v2v_tf.training.attempt import MARK, Attempt, check_last, marked


@pytest.fixture
def warned(monkeypatch) -> list[str]:
    lines: list[str] = []
    monkeypatch.setattr(
        "absl.logging.warning", lambda text, *values: lines.append(text % values)
    )
    return lines


@pytest.mark.parametrize("error", [None, ValueError, KeyboardInterrupt, SystemExit])
def test_whatever_ends_it_takes_the_mark_away(tmp_path, warned, error):
    try:
        with marked(tmp_path):
            mark = json.loads((tmp_path / MARK).read_text())
            assert mark["process"] == os.getpid() and mark["host"]
            if error is not None:
                raise error
    except (ValueError, KeyboardInterrupt, SystemExit):
        pass
    assert list(tmp_path.iterdir()) == []
    check_last(tmp_path, "less")
    assert warned == []


def test_one_that_does_not_write_leaves_no_mark(tmp_path):
    with marked(tmp_path, writes=False):
        assert list(tmp_path.iterdir()) == []


def _train_in_another_process(folder, end: str) -> int:
    program = (
        "import os, pathlib, sys, time\n"
        "from v2v_tf.training.attempt import marked\n"
        f"with marked(pathlib.Path(sys.argv[1])): {end}\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, folder],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    if "input" in end:
        assert process.stdout.readline() == "begun\n"
    else:
        process.wait(timeout=60)
    return process


@pytest.mark.slow
def test_a_kill_is_told_at_the_next_start(tmp_path, warned):
    process = _train_in_another_process(tmp_path, "os.kill(os.getpid(), 9)")
    assert process.returncode == -9
    check_last(tmp_path, "less would be needed with x=1")
    (line,) = warned
    assert f"process {process.pid} on" in line and "was killed" in line
    assert "memory ran out; no checkpoint was saved; less would be needed" in line
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints/ckpt-12.index").touch()
    check_last(tmp_path, "less")
    assert "the last checkpoint is that of step 12; less" in warned[1]


@pytest.mark.slow
def test_a_run_is_not_trained_twice_at_once(tmp_path, warned):
    process = _train_in_another_process(tmp_path, "print('begun', flush=True); input()")
    try:
        with pytest.raises(InputError, match=f"by process {process.pid} on .* since"):
            check_last(tmp_path, "less")
        with pytest.raises(InputError, match="is being trained"), marked(tmp_path):
            pass
        assert (tmp_path / MARK).is_file()
    finally:
        process.communicate("\n", timeout=60)
    check_last(tmp_path, "less")
    assert warned == []


def test_a_later_process_of_the_same_number_is_another(tmp_path, warned):
    parent = os.getppid()
    attempt = Attempt(parent, Attempt.of_this_process().host, "then")
    (tmp_path / MARK).write_text(json.dumps(vars(attempt)))
    check_last(tmp_path, "less")
    assert "begun then" in warned[0]


def test_of_another_machine_nobody_knows(tmp_path, warned):
    mine = vars(Attempt.of_this_process())
    (tmp_path / MARK).write_text(json.dumps({**mine, "host": "elsewhere"}))
    check_last(tmp_path, "less")
    assert "on elsewhere" in warned[0]


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"process": 3}'])
def test_half_a_mark_is_none(tmp_path, warned, text):
    (tmp_path / MARK).write_text(text)
    check_last(tmp_path, "less")
    assert warned == []
