import argparse
import json

import cv2
import numpy as np
import pytest

from v2v_tf.cli import prepare
from v2v_tf.config import TASKS, load_config
from v2v_tf.data.records.folder import resolve_config
from v2v_tf.data.records.manifest import read_manifest
from v2v_tf.errors import InputError

SETTINGS = """\
task: street
conditioning: {street: {num_labels: 4, use_instances: false, foreground_labels: []}}
data:
  resize: {load_size: 64}
  num_shards: 1
  flow_preset: ultrafast
"""


@pytest.fixture
def config_file(tmp_path):
    path = tmp_path / "small.yaml"
    path.write_text(SETTINGS)
    return path


@pytest.fixture
def source(tmp_path):
    random = np.random.default_rng(0)
    for name in ("a", "b"):
        for t in range(3):
            for kind, shape, top in (("A", (32, 64), 4), ("B", (32, 64, 3), 256)):
                path = tmp_path / f"source/train_{kind}/{name}/{t}.png"
                path.parent.mkdir(parents=True, exist_ok=True)
                cv2.imwrite(str(path), random.integers(0, top, shape).astype(np.uint8))
    return tmp_path / "source"


def _run(*arguments) -> int:
    parser = argparse.ArgumentParser()
    prepare.add_parser(parser.add_subparsers())
    args = parser.parse_args(["prepare", *map(str, arguments)])
    return args.run_command(args)


def test_good_input_gives_records_and_status_0(tmp_path, source, config_file, capsys):
    status = _run(
        *("--config", config_file, "--source", source, "--output", tmp_path / "out"),
        *("--set", "data.num_shards=2"),
    )
    assert status == 0
    assert f"train: 2 clips, 6 frames in {tmp_path / 'out'}" in capsys.readouterr().out
    assert len(read_manifest(tmp_path / "out").split("train").files) == 2


def test_too_many_bad_clips_give_status_1_and_the_reasons(
    tmp_path, source, config_file, capsys
):
    (source / "train_B/b/1.png").write_bytes(b"")
    arguments = ("--config", config_file, "--source", source)
    assert _run(*arguments, "--output", tmp_path / "out") == 1
    out = capsys.readouterr().out
    assert "train: 1 clips, 3 frames" in out
    assert "put aside: 50.0% of the frames" in out
    assert "fewer than data.min_frames=3 frames between such ones" in out
    assert f"1 x not a readable image (0 bytes): {source}/train_B/b/1.png" in out
    assert "more than data.max_bad_fraction=10% are bad" in out
    (line,) = (tmp_path / "out/quarantine.jsonl").read_text().splitlines()
    assert json.loads(line)["clip"] == "b@000001"
    tolerant = ("--set", "data.max_bad_fraction=0.5")
    assert _run(*arguments, "--output", tmp_path / "second", *tolerant) == 0


def test_only_bad_clips_give_status_1(tmp_path, source, config_file):
    for name in ("a", "b"):
        (source / f"train_B/{name}/0.png").write_bytes(b"")
    assert (
        _run(
            *("--config", config_file, "--source", source),
            *("--output", tmp_path / "out"),
            *("--set", "data.max_bad_fraction=1.0"),
        )
        == 1
    )


def test_existing_records_need_overwrite(tmp_path, source, config_file):
    arguments = (
        "--config",
        config_file,
        "--source",
        source,
        "--output",
        tmp_path / "o",
    )
    assert _run(*arguments) == 0
    with pytest.raises(InputError, match="--overwrite"):
        _run(*arguments)
    assert _run(*arguments, "--overwrite") == 0


def test_beam_options_are_passed_on(tmp_path, source, config_file):
    arguments = (
        "--config",
        config_file,
        "--source",
        source,
        "--output",
        tmp_path / "o",
    )
    assert (
        _run(
            *arguments,
            "--beam=--direct_running_mode=multi_threading",
            "--beam=--direct_num_workers=2",
        )
        == 0
    )


def test_missing_sources_are_input_errors(tmp_path, config_file):
    with pytest.raises(InputError, match="no source at"):
        _run(
            *("--config", config_file, "--source", tmp_path / "x"),
            *("--output", tmp_path / "out"),
        )


def test_task_and_configuration_must_agree(tmp_path, config_file):
    arguments = ("--source", tmp_path, "--output", tmp_path / "out")
    with pytest.raises(InputError, match="--task face does not agree.*task is street"):
        _run("--task", "face", "--config", config_file, *arguments)
    with pytest.raises(InputError, match="name a --task"):
        _run(*arguments)
    with pytest.raises(InputError, match="no sequences for task street"):
        _run("--task", "street", "--config", config_file, *arguments)


def test_default_presets_are_those_that_can_be_trained():
    assert TASKS.get("pose").default_preset == "pose_256"


@pytest.mark.parametrize("task", TASKS.names())
def test_every_task_has_a_preset_of_its_own(tmp_path, task):
    # The preset is found, and its task reaches the source.
    with pytest.raises(InputError, match=f"no sequences for task {task}"):
        _run("--task", task, "--source", tmp_path, "--output", tmp_path / "out")


@pytest.fixture
def train_ids(source, tmp_path):
    """The same source with trainIds, and a configuration of Cityscapes."""
    for path in source.glob("train_A/*/*.png"):
        ids = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        cv2.imwrite(str(path), np.array([0, 10, 13, 8], np.uint8)[ids])
    path = tmp_path / "cityscapes.yaml"
    path.write_text(
        SETTINGS.replace("num_labels: 4", "num_labels: 35").replace(
            "foreground_labels: []", "foreground_labels: [26]"
        )
        + "generator: {use_foreground: true}\n"
    )
    return path


def test_what_training_would_suffer_from_is_printed_and_kept(
    tmp_path, source, train_ids, capsys
):
    out = tmp_path / "out"
    arguments = ("--config", train_ids, "--source", source, "--output")
    assert _run(*arguments, out) == 0
    said = capsys.readouterr().out.partition("look at this before you train:")[2]
    first, second = said.strip().splitlines()
    assert "(0, 8, 10, 13)" in first and "--label-map cityscapes-train-ids" in first
    assert "no frame shows a foreground label, 26 (car)" in second
    kept = [json.loads(s) for s in (out / "quarantine.jsonl").read_text().splitlines()]
    assert [one["num_frames"] for one in kept] == [0, 0]
    assert kept[1]["reason"] == second.strip()
    assert read_manifest(out).num_quarantined == 0


def test_a_table_of_ids_is_kept_with_the_records(tmp_path, source, train_ids, capsys):
    out = tmp_path / "out"
    arguments = ("--config", train_ids, "--source", source, "--output", out)
    assert _run(*arguments, "--label-map", "cityscapes-train-ids") == 0
    assert "before you train" not in capsys.readouterr().out
    manifest = read_manifest(out)
    used = [i for i, n in enumerate(manifest.label_histogram) if n]
    assert used == [7, 21, 23, 26]
    plain = load_config(train_ids)
    resolved = resolve_config(plain, out)
    assert dict(resolved.conditioning.street.label_map)[13] == 26
    assert resolved == load_config(out / "config.yaml")


def test_a_table_needs_label_maps(tmp_path, source):
    arguments = ("--task", "edges", "--source", source, "--output", tmp_path / "out")
    with pytest.raises(InputError, match="task edges reads no label maps"):
        _run(*arguments, "--label-map", "none")
