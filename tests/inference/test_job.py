"""Checks, clips and folders that the applications share."""

from __future__ import annotations

import json

import pytest

from v2v_tf.data.prepare.prepare import prepare
from v2v_tf.errors import InputError
from v2v_tf.inference.job import ClipSelection, Destination, Job, write_json
from v2v_tf.toy_street.writer import write_clips


@pytest.fixture(scope="module")
def config(street_config):
    return street_config("data.min_frames=2")


@pytest.fixture(scope="module")
def records(tmp_path_factory, config):
    """Clips of six frames, of two, of six."""
    folder = tmp_path_factory.mktemp("job")
    write_clips(folder / "clips", num_clips=3, num_frames=6, size=(32, 64), seed=2)
    for path in folder.glob("clips/train_*/toy_0001/*"):
        if int(path.stem) > 1:
            path.unlink()
    prepare(folder / "clips", folder / "records", config)
    return folder / "records"


def _read(selection, config, *args):
    return [(clip.clip_id[:8], len(clip)) for clip in selection.read(config, *args)]


def test_all_clips_in_the_order_of_the_records(records, config, caplog):
    found = _read(ClipSelection(records), config)
    assert sorted(found) == [("toy_0000", 6), ("toy_0001", 2), ("toy_0002", 6)]
    assert not caplog.records


def test_short_clips_are_left_out_with_one_warning(records, config, caplog):
    found = _read(ClipSelection(records), config, 3)
    assert sorted(found) == [("toy_0000", 6), ("toy_0002", 6)]
    (record,) = caplog.records
    assert "1 of 3 clips are shorter than 3 frames and left out" in record.message


def test_so_many_clips_at_most(records, config):
    every = _read(ClipSelection(records), config, 3)
    assert _read(ClipSelection(records, most=1), config, 3) == every[:1]
    assert _read(ClipSelection(records, most=5), config, 3) == every


def test_only_short_clips_and_missing_records_are_refused_at_once(
    records, config, tmp_path
):
    with pytest.raises(InputError, match="split 'train' has the 7 frames that I want"):
        ClipSelection(records).read(config, 7, "I want")
    with pytest.raises(InputError, match="no split 'eval'"):
        ClipSelection(records, "eval").read(config)
    with pytest.raises(InputError, match="absent"):
        ClipSelection(tmp_path / "absent").read(config)


def _job(folder, overwrite=False, fps=5.0, inputs=()):
    destination = Destination(folder, overwrite, fps)
    return Job("result of a test", ("one.json", "sub"), destination, inputs)


def test_a_folder_appears_when_the_block_succeeds(tmp_path):
    job = _job(tmp_path / "out")
    job.check()
    with job.making() as working:
        write_json(working / "one.json", {"a": 1.5})
        assert not job.folder.exists()
    assert json.loads((tmp_path / "out/one.json").read_text()) == {"a": 1.5}
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_failure_leaves_nothing(tmp_path):
    with pytest.raises(RuntimeError), _job(tmp_path / "out").making() as working:
        (working / "one.json").touch()
        raise RuntimeError
    assert not list(tmp_path.iterdir())


def test_an_earlier_result_holds_every_mark(tmp_path):
    (tmp_path / "one.json").touch()
    with pytest.raises(InputError, match="already holds something"):
        _job(tmp_path).check()
    with pytest.raises(InputError, match="is no result of a test"):
        _job(tmp_path, overwrite=True).check()
    (tmp_path / "sub").mkdir()
    _job(tmp_path, overwrite=True).check()


def test_inputs_are_not_replaced(tmp_path):
    inputs = (str(tmp_path / "elsewhere"), tmp_path / "out/run")
    with pytest.raises(InputError, match=r"out holds .*out/run, which replacing it"):
        _job(tmp_path / "out", inputs=inputs).check()


@pytest.mark.parametrize("fps", [0.0, -2.5, float("nan")])
def test_a_rate_that_cannot_be(tmp_path, fps):
    with pytest.raises(InputError, match="--fps must be above 0, got"):
        _job(tmp_path / "out", fps=fps).check()


def test_the_rate_is_that_asked_for_or_that_of_the_clip(tmp_path):
    as_it_is, slow = Destination(tmp_path), Destination(tmp_path, fps=5.0)
    assert (as_it_is.rate(), as_it_is.rate(24.0)) == (12.0, 24.0)
    assert (slow.rate(), slow.rate(24.0)) == (5.0, 5.0)
