"""Records by Beam's portable runner, over a job endpoint, as Flink takes jobs too."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from v2v_tf.config import load_config
from v2v_tf.data.prepare.prepare import prepare
from v2v_tf.toy_street.writer import write_clips

pytestmark = pytest.mark.slow
CONFIG = load_config("test/toy_street")


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("localhost", 0))
        return listener.getsockname()[1]


@contextmanager
def service(module: str, option: str, log: Path) -> Iterator[str]:
    """Runs a service of Beam; gives its address once it answers."""
    port = free_port()
    # Workers are begun as `python`: the one that runs the tests.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", f"apache_beam.runners.{module}", option, str(port)],
            env={**os.environ, "PATH": path},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            deadline = time.monotonic() + 60
            while socket.socket().connect_ex(("localhost", port)):
                assert process.poll() is None and time.monotonic() < deadline
                time.sleep(0.1)
            yield f"localhost:{port}"
        finally:
            process.terminate()
            process.wait(timeout=30)


@pytest.fixture(scope="module")
def clips(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("portable") / "clips"
    write_clips(folder, num_clips=5, num_frames=6, size=(32, 64), seed=3)
    return folder


@pytest.fixture(scope="module")
def job_endpoint(tmp_path_factory) -> Iterator[str]:
    log = tmp_path_factory.mktemp("jobs") / "log"
    with service("portability.local_job_service_main", "-p", log) as address:
        yield address


def prepared(source: Path, output: Path, *beam_args: str) -> dict[str, bytes]:
    prepare(source, output, CONFIG, beam_args)
    return {path.name: path.read_bytes() for path in output.glob("*.tfrecord")}


def test_a_worker_in_the_caller_gives_the_same_bytes(clips, job_endpoint, tmp_path):
    direct = prepared(clips, tmp_path / "direct")
    assert len(direct) == CONFIG.data.num_shards
    portable = ("--runner=PortableRunner", f"--job_endpoint={job_endpoint}")
    loopback = (*portable, "--environment_type=LOOPBACK")
    assert prepared(clips, tmp_path / "loopback", *loopback) == direct


def test_a_pool_of_workers_gives_the_same_bytes(clips, job_endpoint, tmp_path):
    direct = prepared(clips, tmp_path / "direct")
    log = tmp_path / "pool.log"
    with service("worker.worker_pool_main", "--service_port", log) as pool:
        args = (
            *("--runner=PortableRunner", f"--job_endpoint={job_endpoint}"),
            *("--environment_type=EXTERNAL", f"--environment_config={pool}"),
        )
        assert prepared(clips, tmp_path / "external", *args) == direct
    # In a process of its own; Beam's job service asks for one.
    assert log.read_text().count("Starting worker with command") == 1
