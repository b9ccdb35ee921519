"""Measures a video beside the real one frame by frame, whatever its length.

The numbers are those of `metrics.summary.evaluate_clip`, with two frames in memory.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict

import numpy as np

from v2v_tf.config import Config
from v2v_tf.data import flow as flows
from v2v_tf.metrics import image, spectrum, temporal

_SMALLEST = 16  # pixels a side, of frames whose flow is estimated


class VideoMetrics:
    """Gathers the metrics of one video.

    The flow is estimated on the real frames, as `prepare` does.

    Args:
        config: says how flow is estimated, and where it is trusted.
    """

    def __init__(self, config: Config) -> None:
        self._data = config.data
        self._per_frame: dict[str, list[float]] = {}
        self._sums: defaultdict[str, float] = defaultdict(float)
        self._counts: Counter[str] = Counter()
        self._last: np.ndarray | None = None

    def add(self, frame: np.ndarray, real: np.ndarray) -> None:
        """Adds the next frame.

        Args:
            frame: uint8 [H, W, 3], generated.
            real: uint8 [H, W, 3].
        """
        ours, theirs = frame[np.newaxis], real[np.newaxis]
        values = {"psnr": image.psnr(ours, theirs)}
        if min(frame.shape[:2]) >= image.SSIM_WINDOW:
            values["ssim"] = image.ssim(ours, theirs)
        for name, measured in (
            ("contrast", image.contrast),
            ("sharpness", image.sharpness),
        ):
            values[name] = measured(ours)
            values[f"{name}_real"] = measured(theirs)
        for end, shown in (("", ours), ("_real", theirs)):
            share, peak = spectrum.grid_and_peak(shown)
            values |= {f"grid{end}": share, f"grid_peak{end}": peak}
        for name, value in values.items():
            if not math.isnan(value):  # a flat frame has no peak
                self._per_frame.setdefault(name, []).append(value)
        now = np.stack([frame, real])
        if self._last is not None and min(frame.shape[:2]) >= _SMALLEST:
            self._add_pair(self._last, now)
        self._last = now

    def values(self) -> dict[str, float]:
        """Returns the metrics by name, `x_real` beside `x`."""
        values = {name: float(np.mean(one)) for name, one in self._per_frame.items()}
        for name in ("warping_error", "still"):
            for end in ("", "_real"):
                count = self._counts[name]
                if count:
                    values[name + end] = self._sums[name + end] / count
        if "still" in values:
            still, real = values.pop("still"), values.pop("still_real")
            values |= {"flicker": still - real, "flicker_real": real}
        for name in ("contrast", "sharpness"):
            for end in ("", "_real"):
                per_frame = np.array(self._per_frame[name + end])
                values[f"{name}_drift{end}"] = image.drift(per_frame)
        count = len(self._per_frame["psnr"])
        values |= {"drift_window": image.drift_window(count), "num_frames": count}
        return {name: value for name, value in values.items() if not math.isnan(value)}

    def _add_pair(self, before: np.ndarray, now: np.ndarray) -> None:
        """Adds change from one frame to the next; [2, H, W, 3], generated and real."""
        preset, threshold = self._data.flow_preset, self._data.confidence_threshold
        flow = flows.teacher_flow(now[1], before[1], preset)
        trusted = flows.flow_confidence(now[1], before[1], flow, threshold) > 0.5
        flow, visible = flow[np.newaxis], trusted[np.newaxis]
        still = temporal.still_pixels(flow)
        self._counts["warping_error"] += int(visible.sum())
        self._counts["still"] += int(still.sum())
        for index, end in enumerate(("", "_real")):
            pair = np.stack([before[index], now[index]])
            if visible.any():
                error = temporal.warping_error(pair, flow, visible)
                self._sums[f"warping_error{end}"] += error * int(visible.sum())
            if still.any():
                change = temporal.still_change(pair, still)
                self._sums[f"still{end}"] += change * int(still.sum())
