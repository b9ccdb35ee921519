import json
import shutil

import pytest

from v2v_tf import config as configuration
from v2v_tf.inference.synthesizer import Synthesizer

TOY = ("--config", "test/toy_street")
SEVERAL_SCALES = tuple(
    f"test/cityscapes_{name}"
    for name in ("1024", "512_single_gpu", "1024_single_gpu", "2048", "progressive")
)


def _one_line(capsys) -> str:
    errors = capsys.readouterr().err.splitlines()
    (line,) = [line for line in errors if line.startswith("v2v-tf train: ")]
    assert errors[-1] == line and "Traceback" not in errors
    return line


def test_leaves_a_run_folder(toy_run):
    config = configuration.load_config(toy_run / "config.yaml")
    assert config == configuration.load_config("test/toy_street")
    history = json.loads((toy_run / "history.json").read_text())
    # One epoch of the flow stage, one with everything.
    assert [epoch["epoch"] for epoch in history] == [1, 2]
    assert history[0]["generator/total"] > 0
    assert "discriminator/total" not in history[0]
    assert history[1]["discriminator/total"] > 0
    assert list((toy_run / "checkpoints").glob("ckpt-4.*"))
    assert list((toy_run / "train").glob("events.out.tfevents.*"))
    assert Synthesizer.load(toy_run).history == 2


def test_the_same_command_goes_on_and_another_is_refused(
    toy_run, cli_data, call, capsys
):
    before = {p: p.stat().st_mtime_ns for p in toy_run.rglob("*")}
    folders = ("--data", cli_data, "--run", toy_run)
    assert call("train", *TOY, *folders, "--set", "seed=3") == 2
    line = _one_line(capsys)
    assert "seed is 0 there and 3 here" in line and "--overwrite" in line
    assert call("train", *TOY, *folders) == 0
    assert "is trained to its end already" in capsys.readouterr().out
    assert {p: p.stat().st_mtime_ns for p in toy_run.rglob("*")} == before


@pytest.mark.slow
def test_a_finished_run_is_extended_without_its_configuration(
    toy_run, cli_data, call, capsys, tmp_path
):
    run = shutil.copytree(toy_run, tmp_path / "run")
    folders = ("--data", cli_data, "--run", run)
    assert call("train", *folders, "--extend", 0) == 2
    assert "--extend must be 1 or more, got 0" in _one_line(capsys)
    assert call("train", *folders, "--extend", 1, "--set", "previews.clips=0") == 0
    assert len(json.loads((run / "history.json").read_text())) == 3
    # The configuration of the first command goes on being the run's.
    assert call("train", *TOY, *folders) == 0
    assert "add epochs with --extend N" in capsys.readouterr().out


def test_nothing_is_extended_where_nothing_is(tmp_path, cli_data, call, capsys):
    folders = ("--data", cli_data, "--run", tmp_path / "run")
    assert call("train", *folders, "--extend", 1) == 2
    assert "--extend goes on with a run, and" in _one_line(capsys)
    assert not (tmp_path / "run").exists()


def test_a_used_folder_is_no_run(tmp_path, cli_data, call, capsys):
    (tmp_path / "thesis.txt").touch()
    assert call("train", *TOY, "--data", cli_data, "--run", tmp_path) == 2
    assert "already holds something" in _one_line(capsys)


@pytest.mark.parametrize("run", ["records", "."])
def test_the_records_are_never_replaced(tmp_path, cli_data, call, capsys, run):
    data = tmp_path / "records"
    shutil.copytree(cli_data, data)
    before = sorted(data.iterdir())
    arguments = ("--data", data, "--run", tmp_path / run, "--overwrite")
    assert call("train", *TOY, *arguments) == 2
    assert "would delete: name another folder with --run" in _one_line(capsys)
    assert sorted(data.iterdir()) == before


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("losses.lone=1", "unknown key 'losses.lone', did you mean 'l1'"),
        ("curriculum.7.epochs=1", "curriculum.7"),
        ("generator.num_filters=wide", "generator.num_filters"),
        ("seed", "expected key.sub=value"),
    ],
)
def test_wrong_overrides(tmp_path, call, capsys, override, message):
    status = call(
        *("train", *TOY, "--data", tmp_path, "--run", tmp_path / "run"),
        *("--set", override),
    )
    assert status == 2
    error = _one_line(capsys)
    assert error.startswith("v2v-tf train: --set")
    assert message.partition(",")[0] in error
    assert not (tmp_path / "run").exists()


def test_an_unknown_configuration(tmp_path, call, capsys):
    arguments = ("--data", tmp_path, "--run", tmp_path / "run")
    assert call("train", "--config", "toy_stret", *arguments) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "no configuration 'toy_stret'" in line and "toy_street" in line


def test_a_missing_data_folder(tmp_path, call, capsys):
    data = tmp_path / "absent"
    assert call("train", *TOY, "--data", data, "--run", tmp_path / "run") == 2
    assert str(data) in _one_line(capsys)
    assert not (tmp_path / "run").exists()


def test_records_of_another_task(tmp_path, cli_data, call, capsys):
    status = call(
        *("train", "--config", "test/face_512"),
        *("--data", cli_data, "--run", tmp_path / "run"),
    )
    assert status == 2
    line = _one_line(capsys)
    assert "prepared for task street" in line and "for face" in line


def test_clips_shorter_than_a_stage_needs(tmp_path, cli_data, call, capsys):
    status = call(
        *("train", *TOY, "--data", cli_data, "--run", tmp_path / "run"),
        *("--set", "curriculum.1.num_frames=7"),
    )
    assert status == 2
    assert "9 frames that were asked for, the longest has 8" in _one_line(capsys)
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
@pytest.mark.parametrize("preset", SEVERAL_SCALES)
def test_presets_of_several_scales_train_and_generate(tmp_path, cli_data, call, preset):
    # These records have eight labels of 35.
    labels = ("--set", "conditioning.street.num_labels=8")
    labels += ("--set", "conditioning.street.foreground_labels=[6]")
    run, output = tmp_path / "run", tmp_path / "out"
    assert (
        call("train", "--config", preset, "--data", cli_data, "--run", run, *labels)
        == 0
    )
    generator = Synthesizer.load(run).generator
    assert (
        len(generator.scales) == configuration.load_config(preset).generator.num_scales
    )
    folders = ("--model", run, "--data", cli_data, "--output", output)
    assert call("generate", *folders) == 0
    assert len(list(output.glob("*/frames/*.png"))) == 3 * 6
