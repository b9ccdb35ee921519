"""Memory at the command line: planned, run out of, and killed for."""

from __future__ import annotations

import re
import resource
import signal
import subprocess
import sys
import time

import pytest

from v2v_tf.cli import main as entry
from v2v_tf.cli import toy_street

TOY = ("--config", "test/toy_street")
GIB = 2**30


def command(*arguments: object, limit: int | None = None) -> subprocess.Popen:
    """Starts `v2v-tf`, under a limit of address space."""

    def limited() -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_AS, (limit, limit))

    return subprocess.Popen(
        [sys.executable, "-m", "v2v_tf.cli.main", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=limited,
    )


def lines_of(text: str) -> list[str]:
    """Lines without those that a progress bar writes over."""
    return [x.rpartition("\r")[2] for x in text.splitlines() if x.strip()]


def test_a_dry_run_says_what_would_be_and_writes_nothing(
    tmp_path, cli_data, call, capsys
):
    run = tmp_path / "new/run"
    arguments = ("--data", cli_data, "--run", run, "--dry-run")
    assert call("train", *TOY, *arguments) == 0
    said = capsys.readouterr().out
    counts = dict(re.findall(r"^  (\w+) +([\d,]+)$", said, re.M))
    numbers = {name: int(x.replace(",", "")) for name, x in counts.items()}
    together = numbers.pop("together")
    assert set(numbers) == {"generator", "image", "temporal_s0"}
    assert together == sum(numbers.values()) > 60_000
    assert "frames of 64x32" in said
    flow = "flow           1 epochs of 2 steps, 2 clips of 2 + 2 frames, 8 seen, about"
    assert flow in said and "gan            1 epochs of 2 steps, 2 clips of" in said
    assert "4 steps in all, 24 frames seen" in said
    assert re.search(r"memory: about \d\.\d GiB for the largest stage; there are", said)
    assert f"the run would be written to {run}" in said
    assert list(tmp_path.iterdir()) == []


def test_a_dry_run_of_a_run_says_where_it_would_go_on(toy_run, cli_data, call, capsys):
    before = {p: p.stat().st_mtime_ns for p in toy_run.rglob("*")}
    folders = ("--data", cli_data, "--run", toy_run, "--dry-run")
    assert call("train", *TOY, *folders) == 0
    said = capsys.readouterr().out
    assert f"the run {toy_run} is trained to its end already" in said
    assert {p: p.stat().st_mtime_ns for p in toy_run.rglob("*")} == before


def test_a_dry_run_checks_as_a_start_does(tmp_path, cli_data, call, capsys):
    arguments = ("--data", cli_data, "--run", tmp_path / "run", "--dry-run")
    too_long = ("--set", "curriculum.1.num_frames=7")
    assert call("train", *TOY, *arguments, *too_long) == 2
    assert "9 frames that were asked for" in capsys.readouterr().err
    (tmp_path / "run").mkdir()
    (tmp_path / "run/thesis.txt").touch()
    assert call("train", *TOY, *arguments) == 2
    assert "already holds something" in capsys.readouterr().err


@pytest.mark.slow
def test_training_without_enough_memory_ends_in_one_line(tmp_path, cli_data):
    run = tmp_path / "run"
    process = command(
        *("train", *TOY, "--data", cli_data, "--run", run),
        *("--set", "generator.num_filters=4096"),
        limit=3 * GIB,
    )
    _, errors = process.communicate(timeout=500)
    assert "Traceback" not in errors
    last = lines_of(errors)[-1]
    assert last.startswith("v2v-tf train: out of memory: "), errors
    assert "generator.num_filters=2048" in last
    assert last.endswith("; nothing was written yet")
    assert process.returncode == 1 and not run.exists()


@pytest.mark.slow
def test_generating_without_enough_memory_ends_in_one_line(
    tmp_path, toy_run, cli_clips
):
    process = command(
        *("generate", "--model", toy_run, "--source", cli_clips),
        *("--size", "6144x3072", "--output", tmp_path / "out"),
        limit=3 * GIB,
    )
    _, errors = process.communicate(timeout=500)
    assert "Traceback" not in errors
    last = lines_of(errors)[-1]
    # TensorFlow crashes at some limits, at which a second process speaks.
    cause = "out of memory: "
    if process.returncode < 0:
        cause = (
            "the process was killed or crashed, most likely because memory ran out: "
        )
    assert last.startswith(f"v2v-tf generate: {cause}--size 3072x1536 saves about ")
    assert "--resume" in last and process.returncode != 0
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_a_killed_training_says_so_now_and_at_the_next_start(tmp_path, cli_data, call):
    run = tmp_path / "run"
    arguments = ("train", *TOY, "--data", cli_data, "--run", run)
    process = command(*arguments)
    try:
        deadline = time.monotonic() + 400
        while not (run / "training.json").exists():
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.05)
    finally:
        process.kill()
    _, errors = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    last = lines_of(errors)[-1]
    assert "killed or crashed, most likely because memory ran out: " in last
    assert "which no setting saves; " in last and str(run) in last
    again = command(*arguments)
    _, errors = again.communicate(timeout=500)
    assert again.returncode == 0
    (line,) = [x for x in lines_of(errors) if "the last training" in x]
    assert f"process {process.pid} on" in line and "memory ran out" in line
    assert "curriculum.1.batch_size=1" in line
    assert not (run / "training.json").exists()


@pytest.fixture
def failing(monkeypatch):
    """Runs a command that raises an error, with options; returns its status."""

    def run(error: Exception, *options: str) -> int:
        def fail(args: object) -> int:
            raise error

        monkeypatch.setattr(toy_street, "run", fail)
        return entry.main(["toy-street", "--output", "x", *options])

    return run


@pytest.mark.parametrize("debug", [False, True])
def test_a_traceback_is_shown_with_debug_alone(failing, capsys, debug):
    options = ["--debug"] if debug else []
    assert failing(MemoryError("no room for [7, 3]"), *options) == 1
    errors = capsys.readouterr().err
    assert ("Traceback" in errors) is debug
    line = errors.splitlines()[-1]
    assert line.startswith("v2v-tf toy-street: out of memory (no room for [7, 3]): ")


def test_a_mistake_of_the_program_keeps_its_traceback(failing):
    with pytest.raises(KeyError):
        failing(KeyError("x"))


@pytest.mark.parametrize(
    "name",
    [
        *(*entry.COMMANDS, "styles fit"),
        pytest.param("pipeline run", marks=pytest.mark.needs("tfx")),
    ],
)
def test_every_command_shows_tracebacks_on_demand(name, capsys):
    with pytest.raises(SystemExit):
        entry.main([*name.replace("_", "-").split(), "--help"])
    shown = capsys.readouterr().out
    assert "--debug" in shown or "ACTION" in shown
