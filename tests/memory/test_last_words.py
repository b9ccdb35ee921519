"""What a process says that dies, and one that does not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from v2v_tf.memory.last_words import LastWords

PROGRAM = """
import os, signal, sys
from v2v_tf.memory.last_words import LastWords
with LastWords("first words") as last_words:
    last_words.say("two\\nlines become one")
    {end}
"""


def run(end: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-c", PROGRAM.format(end=end)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )


@pytest.mark.parametrize("signum", [signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT])
def test_a_death_is_explained(signum):
    done = run(f"os.kill(os.getpid(), {int(signum)})")
    assert done.returncode == -signum
    assert done.stderr == "two lines become one\n" and done.stdout == ""


def test_a_request_to_end_is_no_death():
    done = run(
        f"os.kill(os.getpid(), {int(signal.SIGTERM)}); import time; time.sleep(9)"
    )
    assert (done.returncode, done.stderr) == (128 + signal.SIGTERM, "")


def test_words_may_name_any_path():
    with LastWords(os.fsdecode(b"/tmp/r\xfcn")) as last_words:
        last_words.say("")


def test_an_end_without_a_farewell_is_a_death():
    done = run("os._exit(3)")
    assert (done.returncode, done.stderr) == (3, "two lines become one\n")


@pytest.mark.parametrize(
    ("end", "status"), [("pass", 0), ("sys.exit(4)", 4), ("last_words.say('')", 0)]
)
def test_an_orderly_end_says_nothing(end, status):
    done = run(end)
    assert (done.returncode, done.stderr) == (status, "")


def test_an_error_of_its_own_says_enough():
    done = run("raise ValueError('seven')")
    assert done.returncode == 1
    assert "ValueError: seven" in done.stderr and "two lines" not in done.stderr
