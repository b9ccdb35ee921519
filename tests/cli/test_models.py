"""`v2v-tf models`, and commands that take a pack's name."""

import hashlib
import json
import shutil

import pytest

from tests.untrained_runs import write_run
from v2v_tf import load_config
from v2v_tf.cli.main import main
from v2v_tf.storage import packs

SAID = ("--summary", "A toy.", "--licence", "MIT", "--training-data", "The toy street.")


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("V2V_TF_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache/packs"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run") / "run"
    return write_run(folder, load_config("test/toy_street"), 1)


def save(run, folder, *options):
    arguments = ["models", "save", "--run", str(run), "--output", str(folder)]
    return main([*arguments, *SAID, *options])


def test_a_pack_is_made_listed_shown_and_fetched(run, tmp_path, cache, capsys):
    metrics, card = tmp_path / "m.json", tmp_path / "card.md"
    metrics.write_text(json.dumps({"psnr": 19.5}))
    card.write_text("## Limits\n\nOne.")
    options = ("--metrics", str(metrics), "--card", str(card))
    made_by = ("--made-by", "commit=abc", "--made-by", "command=v2v-tf train")
    assert save(run, tmp_path / "tiny", *options, *made_by) == 0
    assert "made: tiny (" in capsys.readouterr().out
    facts = packs.read_facts(tmp_path / "tiny")
    assert facts.made_by == {"commit": "abc", "command": "v2v-tf train"}

    shutil.make_archive(str(tmp_path / "tiny"), "zip", tmp_path, "tiny")
    archive = tmp_path / "tiny.zip"
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    assert main(["models", "pull", f"{archive.as_uri()}#sha256={digest}"]) == 0
    assert f"fetched: tiny ({cache / 'tiny'})" in capsys.readouterr().out

    assert main(["models", "list"]) == 0
    assert "tiny " in (out := capsys.readouterr().out) and "MB  A toy." in out
    assert main(["models", "show", "tiny"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("# tiny\n") and "| psnr | 19.5 |" in out and "whole" in out


def test_what_is_wrong_is_one_line(run, tmp_path, cache, capsys):
    assert main(["models", "show", "nothing"]) == 2
    assert "no pack is called nothing; there are: " in capsys.readouterr().err
    assert main(["models", "pull", "tiny"]) == 2
    assert "tiny: expected https://HOST/NAME.zip#sha256" in capsys.readouterr().err
    for options, line in (
        (("--made-by", "commit"), "--made-by commit: expected KEY=TEXT"),
        (("--metrics", str(tmp_path / "no.json")), "no.json cannot be read"),
        (("--card", str(tmp_path / "no.md")), "no.md cannot be read"),
    ):
        assert save(run, tmp_path / "p", *options) == 2
        assert line in capsys.readouterr().err
    (tmp_path / "m.json").write_text("[1]")
    assert save(run, tmp_path / "p", "--metrics", str(tmp_path / "m.json")) == 2
    assert "expected names to numbers" in capsys.readouterr().err


def test_a_name_stands_where_a_run_does(run, toy_data, tmp_path, cache, capsys):
    assert save(run, cache / "tiny") == 0
    fine, data = str(tmp_path / "fine"), str(toy_data)
    options = ["--run", fine, "--data", data, "--dry-run"]
    assert main(["train", "--from-pretrained", "tiny", *options]) == 0
    out = capsys.readouterr().out
    assert "loaded  generator scale 0" in out
    # The last stage of its configuration alone.
    stages = load_config("test/toy_street").curriculum
    assert f"  {stages[-1].name} " in out and f"  {stages[0].name} " not in out
    assert main(["train", "--from-pretrained", "tinny", *options]) == 2
    assert "nor is it the name of a pack (there are: " in capsys.readouterr().err
    both = ["--from-pretrained", "tiny", "--warm-start", "tiny", *options]
    assert main(["train", *both]) == 2
    assert "both say what to begin with: give one" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["generate", "--model", "hf:org/tiny", "--source", "s", "--output", "o"])
    assert "name the commit too" in capsys.readouterr().err
