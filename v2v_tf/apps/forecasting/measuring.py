"""Measures forecasts, step ahead by step ahead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from v2v_tf.apps.forecasting.label_forecaster import ForecastClip
from v2v_tf.apps.segmentation.segmenter import Segmenter
from v2v_tf.metrics.frechet import frechet_of_features
from v2v_tf.metrics.image import psnr_per_frame, ssim_per_frame
from v2v_tf.metrics.segmentation import confusion_matrix, mean_iou

# A value for each step; None where nothing could be measured.
Steps = list[float | None]
MIOU, PSNR, SSIM, FRECHET = "miou", "psnr", "ssim", "frechet_toyseg"


@dataclass
class StepScores:
    """Gathers the forecasts of one method.

    Attributes:
        num_labels: L.
        segmenter: makes the features of the Fréchet distance; None leaves it out.
        ignored: id of pixels without a label, which are not counted; None for none.
    """

    num_labels: int
    segmenter: Segmenter | None = None
    ignored: int | None = None
    _confusion: list[np.ndarray] = field(default_factory=list)
    _psnr: list[np.ndarray] = field(default_factory=list)
    _ssim: list[np.ndarray] = field(default_factory=list)
    _fake: list[np.ndarray] = field(default_factory=list)
    _real: list[np.ndarray] = field(default_factory=list)

    def add(self, forecast: ForecastClip, real: ForecastClip) -> None:
        """Adds one forecast of N frames; all have as many.

        Args:
            forecast: forecast label maps, with frames or without.
            real: the clip that followed, with labels and frames.
        """
        pairs = zip(real.label_maps, forecast.label_maps, strict=True)
        counts = [
            confusion_matrix(a, b, self.num_labels, self.ignored) for a, b in pairs
        ]
        self._confusion.append(np.stack(counts))
        if forecast.frames is None or real.frames is None:
            return
        self._psnr.append(psnr_per_frame(forecast.frames, real.frames))
        self._ssim.append(ssim_per_frame(forecast.frames, real.frames))
        if self.segmenter is not None:
            self._fake.append(self.segmenter.segment(forecast.frames).features)
            self._real.append(self.segmenter.segment(real.frames).features)

    def by_step(self) -> dict[str, Steps]:
        """Returns each metric, one value a step; None where no pixel has a label.

        `miou` counts the pixels of all forecasts together; `psnr` and `ssim` are means
        over forecasts; `frechet_toyseg` compares the frames of one step with the real
        ones of that step.
        """
        summed = np.sum(self._confusion, axis=0)
        found: dict[str, Steps] = {
            MIOU: [mean_iou(of) if of.any() else None for of in summed]
        }
        if self._psnr:
            found[PSNR] = np.mean(self._psnr, axis=0).tolist()
            found[SSIM] = np.mean(self._ssim, axis=0).tolist()
        if len(self._fake) > 1:
            both = np.stack(self._fake), np.stack(self._real)
            found[FRECHET] = [
                frechet_of_features(fake, real)
                for fake, real in zip(*(x.swapaxes(0, 1) for x in both), strict=True)
            ]
        return found


def table(scores: Mapping[str, Mapping[str, Steps]], steps: list[int]) -> str:
    """Returns Markdown, a table for each metric: a method a row, a step a column.

    Args:
        scores: method to metric to values by step.
        steps: steps ahead to show, from 1.
    """
    metrics = dict.fromkeys(name for of in scores.values() for name in of)
    parts = []
    for metric in metrics:
        digits = {PSNR: 2, FRECHET: 2}.get(metric, 3)
        rows = [f"| {metric} | " + " | ".join(f"+{step}" for step in steps) + " |"]
        rows.append("|---" * (len(steps) + 1) + "|")
        for method, of in scores.items():
            if metric in of:
                values = (of[metric][step - 1] for step in steps)
                cells = ("-" if x is None else f"{x:.{digits}f}" for x in values)
                rows.append(f"| {method} | " + " | ".join(cells) + " |")
        parts.append("\n".join(rows))
    return "\n\n".join(parts) + "\n"
