"""Going on in a run only as it was begun."""

from __future__ import annotations

import dataclasses

import pytest

from v2v_tf import config as configuration
from v2v_tf.errors import InputError
from v2v_tf.storage import runs
from v2v_tf.training import run_state
from v2v_tf.training.run_state import Origin

FILES = {"train-0.tfrecord": "1f", "train-1.tfrecord": "2e"}
ORIGIN = Origin(records="abc", warm_start="", files=FILES)
OTHER = {"train-0.tfrecord": "1f", "train-1.tfrecord": "9d"}


@pytest.fixture
def run(tmp_path, toy_config):
    run_state.begin(tmp_path / "run", toy_config, ORIGIN)
    return tmp_path / "run"


def test_a_run_that_has_begun_is_a_run_and_the_same_goes_on(run, toy_config):
    assert runs.is_run(run)
    assert {path.name for path in run.iterdir()} == {
        *("checkpoints", "config.yaml", "origin.json")
    }
    run_state.check_same(run, toy_config, ORIGIN)


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (("seed=4",), r"seed is 0 there and 4 here: give that configuration"),
        (
            ("curriculum.1.epochs=7", "generator.num_filters=5"),
            r"curriculum.1.epochs is 1 there and 7 here; generator.num_filters is 4",
        ),
        (
            tuple(f"losses.{name}=2" for name in ("l1", "warp", "flow", "mask")),
            r"losses.mask is 0.0 there and 2.0 here, and 1 more",
        ),
        (("runtime.precision=mixed_bfloat16",), "runtime.precision is 'float32' there"),
    ],
)
def test_another_configuration_is_refused_and_nothing_is_overwritten(
    run, overrides, message
):
    before = (run / "config.yaml").read_bytes()
    other = configuration.load_config("test/toy_street", overrides)
    with pytest.raises(InputError, match=message):
        run_state.check_same(run, other, ORIGIN)
    assert (run / "config.yaml").read_bytes() == before


def test_a_curriculum_of_more_stages_is_another_one(run, toy_config):
    stages = (*toy_config.curriculum, toy_config.curriculum[0])
    other = dataclasses.replace(toy_config, curriculum=stages)
    with pytest.raises(InputError, match="curriculum.2.* is None there"):
        run_state.check_same(run, other, ORIGIN)


def test_how_it_is_computed_may_change_with_a_warning(run, caplog):
    other = configuration.load_config(
        "test/toy_street",
        ("runtime.gradient_checkpointing=true", "previews.clips=0"),
    )
    run_state.check_same(run, other, ORIGIN)
    assert "runtime.gradient_checkpointing is False there and True here" in caplog.text
    assert "previews.clips" in caplog.text


@pytest.mark.parametrize(
    ("origin", "message"),
    [
        (
            Origin("abc", "", files=OTHER),
            r"other records: train-1\.tfrecord held other clips then: .*--warm-start",
        ),
        (Origin("abc", "", files={"a": "1f"}), "other records: 2 files then, 1 now"),
        (
            Origin("abc", "runs/coarse", files=FILES),
            "--warm-start '', not 'runs/coarse'",
        ),
    ],
)
def test_another_origin_is_refused(run, toy_config, origin, message):
    with pytest.raises(InputError, match=message):
        run_state.check_same(run, toy_config, origin)


def test_weights_without_a_training_cannot_be_trained_on(run, toy_config):
    (run / "origin.json").unlink()
    with pytest.raises(InputError, match="no origin.json.*--warm-start"):
        run_state.check_same(run, toy_config, ORIGIN)


def test_the_origin_follows_from_the_records(toy_data, tmp_path):
    origin = Origin.of(toy_data, None)
    assert (len(origin.records), origin.warm_start) == (64, "")
    assert Origin.of(toy_data, tmp_path).records == origin.records
    assert Origin.of(toy_data, tmp_path).warm_start == str(tmp_path)
    with pytest.raises(InputError, match="no prepared clips"):
        Origin.of(tmp_path, None)


def test_records_are_the_same_by_their_clips_not_by_names(run, toy_config):
    moved = {f"Split-train/{name}": checksum for name, checksum in FILES.items()}
    run_state.check_same(run, toy_config, Origin("another manifest", "", files=moved))


def test_a_run_of_version_0_1_goes_by_the_manifest_and_learns_the_checksums(
    tmp_path, toy_config
):
    run = tmp_path / "old"
    run_state.begin(run, toy_config, ORIGIN)
    (run / "origin.json").write_text('{"records": "abc", "warm_start": ""}')
    with pytest.raises(InputError, match="their manifest.json is another"):
        run_state.check_same(run, toy_config, Origin("abd", "", files=FILES))
    run_state.check_same(run, toy_config, ORIGIN)
    assert runs.training_labels(run) is None
    now = dataclasses.replace(ORIGIN, labels=(0, 3))
    run_state.remember(run, toy_config, now)
    assert runs.training_labels(run) == (0, 3)
    with pytest.raises(InputError, match="train-1.tfrecord held other clips"):
        run_state.check_same(run, toy_config, Origin("abc", "", files=OTHER))


def test_the_origin_holds_what_the_training_clips_show(toy_data):
    origin = Origin.of(toy_data, None)
    assert origin.labels == tuple(range(8))
    assert set(map(len, origin.files.values())) == {64}
