"""Reads features of long videos, a window of frames at a time."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from v2v_tf.apps.evaluation.clip_features import FeatureNetworks

_FRAMES = 16  # at once, where no network says how many


class WindowFeatures:
    """Gathers the features of one video.

    Args:
        networks: networks that read the frames.
    """

    def __init__(self, networks: FeatureNetworks) -> None:
        self._networks = networks
        video = networks.video
        self._length = _FRAMES if video is None else video.num_frames
        self._without_video = FeatureNetworks(inception=networks.inception)
        self._frames: list[np.ndarray] = []
        self._found: dict[str, list[np.ndarray]] = defaultdict(list)

    def add(self, frame: np.ndarray) -> None:
        """Adds the next frame, uint8 [H, W, 3]."""
        if self._networks.inception is None and self._networks.video is None:
            return
        self._frames.append(frame)
        if len(self._frames) == self._length:
            self._read(self._networks)

    def features(self) -> dict[str, np.ndarray]:
        """Returns [N, D] by kind, once all frames were added.

        What is left at the end is too short for a video network, and read by others.
        """
        if self._frames:
            self._read(self._without_video)
        return {kind: np.concatenate(parts) for kind, parts in self._found.items()}

    def _read(self, networks: FeatureNetworks) -> None:
        for kind, rows in networks.features(np.stack(self._frames), None)[0].items():
            self._found[kind].append(rows)
        self._frames = []
