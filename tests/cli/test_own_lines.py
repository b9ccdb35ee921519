"""What the project warns of is shown as plain lines, and others' lines as they were."""

from __future__ import annotations

import subprocess
import sys

from absl import logging

from v2v_tf.cli.own_lines import shown_plainly

_LOGGED = """
import sys
from absl import logging
from v2v_tf.cli.own_lines import shown_plainly

def say(file):
    code = "logging.warning('%d of %s', 3, 'five')"
    exec(compile(code, file, "exec"), {"logging": logging})

with shown_plainly():
    for _ in range(2):
        say(sys.argv[1])
        say("/elsewhere/v2v_tf_like/other.py")
say(sys.argv[1])
"""


def test_own_lines_are_plain_and_come_once():
    own = sys.modules["v2v_tf.cli.own_lines"].__file__
    done = subprocess.run(
        [sys.executable, "-c", _LOGGED, own], capture_output=True, text=True, check=True
    )
    assert done.stderr.splitlines() == [
        "warning: 3 of five",
        "WARNING:absl:3 of five",
        "WARNING:absl:3 of five",
        "WARNING:absl:3 of five",
    ]


def test_a_log_that_somebody_takes_is_left_to_them(caplog, capsys):
    code = compile(
        "logging.warning('one %s', 'line')", shown_plainly.__code__.co_filename, "exec"
    )
    with shown_plainly():
        exec(code, {"logging": logging})
    assert [record.getMessage() for record in caplog.records] == ["one line"]
    assert "warning: one line" not in capsys.readouterr().err


def test_a_warning_of_records_comes_once(toy_data, toy_config, tmp_path):
    changed = "conditioning.street.num_labels=9"
    done = subprocess.run(
        [sys.executable, "-m", "v2v_tf.cli.main", "train", "--data", toy_data]
        + ["--config", "test/toy_street", "--set", changed, "--dry-run"]
        + ["--set", "conditioning.street.palette=generic", "--run", tmp_path / "run"],
        capture_output=True,
        text=True,
        check=False,
    )
    said = [x for x in done.stderr.splitlines() if "was prepared with" in x]
    assert len(said) == 1, done.stderr
    assert said[0].startswith(f"warning: {toy_data} was prepared with conditioning.")
    assert "absl" not in done.stderr
