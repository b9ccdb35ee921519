"""More epochs on a finished run end as if they had been there from the beginning."""

from __future__ import annotations

import json
import shutil

import pytest

from tests.training.small_runs import At, flow_only, steps, tensors, terminate
from v2v_tf.errors import InputError
from v2v_tf.storage import runs
from v2v_tf.training import extension
from v2v_tf.training.interruption import Interrupted
from v2v_tf.training.trainer import train


@pytest.mark.slow
def test_it_ends_as_a_run_that_had_them_from_the_beginning(
    uninterrupted, toy_data, tmp_path, capsys
):
    run = shutil.copytree(uninterrupted, tmp_path / "run")
    # Stopped within, and the same command given again: nothing is added twice.
    with pytest.raises(Interrupted):
        train(flow_only(), toy_data, run, callbacks=[At(2, terminate)], extend=1)
    assert runs.load_config(run).curriculum[-1].extra_epochs == 1
    train(flow_only(), toy_data, run, extend=1)
    assert "has trained 8 of 9 steps: goes on" in capsys.readouterr().out
    assert steps(run)[0] == 9
    train(flow_only("curriculum.0.extra_epochs=1"), toy_data, tmp_path / "whole")
    assert tensors(run) == tensors(tmp_path / "whole")
    history = (run / "history.json").read_bytes()
    assert history == (tmp_path / "whole/history.json").read_bytes()
    assert len(json.loads(history)) == 3


@pytest.mark.slow
def test_a_finished_run_says_how_to_go_on(uninterrupted, toy_data, capsys):
    train(flow_only(), toy_data, uninterrupted)
    said = capsys.readouterr().out
    assert "is trained to its end already: add epochs with --extend N" in said
    assert f"--warm-start {uninterrupted} --run OTHER" in said


def test_more_epochs_in_the_configuration_name_the_option(uninterrupted, toy_data):
    longer = flow_only("curriculum.0.epochs=3")
    with pytest.raises(InputError, match="epochs is 2 there and 3 here.*--extend for"):
        train(longer, toy_data, uninterrupted)


def test_there_must_be_a_run_and_an_epoch(uninterrupted, toy_data, tmp_path):
    with pytest.raises(InputError, match="--extend must be 1 or more, got 0"):
        train(flow_only(), toy_data, uninterrupted, extend=0)
    for folder, overwrite in ((tmp_path / "none", False), (uninterrupted, True)):
        with pytest.raises(InputError, match="--extend goes on with a run: leave it"):
            train(flow_only(), toy_data, folder, overwrite, extend=1)
    assert not (tmp_path / "none").exists()


def test_what_was_added_counts_without_being_said_again(uninterrupted, tmp_path):
    run = shutil.copytree(uninterrupted, tmp_path / "run")
    text = (run / "config.yaml").read_text()
    (run / "config.yaml").write_text(text.replace("extra_epochs: 0", "extra_epochs: 2"))
    assert extension.as_extended(run, flow_only()).curriculum[-1].extra_epochs == 2
    other = flow_only("curriculum.0.extra_epochs=5")
    assert extension.as_extended(run, other) == other
