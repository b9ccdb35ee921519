"""A pack's name stands wherever a run does; nothing is written to the pack."""

import json

import pytest

from tests.untrained_runs import write_run
from v2v_tf import load_config
from v2v_tf.storage import packs, runs

SAID = ("--summary", "A toy.", "--licence", "MIT", "--training-data", "The toy street.")


@pytest.fixture(scope="module")
def cache(tmp_path_factory, call, cli_data):
    """A cache with packs of a street, of styles, of a forecaster and of first frames.

    None of them was trained.
    """
    root = tmp_path_factory.mktemp("packs")
    names = {
        "street": "toy_street",
        "styled": "toy_street_styles",
        "forecaster": "toy_street_forecaster",
        "images": "toy_street_first_frame",
    }
    for seed, (name, preset) in enumerate(names.items()):
        run = write_run(root / name, load_config(f"test/{preset}"), seed)
        if name == "street":
            first = load_config("test/toy_street_first_frame")
            write_run(run / runs.FIRST_FRAME_FOLDER, first, 9)
        if name == "styled":
            fit = ("styles", "fit", "--model", run, "--data", cli_data)
            assert call(*fit, "--components", 2) == 0
        to = root / "cache" / "packs" / name
        assert call("models", "save", "--run", run, "--output", to, *SAID) == 0
    return root / "cache"


@pytest.fixture(autouse=True)
def in_cache(request, monkeypatch):
    if "cache" in request.fixturenames:
        monkeypatch.setenv("V2V_TF_CACHE", str(request.getfixturevalue("cache")))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "written"),
    [
        ("generate --model street --data DATA --output OUT", "metrics.json"),
        ("generate --model street --source CLIPS --output OUT", "metrics.json"),
        ("generate --model images --data DATA --output OUT", "metrics.json"),
        ("generate --model styled --data DATA --style sample --output OUT", None),
        (
            "edit --model street --source CLIPS --sequence toy_0000 "
            "--swap building=tree --output OUT",
            "panels.mp4",
        ),
        (
            "styles show --model styled --data DATA --split train --clips 1 "
            "--output OUT",
            None,
        ),
        (
            "forecast --forecaster forecaster --model street --source CLIPS "
            "--sequence toy_0001 --given 3 --predict 2 --output OUT",
            "panels.mp4",
        ),
        ("evaluate --model street --data DATA --split train --segmenter-steps 2", None),
        ("export --run street --output OUT", "1/saved_model.pb"),
        ("report --run street --data DATA --output OUT.html", None),
    ],
    ids=lambda value: value.split()[0] if value else "",
)
def test_a_command_takes_a_pack(
    call, cache, cli_data, cli_clips, tmp_path, command, written
):
    out = tmp_path / "out"
    words = {"DATA": cli_data, "CLIPS": cli_clips, "OUT": out, "OUT.html": "p.html"}
    words["OUT.html"] = tmp_path / "page.html"
    before = {path: path.stat().st_mtime_ns for path in (cache / "packs").rglob("*")}
    assert call(*[words.get(word, word) for word in command.split()]) == 0
    if written is not None:
        assert (out / written).is_file()
    after = {path: path.stat().st_mtime_ns for path in (cache / "packs").rglob("*")}
    assert before == after
    for name in ("street", "styled"):
        packs.check_whole(cache / "packs" / name)


@pytest.mark.slow
def test_a_run_is_fine_tuned_from_a_pack(call, cache, cli_data, tmp_path):
    run = tmp_path / "run"
    options = ("--data", cli_data, "--run", run)
    assert call("train", "--from-pretrained", "street", *options) == 0
    assert runs.training_labels(run) is not None
    config = runs.load_config(run)
    assert [one.name for one in config.curriculum] == ["gan"]
    origin = json.loads((run / runs.ORIGIN_FILE).read_text())
    assert origin["warm_start"].endswith("packs/street")
