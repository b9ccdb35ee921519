import argparse
import importlib.metadata
import os
import signal
import subprocess
import sys
import time

import pytest

from v2v_tf import compat
from v2v_tf.cli import main as main_module
from v2v_tf.cli.main import COMMANDS, main

COMMAND = (sys.executable, "-m", "v2v_tf.cli.main")
NAMES = tuple(name.replace("_", "-") for name in COMMANDS)


def test_help_lists_every_command_without_heavy_imports():
    done = subprocess.run(
        [sys.executable, "-X", "importtime", *COMMAND[1:], "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    words = done.stdout.split()
    assert set(NAMES) <= set(words) and len(NAMES) >= 5
    imported = {
        line.rpartition("|")[2].strip().partition(".")[0]
        for line in done.stderr.splitlines()
        if line.startswith("import time:")
    }
    assert {"argparse", "v2v_tf"} <= imported
    assert not imported & {"tensorflow", "keras", "cv2", "apache_beam", "numpy"}


@pytest.mark.parametrize("name", NAMES)
def test_every_command_explains_itself(name, capsys):
    with pytest.raises(SystemExit) as stopped:
        main([name, "--help"])
    assert stopped.value.code == 0
    out = capsys.readouterr().out
    where = ("--output", "--run", "ACTION")
    assert f"usage: v2v-tf {name}" in out and any(word in out for word in where)


@pytest.mark.parametrize("arguments", [[], ["trian"], ["train", "--dta", "x"]])
def test_wrong_usage_exits_2(arguments, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert "usage: v2v-tf" in capsys.readouterr().err


def test_ctrl_c_exits_130_with_one_line(tmp_path):
    environment = dict(os.environ, TF_CPP_MIN_LOG_LEVEL="3")
    process = subprocess.Popen(
        [*COMMAND, "toy-street", "--output", tmp_path / "out", "--clips", "9999"],
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        # A shell starts background jobs with the signal ignored, and it is inherited.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        deadline = time.monotonic() + 60
        while not list(tmp_path.glob("out/train_B/*")):
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130
    assert errors.splitlines()[-1] == "v2v-tf toy-street: interrupted"
    assert "Traceback" not in errors


def _parser_with(value: str, name: str = "pipeline") -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="v2v-tf")
    subparsers = parser.add_subparsers(dest="command", required=True)
    point = importlib.metadata.EntryPoint(name, value, main_module.ENTRY_POINT_GROUP)
    main_module._add_foreign(subparsers, point)
    return parser


@pytest.mark.parametrize(
    "rest", [[], ["run"], ["run", "--steps", "3"], ["--help"], ["-x", "--", "y"]]
)
def test_a_foreign_command_without_its_extra_names_it(rest, monkeypatch, capsys):
    parser = _parser_with("absent_of_v2v.commands [pipeline]")
    assert "needs [pipeline]" in parser.format_help()
    monkeypatch.setattr(main_module, "build_parser", lambda: parser)
    monkeypatch.setattr(compat, "no_tfx_here", lambda: None)
    assert main(["pipeline", *rest]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("v2v-tf pipeline: needs the extra [pipeline]: pip install")
    assert "'v2v_tf[pipeline]'" in line and "No module named 'absent_of_v2v'" in line


def test_a_foreign_command_without_a_named_extra_goes_by_its_package():
    args = _parser_with("absent_serving.cli:commands", "serve").parse_args(["serve"])
    with pytest.raises(main_module.InputError, match=r"extra \[absent_serving\]"):
        args.run_command(args)


def test_a_foreign_command_that_loads_adds_its_own_parser(
    tmp_path, monkeypatch, capsys
):
    (tmp_path / "foreign_of_v2v.py").write_text(
        "def add_parser(subparsers):\n"
        "    parser = subparsers.add_parser('foreign')\n"
        "    parser.add_argument('--number', type=int)\n"
        "    parser.set_defaults(run_command=lambda args: args.number + 1)\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    parser = _parser_with("foreign_of_v2v", "foreign")
    monkeypatch.setattr(main_module, "build_parser", lambda: parser)
    assert main(["foreign", "--number", "6"]) == 7
