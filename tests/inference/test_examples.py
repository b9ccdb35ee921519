"""The examples of public names run as they stand, beside a run and its records."""

from __future__ import annotations

import doctest

import pytest

from v2v_tf.data.prepare.prepare import prepare
from v2v_tf.inference import frame_by_frame, generation, loading, synthesizer
from v2v_tf.toy_street.writer import write_clips


@pytest.fixture(scope="module")
def folder(tmp_path_factory, toy_config, save_run):
    """Holds `runs/toy` and `data/toy`, clips of six frames."""
    folder = tmp_path_factory.mktemp("examples")
    save_run(toy_config(), folder / "runs/toy")
    write_clips(folder / "clips", num_clips=1, num_frames=6, size=(32, 64), seed=2)
    prepare(folder / "clips", folder / "data/toy", toy_config())
    return folder


@pytest.mark.parametrize(
    "module",
    [frame_by_frame, generation, loading, synthesizer],
    ids=lambda m: m.__name__,
)
def test_examples_give_what_they_say(folder, module, monkeypatch):
    monkeypatch.chdir(folder)
    failed, run = doctest.testmod(module)
    assert failed == 0 and run >= 2
