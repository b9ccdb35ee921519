"""Many streams at once: latency, throughput, memory, and whose frames they are."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from serving.client import Vid2VidClient
from serving_lib.models import resident_mb
from v2v_tf.export.exported_model import ExportedModel

Video = dict[str, np.ndarray]


@dataclass
class Load:
    """What some streams found.

    Attributes:
        seconds: that they lasted.
        latencies: seconds of every frame, from asking to having it.
        errors: that they met.
        worst_level: the largest difference to the frames made alone.
        equal: share of values that are equal to those.
        memory_mb: of the server, at the start and at the end.
    """

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    worst_level: int = 0
    equal: float = 1.0
    memory_mb: tuple[float, float] = (0.0, 0.0)

    @property
    def frames_per_second(self) -> float:
        """Of all streams together."""
        return len(self.latencies) / self.seconds


def run(
    target: str, pid: int, videos: list[Video], alone: list[np.ndarray], seconds: float
) -> Load:
    """Streams each video again and again until the time is up.

    Args:
        target: address of the server.
        pid: its process.
        videos: one a stream.
        alone: the frames of each, made alone.
        seconds: to last, at least.
    """
    load, lock = Load(), threading.Lock()
    end = time.monotonic() + seconds

    def stream(video: Video, expected: np.ndarray) -> None:
        try:
            with Vid2VidClient(target) as client:
                while time.monotonic() < end:
                    _one_video(client, video, expected, load, lock)
        except Exception as error:
            with lock:
                load.errors.append(repr(error))

    threads = [
        threading.Thread(target=stream, args=pair)
        for pair in zip(videos, alone, strict=True)
    ]
    before, began = resident_mb(pid), time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    load.seconds = time.monotonic() - began
    load.memory_mb = (before, resident_mb(pid))
    return load


def alone(model: ExportedModel, video: Video) -> np.ndarray:
    """Returns the frames of a video that the model makes in this process."""
    states, frames = model.begin(video), []
    for index in range(2, len(video["conditions"])):
        outputs, states = model.step(video, index, states)
        frames.append(outputs["fake_frames"].numpy()[0])
    return np.stack(frames)


def bare_frames_per_second(folder: Path, video: Video, seconds: float) -> float:
    """Returns how many frames the model makes in this process."""
    model, end = ExportedModel(folder), time.monotonic() + seconds
    alone(model, video)
    count, began = 0, time.monotonic()
    while time.monotonic() < end:
        count += len(alone(model, video))
    return count / (time.monotonic() - began)


def _one_video(
    client: Vid2VidClient,
    video: Video,
    expected: np.ndarray,
    load: Load,
    lock: threading.Lock,
) -> None:
    frames = client.stream(video["conditions"], video["instances"], video["frames"])
    previous = time.monotonic()
    for index, frame in enumerate(frames):
        now = time.monotonic()
        difference = np.abs(frame.astype(int) - expected[index].astype(int))
        with lock:
            # The first frame waits for the states too.
            if index:
                load.latencies.append(now - previous)
            load.worst_level = max(load.worst_level, int(difference.max()))
            load.equal = min(load.equal, float((difference == 0).mean()))
        previous = time.monotonic()
