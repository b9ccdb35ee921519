"""What a machine has of memory, by its own limits and those of containers."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from v2v_tf.memory.machine import (
    GIB,
    Available,
    available_memory,
    gpu_memory,
    in_gib,
)

MIB = 2**20


def write(folder: Path, **files: object) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, value in files.items():
        (folder / name.replace("__", ".")).write_text(f"{value}\n")


@pytest.fixture
def groups(tmp_path):
    """Returns what `available_memory` says of control groups of a process."""

    def ask(own: str) -> Available:
        (tmp_path / "own").write_text(own)
        return available_memory(tmp_path / "cgroup", tmp_path / "own")

    return ask


@pytest.mark.parametrize(
    ("size", "text"),
    [(3.25 * GIB, "3.2 GiB"), (310 * MIB, "310 MiB"), (0.97 * GIB, "1.0 GiB")],
)
def test_sizes_are_written_as_people_read_them(size, text):
    assert in_gib(size) == text


def test_without_limits_it_is_what_the_system_has_free(groups):
    found = groups("0::/\n")
    assert found.num_bytes == pytest.approx(psutil.virtual_memory().available, rel=0.2)
    assert str(found) == f"{in_gib(found.num_bytes)} (free on this machine)"


def test_a_group_of_version_2_counts_with_those_above_it(groups, tmp_path):
    top = tmp_path / "cgroup/batch"
    write(top, memory__max=90 * MIB, memory__current=70 * MIB)
    write(top / "job", memory__max="max", memory__current=60 * MIB)
    found = groups("0::/batch/job\n")
    assert (found.num_bytes, found.limit) == (20 * MIB, "left of the container's limit")
    # Files that were read go when memory is wanted.
    write(top, memory__stat=f"anon 5\ninactive_file {7 * MIB}")
    assert groups("0::/batch/job\n").num_bytes == 27 * MIB


def test_a_group_of_version_1_counts(groups, tmp_path):
    write(
        tmp_path / "cgroup/memory/docker/x",
        memory__limit_in_bytes=50 * MIB,
        memory__usage_in_bytes=13 * MIB,
    )
    assert groups("7:cpu:/y\n4:memory:/docker/x\n0::/\n").num_bytes == 37 * MIB


def test_within_a_container_the_mounted_group_counts(groups, tmp_path):
    write(tmp_path / "cgroup", memory__max=40 * MIB, memory__current=44 * MIB)
    # The path is the host's, and not to be seen here; more is used than allowed.
    assert groups("0::/kubepods/pod7\n").num_bytes == 0


def test_a_group_without_a_limit_limits_nothing(groups, tmp_path):
    write(
        tmp_path / "cgroup/memory",
        memory__limit_in_bytes=9223372036854771712,
        memory__usage_in_bytes=MIB,
    )
    assert groups("4:memory:/\n").limit == "free on this machine"


def test_the_limit_of_address_space_counts():
    program = (
        "from v2v_tf.memory.machine import available_memory as ask; found = ask()\n"
        "print(found.limit, found.num_bytes < 400 * 2**20)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (400 * MIB,) * 2),
    )
    assert done.stdout == "left of ulimit -v True\n"


def test_the_smallest_visible_gpu_counts(tmp_path, monkeypatch):
    # The driver's own program, with two GPUs.
    program = tmp_path / "nvidia-smi"
    program.write_text('#!/bin/sh\necho "$@" > "$0.asked"\necho 81559\necho 24576\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1,3")
    assert gpu_memory() == Available(24 * GIB, "of a GPU")
    asked = (tmp_path / "nvidia-smi.asked").read_text()
    assert "memory.total" in asked and "--id=1,3" in asked


@pytest.mark.parametrize("text", ["#!/bin/sh\nexit 9\n", "#!/bin/sh\necho N/A\n"])
def test_a_driver_that_does_not_answer_is_no_error(tmp_path, monkeypatch, text):
    (tmp_path / "nvidia-smi").write_text(text)
    (tmp_path / "nvidia-smi").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert gpu_memory() is None


def test_without_a_driver_there_is_no_gpu(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert gpu_memory() is None
