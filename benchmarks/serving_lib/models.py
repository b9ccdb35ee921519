"""Exports to measure, a server process, and conditions to send."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from v2v_tf import config as configuration
from v2v_tf.config import to_yaml
from v2v_tf.export.saved_model import ExportOptions, export
from v2v_tf.models.vid2vid.generator import build_generator
from v2v_tf.training import checkpoints

NETWORK = (
    "generator.num_filters=32",
    "generator.num_downsamples=3",
    "generator.num_blocks=9",
)


def untrained_export(folder: Path, options: ExportOptions) -> Path:
    """Exports a generator of random weights, 32 filters wide; its time is the same."""
    config = configuration.load_config("toy_street", NETWORK)
    run = Path(tempfile.mkdtemp(dir=folder))
    generator = build_generator(config)
    generator.build_weights()
    checkpoints.save({"generator": generator}, run, 0)
    (run / "config.yaml").write_text(to_yaml(config), encoding="utf-8")
    return export(run, Path(tempfile.mkdtemp(dir=folder)), options=options)


def random_video(size: tuple[int, int], num_frames: int) -> dict[str, np.ndarray]:
    """Returns labels in blocks, their instances and two first frames, [H, W] `size`."""
    height, width = size
    rng = np.random.default_rng(0)
    blocks = rng.integers(0, 8, (num_frames, height // 16, width // 16))
    labels = blocks.repeat(16, axis=1).repeat(16, axis=2)
    return {
        "conditions": labels[..., None].astype(np.uint8),
        "instances": (1000 * labels).astype(np.int32),
        "frames": rng.integers(0, 256, (2, height, width, 3)).astype(np.uint8),
    }


@contextlib.contextmanager
def server(base: Path, *flags: str) -> Iterator[tuple[str, int]]:
    """Starts `python -m serving.server`; yields its address and process id."""
    command = [
        *(sys.executable, "-m", "serving.server", "--host=127.0.0.1", "--port=0"),
        *(f"--model_base_path={base}", "--rest_api_port=0", *flags),
    ]
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment,
    ) as process:
        try:
            assert process.stdout is not None
            for line in process.stdout:
                found = re.match(r"serving \S+: gRPC on (\d+)", line)
                if found:
                    yield f"127.0.0.1:{found[1]}", process.pid
                    return
            raise RuntimeError("the server ended before it served")
        finally:
            process.terminate()


def resident_mb(pid: int) -> float:
    """Returns the memory of a process."""
    text = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    found = re.search(r"VmRSS:\s+(\d+) kB", text)
    return int(found[1]) / 1024 if found else float("nan")
