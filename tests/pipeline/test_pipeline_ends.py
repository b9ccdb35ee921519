"""The whole pipeline where it is not the usual night: killed, unservable, real data."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from tfx.v1.types import standard_artifacts

from pipeline import configs, history, local_runner, tfx_private
from pipeline.components import model_pusher, serving_validator
from pipeline.local_runner import Root
from v2v_tf.data.prepare.prepare import prepare

NETWORK = ("generator.num_filters=4", "discriminator.num_filters=4")


def _command(config, source, root):
    return [
        *(sys.executable, "-W", "ignore", "-c"),
        "import sys; from v2v_tf.cli.main import main; sys.exit(main())",
        *("pipeline", "run", "--config", str(config)),
        *("--source", str(source), "--root", str(root)),
    ]


def _wait_for(condition, seconds=300):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "nothing happened"
        time.sleep(0.2)


@pytest.fixture
def long_config(tmp_path, tiny_config) -> Path:
    """A training of forty steps, with a checkpoint at every second one."""
    values = yaml.safe_load(Path(tiny_config).read_text())
    values["train_steps"] = 20
    values["set"] = ["runtime.checkpoint_steps=2"]
    path = tmp_path / "long.yaml"
    path.write_text(yaml.safe_dump(values))
    return path


@pytest.mark.slow
@pytest.mark.parametrize("signum", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_run_goes_on(tmp_path, long_config, street_clips, signum):
    root = tmp_path / "root"
    command = _command(long_config, street_clips, root)
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        where = Root(root).training
        _wait_for(lambda: any(where.glob("*/run/checkpoints/ckpt-2*.index")))
        os.kill(process.pid, signum)
        status = process.wait(120)
    assert status == (-signal.SIGKILL if signum == signal.SIGKILL else 0)
    assert not Root(root).serving_model.exists()
    text = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    for name in ("ClipExampleGen", "StatisticsGen", "DataGate", "Transform"):
        assert re.search(rf"{name} +unchanged", text), name
    steps = int(re.search(r"(\d+) steps in ", text)[1])
    assert 0 < steps < 40
    first, last = history.read_runs(Root(root).metadata, with_metrics=False)
    killed = signum == signal.SIGKILL
    assert first.verdict == f"{'not finished' if killed else 'failed'}: Trainer"
    assert last.pushed_now


@pytest.mark.slow
def test_a_model_with_styles_learns_them_and_is_pushed(
    tmp_path, tiny_config, street_clips
):
    values = yaml.safe_load(Path(tiny_config).read_text())
    values["experiment"] = "test/toy_street_styles"
    config, root = tmp_path / "styles.yaml", tmp_path / "root"
    config.write_text(yaml.safe_dump(values))
    subprocess.run(_command(config, street_clips, root), check=True)
    (only,) = history.read_runs(Root(root).metadata, with_metrics=False)
    assert only.pushed_now
    (facts,) = Root(root).serving_model.rglob("metadata.json")
    assert json.loads(facts.read_text())["style_shape"] == [8, 3, 2]


@pytest.mark.slow
def test_a_model_that_cannot_be_loaded_is_not_pushed(tmp_path, street_model, toy_data):
    folder = tmp_path / "model"
    shutil.copytree(street_model, folder / "Format-Serving")
    (folder / "Format-Serving/saved_model.pb").write_bytes(b"no graph")
    shutil.copytree(toy_data, tmp_path / "examples")
    records = next((tmp_path / "examples").glob("*.tfrecord"))
    (tmp_path / "examples/Split-eval").mkdir()
    records.rename(tmp_path / "examples/Split-eval" / records.name)

    def artifact(kind, uri):
        made = kind()
        made.uri = str(uri)
        return [made]

    model = artifact(standard_artifacts.Model, folder)
    examples = artifact(standard_artifacts.Examples, tmp_path / "examples")
    tfx_private.mark_splits(examples[0], ["eval"])
    infra = artifact(standard_artifacts.InfraBlessing, tmp_path / "infra")
    serving_validator.ServingValidator.test_call(
        model=model[0],
        examples=examples[0],
        blessing=infra[0],
        num_examples=1,
        seconds=60,
    )
    assert infra[0].get_int_custom_property("blessed") == 0
    assert "cannot be" in infra[0].get_string_custom_property("reason")
    assert (tmp_path / "infra/INFRA_NOT_BLESSED").is_file()
    good = artifact(standard_artifacts.ModelBlessing, tmp_path / "good")
    good[0].set_int_custom_property("blessed", 1)
    pushed = artifact(standard_artifacts.PushedModel, tmp_path / "pushed")
    where = {"filesystem": {"base_directory": str(tmp_path / "served")}}
    model_pusher.Executor().Do(
        {"model": model, "model_blessing": good, "infra_blessing": infra},
        {"pushed_model": pushed},
        {"push_destination": json.dumps(where)},
    )
    assert pushed[0].get_int_custom_property("pushed") == 0
    assert not (tmp_path / "served").exists()


@pytest.mark.slow
def test_a_warm_start_begins_with_the_blessed_model(
    tmp_path, tiny_config, street_clips, capfd
):
    # Of ready records, for once.
    first = configs.load(tiny_config)
    records = tmp_path / "records"
    prepare(street_clips, records, first[1])
    done = local_runner.run(*first, records, tmp_path / "root")
    assert done.verdict.pushed_now and sum(done.verdict.num_clips.values()) == 6
    capfd.readouterr()
    warm = configs.load(tiny_config, ("pipeline.warm_start=true",))
    done = local_runner.run(*warm, records, tmp_path / "root")
    assert "Trainer" in done.executed and "Transform" in done.cached
    assert re.search(r"loaded", capfd.readouterr().out)
    origins = Root(tmp_path / "root").training.glob("*/run/origin.json")
    assert any("Format-Training" in path.read_text() for path in origins)


@pytest.mark.slow
@pytest.mark.reference
@pytest.mark.parametrize(
    ("task", "preset", "change"),
    [
        ("street", "cityscapes_512", "conditioning.street.use_instances=false"),
        ("face", "face_512", "seed=1"),
        ("pose", "pose_256", "seed=1"),
    ],
)
def test_real_clips(task, preset, change, tmp_path, tiny_config, reference):
    # There is one clip of each: it stands for two.
    for kind in (reference / "data" / task).iterdir():
        (one,) = kind.iterdir()
        for name in ("one", "other"):
            shutil.copytree(one, tmp_path / "source" / kind.name / name)
    values = yaml.safe_load(Path(tiny_config).read_text())
    values |= {"experiment": f"test/{preset}", "train_steps": 1}
    path = tmp_path / "real.yaml"
    path.write_text(yaml.safe_dump(values))
    settings = configs.load(path, (*NETWORK, change))
    done = local_runner.run(*settings, tmp_path / "source", tmp_path / "root")
    assert done.verdict.pushed_now and done.verdict.num_clips == {"train": 1, "eval": 1}
    assert done.verdict.metrics["psnr"] > 5
