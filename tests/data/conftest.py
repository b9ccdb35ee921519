"""Small sources on disk, drawn so that every pixel position is told apart."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from v2v_tf import config as configuration
from v2v_tf.config import Config

NUM_LABELS = 5


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
        return configuration.load(None, base + overrides)

    return make
