"""A run or a pack that is served without an export of one's own."""

import argparse

import pytest

from serving import options
from serving.cached_export import cached_export
from tests.untrained_runs import write_run
from v2v_tf import load_config
from v2v_tf.errors import InputError


def parsed(*arguments):
    parser = argparse.ArgumentParser()
    options.add_arguments(parser)
    return parser.parse_args(arguments)


@pytest.mark.slow
def test_a_run_is_exported_once_and_served_by_its_name(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("V2V_TF_CACHE", str(tmp_path / "cache"))
    config = load_config("test/toy_street")
    run = write_run(tmp_path / "street", config, 1)
    (model,) = options.from_arguments(parsed("--model", str(run))).models
    assert (model.name, model.base_path.parents[2]) == ("street", tmp_path / "cache")
    assert (model.base_path / "1" / "saved_model.pb").is_file()
    assert f"exporting {run} once" in capsys.readouterr().out

    named = options.from_arguments(parsed("--model", str(run), "--model-name", "m"))
    assert [(one.name, one.base_path) for one in named.models] == [
        ("m", model.base_path)
    ]
    assert capsys.readouterr().out == ""
    # Other weights are another export.
    write_run(tmp_path / "street", config, 2, step=8)
    assert cached_export(str(run))[1] != model.base_path


def test_what_is_served_is_named_once(tmp_path):
    for arguments in (
        [],
        ["--model", "street", "--model-base-path", str(tmp_path)],
        ["--model-config-file", "a", "--model-base-path", str(tmp_path)],
    ):
        with pytest.raises(InputError, match="either --model-base-path .* --model "):
            options.from_arguments(parsed(*arguments))


def test_a_model_that_is_not_there_is_one_line(tmp_path, monkeypatch):
    monkeypatch.setenv("V2V_TF_CACHE", str(tmp_path / "cache"))
    with pytest.raises(InputError, match="nor is it the name of a pack"):
        options.from_arguments(parsed("--model", "no-such-pack"))
