"""Shared fixtures: quiet TensorFlow, the reference data, and small sources on disk.

The sources are drawn so that every pixel position is told apart.
"""

from __future__ import annotations

import json
import os
import struct
import sys
import zlib
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import cv2
import numpy as np
import pytest

from v2v_tf import config as configuration
from v2v_tf.config import Config
from v2v_tf.data.prepare.prepare import prepare
from v2v_tf.toy_street.writer import write_clips

NUM_LABELS = 5  # of the label maps of `write_street`
pytest_plugins = ("tests.exported_models",)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--run-slow", action="store_true", help="run the slow tests too")


def pytest_report_header() -> str:
    folder = os.environ.get("V2V_REFERENCE")
    found = (
        folder and Path(folder, "data").is_dir() and Path(folder, "fixtures").is_dir()
    )
    return f"reference data: {'found' if found else 'absent, its tests are skipped'}"


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    for item in items:
        for mark in item.iter_markers("needs"):
            if missing := [name for name in mark.args if find_spec(name) is None]:
                reason = f"no {missing[0]} here (docs/stacks.md)"
                item.add_marker(pytest.mark.skip(reason=reason))
    if config.getoption("--run-slow"):
        return
    skip = pytest.mark.skip(reason="slow: run with --run-slow (make test-all)")
    for item in items:
        if "slow" in item.keywords:
            item.add_marker(skip)


@pytest.fixture(autouse=True, scope="module")
def fast_operations():
    """Ends what training switches on for a whole process, and slows later tests."""
    yield
    if "tensorflow" in sys.modules:
        from v2v_tf.tensorflow_private import disable_op_determinism

        disable_op_determinism()


@pytest.fixture(scope="session")
def reference() -> Path:
    """Folder with the reference `data/` and `fixtures/`; skips where it is absent."""
    folder = Path(os.environ.get("V2V_REFERENCE", ""))
    if not (folder / "data").is_dir() or not (folder / "fixtures").is_dir():
        pytest.skip("reference data absent: V2V_REFERENCE names no folder with it")
    return folder


@pytest.fixture(scope="session")
def legacy(reference) -> Path:
    """Folder of what version 0.1 wrote; skips where it is absent."""
    folder = reference / "legacy"
    if not (folder / "run").is_dir():
        pytest.skip("reference data absent: V2V_REFERENCE has no legacy/")
    return folder


def texture(height: int, width: int, shift: int, seed: int = 3) -> np.ndarray:
    """A smooth random RGB texture that moves left by `shift` pixels."""
    noise = np.random.default_rng(seed).integers(0, 256, (height, width + 64, 3))
    blurred = cv2.GaussianBlur(noise.astype(np.uint8), (0, 0), 2.0)
    stretched = cv2.normalize(blurred, None, 0, 255, cv2.NORM_MINMAX)
    return stretched[:, shift : shift + width]


def write_image(path: Path, image: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    bgr = image[..., ::-1] if image.ndim == 3 else image
    assert cv2.imwrite(str(path), np.ascontiguousarray(bgr))


def label_map(height: int, width: int, shift: int) -> np.ndarray:
    rows, columns = np.mgrid[:height, :width]
    return ((rows // 10 + (columns + shift) // 7) % NUM_LABELS).astype(np.uint8)


@pytest.fixture(scope="session")
def oversized_png() -> bytes:
    """A PNG whose header claims 60000x60000 pixels, more than any reader takes."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        checksum = zlib.crc32(kind + body)
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", checksum)

    header = struct.pack(">IIBBBBB", 60000, 60000, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(b"\0")), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*pair) for pair in chunks)


@pytest.fixture(scope="session")
def write_street() -> Callable[..., Path]:
    """Writes `train_A`, `train_B` and `train_inst` under a folder."""

    def write(
        root: Path,
        sequences: dict[str, int],
        size: tuple[int, int] = (32, 64),
        instances: bool = True,
        phase: str = "train",
    ) -> Path:
        for name, num_frames in sequences.items():
            for t in range(num_frames):
                file = f"{name}/{name}_{t:04d}.png"
                labels = label_map(*size, t)
                write_image(root / f"{phase}_A" / file, labels)
                write_image(root / f"{phase}_B" / file, texture(*size, t, len(name)))
                if instances:
                    ids = labels.astype(np.uint16) * 1000 + 7
                    write_image(root / f"{phase}_inst" / file, ids)
        return root

    return write


@pytest.fixture(scope="session")
def write_video() -> Callable[..., Path]:
    """Writes an mp4 of a moving texture."""

    def write(path: Path, num_frames: int, size: tuple[int, int] = (32, 64)) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        fourcc = cv2.VideoWriter_fourcc(*"mp4v")
        writer = cv2.VideoWriter(str(path), fourcc, 25.0, size[::-1])
        for t in range(num_frames):
            writer.write(np.ascontiguousarray(texture(*size, t)[..., ::-1]))
        writer.release()
        return path

    return write


@pytest.fixture(scope="session")
def openpose_text() -> Callable[[float], str]:
    """OpenPose JSON of one person who stands at `x`."""

    def make(x: float) -> str:
        body = []
        for point in range(25):
            body += [x + 2 * (point % 5), 4 + 2.3 * point, 0.9]
        hand = [0.0] * 63
        person = {
            "pose_keypoints_2d": body,
            "face_keypoints_2d": [0.0] * 210,
            "hand_left_keypoints_2d": hand,
            "hand_right_keypoints_2d": hand,
        }
        return json.dumps({"version": 1.2, "people": [person]})

    return make


@pytest.fixture(scope="session")
def write_pose(openpose_text) -> Callable[..., Path]:
    """Writes `train_densepose`, `train_openpose` and `train_img` of 128x64 frames."""

    def write(root: Path, num_frames: int) -> Path:
        for t in range(num_frames):
            dense = np.zeros((64, 128, 3), np.uint8)
            dense[10:50, 50 + t : 70 + t] = (40 + t, 90, 1 + (t % 24))
            write_image(root / f"train_densepose/a/{t:03d}.png", dense)
            write_image(root / f"train_img/a/{t:03d}.png", texture(64, 128, t))
            path = root / f"train_openpose/a/{t:03d}.json"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(openpose_text(52.0 + t))
        return root

    return write


@pytest.fixture(scope="session")
def write_face() -> Callable[..., Path]:
    """Writes `train_keypoints` and `train_img` of 100x80 frames.

    The 68 landmarks are points on two ellipses, which is all that the curves need.
    """

    def write(root: Path, num_frames: int) -> Path:
        turn = np.linspace(0.0, np.pi, 27)
        jaw_and_brows = np.stack([50 + 24 * np.cos(turn), 36 + 25 * np.sin(turn)], 1)
        turn = np.linspace(0.0, 2 * np.pi, 41)
        inner = np.stack([49 + 11 * np.cos(turn), 40 + 9 * np.sin(turn)], 1)
        points = np.concatenate([jaw_and_brows, inner])
        for t in range(num_frames):
            path = root / f"train_keypoints/a/{t:03d}.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("".join(f"{x + t:.0f},{y:.0f}\n" for x, y in points))
            write_image(root / f"train_img/a/{t:03d}.png", texture(80, 100, t))
        return root

    return write


@pytest.fixture(scope="session")
def make_config() -> Callable[..., Config]:
    """Returns the configuration of a task for these sources, with overrides."""

    def make(task: str = "street", *overrides: str) -> Config:
        base = (
            f"task={task}",
            f"conditioning.street.num_labels={NUM_LABELS}",
            "conditioning.street.foreground_labels=[]",
            "data.resize.load_size=64",
            "data.num_shards=2",
            "data.flow_preset=ultrafast",
            "generator.num_downsamples=2",
        )
        return configuration.load_config(None, base + overrides)

    return make


@pytest.fixture(scope="session")
def toy_config() -> Config:
    return configuration.load_config("test/toy_street")


@pytest.fixture(scope="session")
def toy_data(tmp_path_factory, toy_config) -> Path:
    """Records of three clips of eight frames of a toy street, 64x32."""
    folder = tmp_path_factory.mktemp("toy")
    write_clips(folder / "clips", 3, 8, (32, 64), seed=3)
    summary = prepare(folder / "clips", folder / "records", toy_config)
    assert summary.accepted
    return folder / "records"
