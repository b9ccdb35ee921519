"""Every kind of poison, in both ways that it can arrive."""

import shutil

import pytest

from pipeline import configs, local_runner
from pipeline.local_runner import Root
from tests.pipeline import poisons
from v2v_tf.config import load_config
from v2v_tf.data.prepare.prepare import prepare
from v2v_tf.errors import InputError
from v2v_tf.toy_street.writer import write_clips


def _no_model(root):
    where = Root(root)
    return not where.training.exists() and not where.serving_model.exists()


@pytest.mark.slow
@pytest.mark.parametrize("feature", sorted(poisons.FOLDERS))
def test_folders_stop_at_ingestion(feature, tmp_path, tiny, street_clips):
    source = tmp_path / "clips"
    shutil.copytree(street_clips, source)
    # Two short clips of two frames each are 4 of 36 frames, more than a tenth.
    for name in ("toy_0001", "toy_0003"):
        poisons.FOLDERS[feature](source, name)
    with pytest.raises(InputError, match=r"\d% of the frames are bad") as caught:
        local_runner.run(*tiny, source, tmp_path / "root")
    assert "toy_0001" in str(caught.value) and "toy_0003" in str(caught.value)
    assert _no_model(tmp_path / "root")


@pytest.mark.slow
def test_one_bad_clip_of_many_is_put_aside(tmp_path, tiny_config, street_clips):
    source = tmp_path / "clips"
    shutil.copytree(street_clips, source)
    poisons.no_flow(source, "toy_0001")
    tolerant = configs.load(tiny_config, ("data.max_bad_fraction=0.2",))
    done = local_runner.run(*tolerant, source, tmp_path / "root")
    assert sum(done.verdict.num_clips.values()) == 5 and done.verdict.pushed_now


@pytest.mark.slow
@pytest.mark.parametrize("feature", sorted(poisons.FEATURES))
def test_records_stop_at_the_gate(feature, tmp_path, tiny, street_clips):
    source = tmp_path / "records"
    prepare(street_clips, source, tiny[1])
    poisons.change_records(source, **{feature: poisons.FEATURES[feature]})
    with pytest.raises(InputError, match=f"train: {feature}: "):
        local_runner.run(*tiny, source, tmp_path / "root")
    assert _no_model(tmp_path / "root")


@pytest.mark.slow
def test_records_of_short_clips_stop_at_the_gate(tmp_path, tiny):
    write_clips(tmp_path / "clips", 4, 2, (32, 64), seed=3)
    short = load_config("test/toy_street", ("data.min_frames=2",))
    prepare(tmp_path / "clips", tmp_path / "records", short)
    with pytest.raises(InputError, match="train: num_frames: .*data.min_frames is 3"):
        local_runner.run(*tiny, tmp_path / "records", tmp_path / "root")
    assert _no_model(tmp_path / "root")


def test_one_sequence_cannot_be_split(tmp_path, tiny):
    write_clips(tmp_path / "clips", 1, 8, (32, 64), seed=3)
    with pytest.raises(InputError, match="no clip for eval: a pipeline trains on some"):
        local_runner.run(*tiny, tmp_path / "clips", tmp_path / "root")
