import shutil
import sys

import pytest
import tensorflow as tf

from pipeline.components.serving_validator import validate
from pipeline.server_process import ServerProcess
from v2v_tf.data.records.manifest import read_manifest
from v2v_tf.errors import InputError


@pytest.fixture(scope="module")
def record(toy_data):
    files = [str(toy_data / f) for f in read_manifest(toy_data).split("train").files]
    return next(iter(tf.data.TFRecordDataset(files).as_numpy_iterator()))


@pytest.mark.slow
def test_a_model_that_answers_passes(street_model, record):
    before = sorted(street_model.rglob("*"))
    validate(street_model, [record], seconds=120)
    assert sorted(street_model.rglob("*")) == before


@pytest.mark.slow
def test_a_record_that_it_cannot_answer_is_said(street_model):
    with pytest.raises(InputError, match="INVALID_ARGUMENT: "):
        validate(street_model, [b"no record"], seconds=120)


@pytest.mark.slow
def test_a_model_that_cannot_be_loaded_does_not_pass(tmp_path, street_model, record):
    shutil.copytree(street_model, tmp_path / "model")
    for path in (tmp_path / "model/variables").iterdir():
        path.write_bytes(b"damaged")
    with pytest.raises(InputError, match="the server"):
        validate(tmp_path / "model", [record], seconds=120)


def test_a_server_that_ends_is_told_with_its_log(tmp_path):
    command = [sys.executable, "-c", "print('no port is free'); raise SystemExit(3)"]
    server = ServerProcess(command, "vid2vid", tmp_path, seconds=30)
    with pytest.raises(InputError, match="the server ended: no port is free"), server:
        pass


def test_a_server_that_loads_for_ever_is_stopped(tmp_path):
    command = [sys.executable, "-c", "import time; time.sleep(60)"]
    server = ServerProcess(command, "vid2vid", tmp_path, seconds=1)
    with pytest.raises(InputError, match="not loaded within 1 seconds"), server:
        pass
    assert server._process.poll() is not None
