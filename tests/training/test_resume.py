"""A run that was stopped ends with the bytes of one that never was."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.training.small_runs import At, flow_only, steps, tensors, terminate
from v2v_tf import config as configuration
from v2v_tf.config import to_yaml
from v2v_tf.data.prepare.prepare import prepare
from v2v_tf.errors import InputError
from v2v_tf.storage import runs
from v2v_tf.toy_street.writer import write_clips
from v2v_tf.training import run_state
from v2v_tf.training.interruption import Interrupted
from v2v_tf.training.run_state import Origin
from v2v_tf.training.trainer import train


def test_sigterm_saves_and_the_same_command_goes_on(uninterrupted, toy_data, tmp_path):
    run = tmp_path / "run"
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(Interrupted, match="SIGTERM, saved after step 5") as stopped:
        train(flow_only(), toy_data, run, callbacks=[At(5, terminate)])
    assert (stopped.value.signum, stopped.value.step) == (signal.SIGTERM, 5)
    assert signal.getsignal(signal.SIGTERM) is before
    assert steps(run) == [5, 3]
    assert len(json.loads((run / "history.json").read_text())) == 1
    train(flow_only(), toy_data, run)
    assert steps(run) == [6, 5]
    assert tensors(run) == tensors(uninterrupted)
    history = (run / "history.json").read_bytes()
    assert history == (uninterrupted / "history.json").read_bytes()


@pytest.mark.slow
def test_a_run_that_is_complete_stays_as_it_is(uninterrupted, toy_data, capsys):
    files = {p: p.read_bytes() for p in uninterrupted.rglob("*") if p.is_file()}
    model = train(flow_only(), toy_data, uninterrupted)
    assert "is trained to its end already" in capsys.readouterr().out
    assert {p: p.read_bytes() for p in uninterrupted.rglob("*") if p.is_file()} == files
    assert int(model.generator_optimizer.iterations) == 6


def test_without_a_whole_checkpoint_there_is_an_error_and_nothing_is_lost(
    uninterrupted, toy_data, tmp_path
):
    run = tmp_path / "run"
    (run / "checkpoints").mkdir(parents=True)
    for name in ("config.yaml", "origin.json", "history.json"):
        (run / name).write_bytes((uninterrupted / name).read_bytes())
    (run / "checkpoints/ckpt-3.index").write_bytes(b"half")
    with pytest.raises(InputError, match="all 1 checkpoints are damaged"):
        train(flow_only(), toy_data, run)
    assert steps(run) == [3]


def test_another_configuration_does_not_go_on(uninterrupted, toy_data):
    with pytest.raises(InputError, match="seed is 0 there and 9 here"):
        train(flow_only("seed=9"), toy_data, uninterrupted)


def test_exchanged_records_do_not_go_on_and_copied_ones_do(
    uninterrupted, toy_data, tmp_path
):
    copy = shutil.copytree(toy_data, tmp_path / "elsewhere")
    run_state.check_same(uninterrupted, flow_only(), Origin.of(copy, None))
    # The same names of clips and files, and black frames in them.
    clips = tmp_path / "clips"
    write_clips(clips, 3, 8, (32, 64), seed=3)
    for path in clips.glob("train_B/*/*.png"):
        cv2.imwrite(str(path), np.zeros((32, 64, 3), np.uint8))
    black = configuration.load_config("test/toy_street", ("data.max_black_fraction=2",))
    prepare(clips, tmp_path / "black", black)
    names = {path.name for path in toy_data.glob("*.tfrecord")}
    assert {path.name for path in (tmp_path / "black").glob("*.tfrecord")} == names
    with pytest.raises(InputError, match="held other clips then.*--warm-start"):
        train(flow_only(), tmp_path / "black", uninterrupted)
    # Under the manifest of the others they are no better, and begin no run either.
    for path in (tmp_path / "black").glob("*.tfrecord"):
        shutil.copy(path, copy / path.name)
    with pytest.raises(InputError, match="held other clips then.*--warm-start"):
        train(flow_only(), copy, uninterrupted)
    with pytest.raises(InputError, match="holds other clips than its manifest says"):
        train(flow_only(), copy, tmp_path / "new")
    assert not (tmp_path / "new").exists()


@pytest.mark.slow
def test_a_record_file_that_vanishes_is_named(toy_data, tmp_path):
    data = tmp_path / "records"
    data.mkdir()
    for path in toy_data.iterdir():
        (data / path.name).write_bytes(path.read_bytes())
    config = flow_only("curriculum.0.steps_per_epoch=200", "data.shuffle_buffer=1")

    def vanish() -> None:
        for path in data.glob("*.tfrecord*"):
            path.unlink()

    with pytest.raises(InputError, match="a record file cannot be read") as bad:
        train(config, data, tmp_path / "run", callbacks=[At(1, vanish)])
    assert f"({data}/train-0000" in str(bad.value)
    assert "\n" not in str(bad.value)  # of a traceback


PROGRAM = """
import sys
from pathlib import Path
from v2v_tf.cli.main import main
sys.exit(main(sys.argv[1:]))
"""


def newest(run: Path) -> int:
    return max((step for step, _ in runs.checkpoints(run)), default=0)


@pytest.mark.slow
def test_sigkill_at_any_moment_changes_no_byte(toy_data, tmp_path):
    """Both sides, two stages, a checkpoint every other step; kills at random."""
    config = configuration.load_config(
        "test/toy_street",
        (
            *("curriculum.0.steps_per_epoch=5", "curriculum.1.epochs=3"),
            *("curriculum.1.steps_per_epoch=5", "runtime.checkpoint_steps=2"),
            *("curriculum.1.end_learning_rate=1e-4", "previews.clips=1"),
            *("optimizer.ema_decay=0.99", "curriculum.1.history_noise=6"),
            *("discriminator.augment=true", "losses.gradient_penalty=0.5"),
        ),
    )
    path = tmp_path / "config.yaml"
    path.write_text(to_yaml(config))

    def command(run: Path) -> list[str]:
        folders = ("--data", str(toy_data), "--run", str(run))
        return [sys.executable, "-c", PROGRAM, "train", "--config", str(path), *folders]

    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    subprocess.run(command(whole), check=True, env=environment, capture_output=True)
    moments = random.Random(7)
    kills = 0
    for step in (1, 6, 9, 14):
        with subprocess.Popen(
            command(killed),
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:
            deadline = time.monotonic() + 300
            while process.poll() is None and newest(killed) < step:
                assert time.monotonic() < deadline, f"no checkpoint of step {step}"
                time.sleep(0.01)
            # Somewhere in the steps after it.
            time.sleep(moments.uniform(0.0, 0.5))
            process.kill()
        kills += process.returncode == -signal.SIGKILL
    assert kills >= 3
    subprocess.run(command(killed), check=True, env=environment, capture_output=True)
    assert steps(killed)[0] == 20
    assert tensors(killed) == tensors(whole)
    history = (killed / "history.json").read_bytes()
    assert history == (whole / "history.json").read_bytes()
    assert {p.name for p in (killed / "checkpoints").iterdir()} == {
        p.name for p in (whole / "checkpoints").iterdir()
    }
