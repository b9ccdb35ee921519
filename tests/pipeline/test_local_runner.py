"""One pipeline, run again and again in one folder, as every night."""

import json
import shutil
from pathlib import Path

import pytest
import tensorflow as tf
import yaml

from pipeline import configs, history, local_runner
from pipeline.local_runner import Root
from pipeline.preprocessing import CLIP_LENGTHS, FLOW_QUANTILES, LABEL_FREQUENCIES
from tests.pipeline import poisons
from v2v_tf.cli.main import main
from v2v_tf.data.prepare.prepare import prepare
from v2v_tf.data.records import clip as clip_record
from v2v_tf.data.records.manifest import read_manifest
from v2v_tf.errors import InputError
from v2v_tf.export.versions import version_folders

NIGHTLY = {"VideoSetMetrics", "ServingValidator", "Trainer", "Transform", "DataGate"}


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return tmp_path_factory.mktemp("nightly") / "root"


@pytest.fixture(scope="module")
def first(root, tiny, street_clips):
    """The first night."""
    return local_runner.run(*tiny, street_clips, root)


@pytest.fixture(scope="module")
def rerun(first, root, tiny, street_clips):
    """Nothing has changed; the first model is the baseline now."""
    return local_runner.run(*tiny, street_clips, root)


@pytest.fixture(scope="module")
def worse(rerun, root, tiny_config, street_clips):
    """A training that blows the weights up, in the same folder."""
    ruined = configs.load(tiny_config, ("curriculum.1.learning_rate=0.3",))
    return local_runner.run(*ruined, street_clips, root)


def _versions(root):
    return version_folders(Root(root).serving_model)


@pytest.mark.slow
def test_a_good_model_is_pushed(first, root):
    verdict = first.verdict
    assert verdict.blessed and verdict.serves and verdict.pushed_now
    assert set(first.executed) >= NIGHTLY and not first.cached
    ((version, folder),) = _versions(root).items()
    assert verdict.pushed_version == str(version) and verdict.pushed_to == str(folder)
    assert (folder / "assets.extra/tf_serving_warmup_requests").stat().st_size
    signatures = tf.saved_model.load(str(folder)).signatures
    assert {"generate_frame", "evaluate"} <= set(signatures)


@pytest.mark.slow
def test_the_split_is_by_sequence_and_training_sees_its_part(first):
    assert sum(first.verdict.num_clips.values()) == 6
    manifest = read_manifest(first.verdict.data)
    train, held_out = (
        {c.clip_id for c in manifest.split(s).clips} for s in ("train", "eval")
    )
    assert train and held_out and not train & held_out


@pytest.mark.slow
def test_statistics_of_all_clips_lie_with_the_run(first, root):
    (path,) = Root(root).training.glob("*/run/data_statistics.json")
    statistics = json.loads(path.read_text())
    assert statistics[CLIP_LENGTHS] == [8, 8]
    manifest = read_manifest(first.verdict.data)
    counts = [0.0] * 8
    flows = []
    for file in manifest.split("train").files:
        path = f"{first.verdict.data}/{file}"
        for record in tf.data.TFRecordDataset(path):
            clip = clip_record.parse_example(record)
            flows.append(float(clip["flow_p95"][0]))
            for label, share in enumerate(clip["label_fractions"].numpy()):
                counts[label] += float(share)
    expected = [count / sum(counts) for count in counts]
    assert statistics[LABEL_FREQUENCIES] == pytest.approx(expected, abs=1e-5)
    assert len(statistics[FLOW_QUANTILES]) == 9
    assert min(flows) - 1e-5 <= statistics[FLOW_QUANTILES][0]
    assert statistics[FLOW_QUANTILES][-1] <= max(flows) + 1e-5


@pytest.mark.slow
def test_the_model_card_tells_of_the_clips(first):
    (card,) = Path(first.verdict.pushed_to).glob("assets.extra/*.md")
    text = card.read_text(encoding="utf-8")
    assert "- Clips of 8 to 8 frames." in text
    assert "- Motion (a clip's 95th percentile): " in text and "road " in text


@pytest.mark.slow
def test_metrics_are_the_evaluators_and_the_sets(first, root):
    assert {"psnr", "ssim", "warping_error"} <= set(first.verdict.metrics)
    (path,) = Root(root).artifacts.glob("VideoSetMetrics/metrics/*/metrics.json")
    found = json.loads(path.read_text())
    (clip,) = found["clips"]
    assert found["set"]["psnr"] == found["clips"][clip]["psnr"]
    for name in ("video.mp4", "panels.mp4", "sheet.png"):
        assert (path.parent / clip / name).stat().st_size > 100


@pytest.mark.slow
def test_tensorboard_and_the_run_are_in_the_artifact(first, root):
    (folder,) = Root(root).artifacts.glob("Trainer/model_run/*")
    assert list(folder.glob("train/events*")) and (folder / "config.yaml").is_file()


@pytest.mark.slow
def test_a_rerun_repeats_nothing_that_is_dear(rerun, root):
    assert set(rerun.executed) == {"Evaluator", "ModelPusher"}
    verdict = rerun.verdict
    assert verdict.blessed and not verdict.pushed_now
    assert verdict.verdict == "unchanged" and len(_versions(root)) == 1


@pytest.mark.slow
def test_from_then_on_a_rerun_executes_nothing(rerun, root, tiny, street_clips, capsys):
    again = local_runner.run(*tiny, street_clips, root)
    assert again.executed == ()
    assert "nothing was executed: all is as it was" in local_runner.describe(again)
    assert "ClipExampleGen                 unchanged" in capsys.readouterr().out


@pytest.mark.slow
def test_a_worse_model_is_neither_blessed_nor_pushed(worse, first, root):
    verdict = worse.verdict
    assert verdict.blessed is False and not verdict.pushed_version
    assert verdict.verdict == "not blessed"
    assert verdict.metrics["psnr"] < first.verdict.metrics["psnr"] - 0.5
    assert list(_versions(root)) == [int(first.verdict.pushed_version)]
    assert "ClipExampleGen" in worse.cached and "Trainer" in worse.executed


@pytest.mark.slow
def test_history_lists_verdicts_and_origins(worse, root, capsys):
    assert main(["pipeline", "history", "--root", str(root)]) == 0
    text = capsys.readouterr().out
    verdicts = [run.verdict for run in history.read_runs(Root(root).metadata, False)]
    assert verdicts[0].startswith("pushed ") and verdicts[1] == "unchanged"
    assert verdicts[-1] == "not blessed"
    for block in (verdicts[0], "not blessed", worse.verdict.data, worse.verdict.config):
        assert block in text
    assert main(["pipeline", "history", "--root", str(root), "--json"]) == 0
    newest = json.loads(capsys.readouterr().out)[-1]
    assert newest["verdict"] == "not blessed" and newest["metrics"]["psnr"]
    config = yaml.safe_load(Path(newest["config"]).read_text())
    assert config["curriculum"][1]["learning_rate"] == 0.3


@pytest.mark.slow
def test_poisoned_records_are_stopped_at_the_gate(tmp_path, tiny, street_clips):
    source = tmp_path / "records"
    prepare(street_clips, source, tiny[1])
    poisons.change_records(source, max_label=[11])
    with pytest.raises(InputError, match="train: max_label: .*num_labels is 8"):
        local_runner.run(*tiny, source, tmp_path / "root")
    where = Root(tmp_path / "root")
    assert not where.training.exists() and not where.serving_model.exists()
    (run,) = history.read_runs(where.metadata)
    assert run.failed == ("DataGate",) and run.verdict == "failed: DataGate"


def test_poisoned_folders_are_quarantined(tmp_path, tiny, street_clips):
    source = tmp_path / "clips"
    shutil.copytree(street_clips, source)
    paths = sorted((source / "train_A/toy_0002").iterdir())
    for path in paths:
        path.write_bytes(b"not an image")
    # 8 of 48 frames are more than a tenth.
    with pytest.raises(InputError, match=r"16\.7% of the frames are bad") as caught:
        local_runner.run(*tiny, source, tmp_path / "root")
    assert str(paths[0]) in str(caught.value)


def test_two_runs_in_one_folder_are_refused(tmp_path, tiny, street_clips):
    refused = pytest.raises(InputError, match="another run is under way")
    with local_runner._alone(tmp_path), refused:
        local_runner.run(*tiny, street_clips, tmp_path)


def test_a_root_in_the_source_is_refused(tiny, street_clips):
    with pytest.raises(InputError, match="lies in the source"):
        local_runner.run(*tiny, street_clips, street_clips / "nightly")
    assert not (street_clips / "nightly").exists()


def test_no_folder_is_no_source(tmp_path, tiny):
    with pytest.raises(InputError, match="is no folder"):
        local_runner.run(*tiny, tmp_path / "missing", tmp_path / "root")
    assert not (tmp_path / "root").exists()
