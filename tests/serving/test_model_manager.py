"""Versions on a disk that people write to: found, swapped, kept."""

from __future__ import annotations

import shutil
import threading
import time
from pathlib import Path

import grpc
import numpy as np
import pytest
from tensorflow_serving.apis import get_model_status_pb2, model_pb2

from serving.client import Vid2VidClient
from serving.model_config import ModelConfig
from serving.model_manager import ModelManager
from serving.protocol import Target
from serving.served_model import ServingOptions
from serving.status import RequestError
from v2v_tf.errors import InputError

State = get_model_status_pb2.ModelVersionStatus


def spec(name: str = "m", version: int | None = None, label: str = ""):
    made = model_pb2.ModelSpec(name=name)
    if version is not None:
        made.version.value = version
    if label:
        made.version_label = label
    return made


@pytest.fixture
def base(tmp_path, street_model) -> Path:
    shutil.copytree(street_model, tmp_path / "m" / "1")
    return tmp_path / "m"


@pytest.fixture
def copy(base, street_model):
    """Copies the model as a version, whole."""

    def make(version: int) -> Path:
        shutil.copytree(street_model, base / f"{version}.copying")
        return (base / f"{version}.copying").rename(base / str(version))

    return make


def manage(base: Path, **config) -> ModelManager:
    manager = ModelManager(
        [ModelConfig("m", base, **config)], ServingOptions(warm_up=False)
    )
    manager.poll()
    return manager


def available(manager: ModelManager) -> list[int]:
    found = manager.statuses(spec())
    return [v for v, s in sorted(found.items()) if s.state == State.AVAILABLE]


@pytest.mark.slow
def test_the_newest_version_is_swapped_in(base, copy):
    manager = manage(base)
    assert manager.serving(spec()).model.version == 1
    copy(10)
    copy(9)
    manager.poll()  # Seen, and looked at again before it is loaded.
    assert available(manager) == [1]
    manager.poll()
    assert available(manager) == [10]
    assert manager.serving(spec()).model.version == 10
    assert manager.statuses(spec())[1].state == State.END
    with pytest.raises(RequestError, match="versions of m are 10"):
        manager.serving(spec(version=1))


@pytest.mark.slow
def test_policies(base, copy):
    for version in (2, 5):
        copy(version)
    assert available(manage(base, num_latest=2)) == [2, 5]
    assert available(manage(base, num_latest=None)) == [1, 2, 5]
    manager = manage(base, num_latest=None, specific=(1, 5), labels={"stable": 1})
    assert available(manager) == [1, 5]
    assert manager.serving(spec(label="stable")).model.version == 1
    assert manager.serving(spec()).model.version == 5


@pytest.mark.slow
def test_a_version_that_is_being_copied_waits(base, street_model):
    manager = manage(base)
    half = base / "2"
    half.mkdir()
    shutil.copy(street_model / "saved_model.pb", half)
    manager.poll()
    assert manager.statuses(spec())[2].state == State.START
    # The copying goes on between two looks.
    shutil.copytree(street_model / "variables", half / "variables")
    manager.poll()
    assert available(manager) == [1]
    manager.poll()
    assert available(manager) == [2]


def test_a_broken_version_is_not_served_and_the_one_before_stays(base, copy):
    manager = manage(base)
    broken = copy(2)
    graph = broken / "saved_model.pb"
    graph.write_bytes(graph.read_bytes()[:-100_000])
    manager.poll()
    manager.poll()
    status = manager.statuses(spec())[2]
    assert status.state == State.END and "saved_model.pb cannot be read" in status.error
    assert manager.serving(spec()).model.version == 1
    # Mended, it is taken.
    shutil.copy(base / "1" / "saved_model.pb", graph)
    manager.poll()
    manager.poll()
    assert available(manager) == [2]


@pytest.mark.slow
def test_damaged_weights(base, copy):
    manager = manage(base)
    weights = next((copy(2) / "variables").glob("*.data*"))
    weights.write_bytes(weights.read_bytes()[:1000])
    manager.poll()
    manager.poll()
    status = manager.statuses(spec())[2]
    assert status.state == State.END and "cannot be loaded" in status.error
    assert available(manager) == [1]


@pytest.mark.slow
def test_a_failing_warm_up_keeps_a_version_out(base, copy):
    manager = ModelManager([ModelConfig("m", base)])
    manager.poll()
    assert available(manager) == [1]
    warm_up = copy(2) / "assets.extra" / "tf_serving_warmup_requests"
    warm_up.write_bytes(b"no record" * 100)
    manager.poll()
    manager.poll()
    assert "tf_serving_warmup_requests: request" in manager.statuses(spec())[2].error
    assert available(manager) == [1]


def test_a_deleted_folder_takes_nothing_from_users(base):
    manager = manage(base)
    shutil.rmtree(base)
    manager.poll()
    manager.poll()
    assert available(manager) == [1]


def test_what_cannot_be_served_side_by_side(base, tmp_path):
    with pytest.raises(InputError, match="two models are named m"):
        ModelManager([ModelConfig("m", base), ModelConfig("m", base)])
    with pytest.raises(InputError, match="is no folder: name the one that holds"):
        ModelManager([ModelConfig("m", tmp_path / "missing")])
    with pytest.raises(InputError, match="needs a name"):
        ModelManager([ModelConfig("", base)])


@pytest.mark.slow
def test_no_request_fails_while_versions_change(start_server, base, copy, toy_clips):
    server = start_server({"m": base}, poll_seconds=0.1)
    clip = toy_clips[0]
    video = (clip["conditions"], clip["instances"], clip["frames"][:2])
    results, done = [], threading.Event()

    def stream():
        with Vid2VidClient(f"127.0.0.1:{server.port}", Target("m")) as client:
            while not done.is_set():
                results.append(np.stack(list(client.stream(*video))))

    errors = []

    def guarded():
        try:
            stream()
        except grpc.RpcError as error:
            errors.append(error)

    threads = [threading.Thread(target=guarded) for _ in range(2)]
    for thread in threads:
        thread.start()
    for version in (2, 3):
        copy(version)
        deadline = time.monotonic() + 120
        while server.manager.serving(spec()).model.version != version:
            assert time.monotonic() < deadline
            time.sleep(0.05)
    done.set()
    for thread in threads:
        thread.join()
    assert not errors
    assert len(results) >= 2
    for frames in results:
        np.testing.assert_array_equal(frames, results[0])
