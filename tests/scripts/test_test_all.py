"""`make test-all`: every file by itself, all counted, none hidden by another."""

from __future__ import annotations

import contextlib
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

PROGRAM = Path(__file__).parents[2] / "scripts" / "test_all.py"
GOOD = """
import pytest
def test_one(): pass
@pytest.mark.parametrize("x", [1, 2])
def test_two(x): pass
@pytest.mark.skip(reason="not today")
def test_three(): pass
"""
BAD = """
import pytest
@pytest.fixture
def broken(): raise RuntimeError("no fixture")
def test_good(): pass
def test_wrong():
    print("ERROR is what it prints")
    assert 1 + 1 == 3
def test_with(broken): pass
"""
DEAD = """
import os
def test_good(): pass
def test_dies(): os._exit(9)
"""
BY_ITSELF = """
import sys
def test_nothing_is_left_of_other_files():
    assert not hasattr(sys, "left_behind")
    sys.left_behind = True
"""


def run(folder: Path, *arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, str(PROGRAM), *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout + done.stderr


def write(folder: Path, **texts: str) -> None:
    for name, text in texts.items():
        path = folder / "tests" / name[0] / f"test_{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_all_is_counted_and_nothing_hides_the_rest(tmp_path):
    write(tmp_path, a=BAD, b=DEAD, c=GOOD, d="", e="import absent_module")
    status, text = run(tmp_path)
    assert status == 1
    ends = [line for line in text.splitlines() if line.startswith("[")]
    assert [re.sub(r" in \d.*", "", line) for line in ends] == [
        "[1/5] tests/a/test_a.py: 1 failed, 1 passed, 1 error",
        "[2/5] tests/b/test_b.py: 1 error",
        "[3/5] tests/c/test_c.py: 3 passed, 1 skipped",
        "[4/5] tests/d/test_d.py: no tests",
        "[5/5] tests/e/test_e.py: 1 error",
    ]
    closing = text.splitlines()[-1]
    assert re.fullmatch(
        r"==== 1 failed, 4 passed, 1 skipped, 3 errors in 0:0\d:\d\d ====", closing
    )
    summary = text.partition("short test summary info\n")[2]
    for told in ("test_a.py::test_wrong", "test_b.py - pytest ended with 9"):
        assert told in summary
    assert "what it prints" in text and "what it prints" not in summary
    assert "assert (1 + 1) == 3" in text


def test_a_process_for_each_file(tmp_path):
    write(tmp_path, a=BY_ITSELF, b=BY_ITSELF)
    status, text = run(tmp_path)
    assert status == 0 and "==== 2 passed in" in text
    # Not so in one process, or this would prove nothing.
    together = subprocess.run([sys.executable, "-m", "pytest"], cwd=tmp_path)
    assert together.returncode == 1


def test_files_and_options_of_pytest_can_be_given(tmp_path):
    write(tmp_path, a=GOOD, b=BAD)
    status, text = run(tmp_path, "tests/b/test_b.py", "-k", "good")
    assert status == 0 and "==== 1 passed in" in text


def test_the_time_left_is_that_of_the_last_run(tmp_path):
    write(tmp_path, a=GOOD, b=GOOD)
    run(tmp_path)
    kept = tmp_path / ".pytest_cache/seconds_of_files.json"
    kept.write_text('{"tests/a/test_a.py": 5, "tests/b/test_b.py": 7265.0}')
    _, text = run(tmp_path)
    assert re.search(r"\[1/2\] .* s; 2:01:05 left", text)
    assert re.search(r"\[2/2\] .* s; 0:00:00 left", text)
    assert "7265" not in kept.read_text()


def test_no_test_file_is_a_mistake(tmp_path):
    (tmp_path / "tests").mkdir()
    assert run(tmp_path) == (2, "no test file in tests\n")


def test_ctrl_c_tells_what_is_done(tmp_path):
    begun = tmp_path / "begun"
    touch = f"from pathlib import Path; Path({str(begun)!r}).touch()"
    write(tmp_path, a=GOOD, b=f"{touch}\nimport time; time.sleep(600)", c=GOOD)
    with subprocess.Popen(
        [sys.executable, str(PROGRAM)],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
        # A shell starts background jobs with the signal ignored, and it is inherited.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as process:
        deadline = time.monotonic() + 60
        while not begun.exists():
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.02)
        # Python may enter a read just after a signal came, and sleep on: once in many
        # runs, on a busy machine, the first was lost. A person would press again.
        for seconds in (20, 40):
            process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                text, _ = process.communicate(timeout=seconds)
                break
        process.kill()  # of a process that has ended this does nothing
    assert process.returncode == 130
    assert "interrupted in tests/b/test_b.py, 2 of 3" in text
    assert "==== 3 passed, 1 skipped in" in text
