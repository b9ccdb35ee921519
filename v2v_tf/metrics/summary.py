"""Computes all metrics of one clip as a flat dictionary, and their mean over clips.

A key `x_real` holds the real clip's own value of `x`: no number means much without
it. `METRICS` says what each key is, for tables.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from v2v_tf.errors import InputError
from v2v_tf.metrics import flow as flow_metrics
from v2v_tf.metrics import image, spectrum, temporal
from v2v_tf.metrics.checks import check_frames, check_shape


@dataclass(frozen=True)
class MetricInfo:
    """Says what a table notes on a metric.

    Attributes:
        title: name of the metric for people.
        note: unit, direction, ideal.
    """

    title: str
    note: str


METRICS: Mapping[str, MetricInfo] = {
    "psnr": MetricInfo("PSNR", "dB against the real frames; higher is closer"),
    "ssim": MetricInfo("SSIM", "similarity to the real frames; 1 is equal"),
    "warping_error": MetricInfo(
        "Warping error", "change along the reference flow; lower is calmer"
    ),
    "flicker": MetricInfo(
        "Flicker", "change where nothing moves, less the real clip's; 0 is ideal"
    ),
    "contrast": MetricInfo(
        "Contrast", "standard deviation of luma; ideal is the real clip's"
    ),
    "sharpness": MetricInfo(
        "Sharpness", "variance of the Laplacian of luma; ideal is the real clip's"
    ),
    "grid": MetricInfo(
        "Grid",
        "share of spectral energy at periods of 2 and 4 pixels; ideal is the real "
        "clip's; blur lowers it",
    ),
    "grid_peak": MetricInfo(
        "Grid peak",
        "how far periods of 2 and 4 pixels stand out in the spectrum; ideal is the "
        "real clip's, about 1",
    ),
    "contrast_drift": MetricInfo(
        "Contrast drift", "last frames / first frames; ideal is the real clip's"
    ),
    "sharpness_drift": MetricInfo(
        "Sharpness drift", "last frames / first frames; ideal is the real clip's"
    ),
    "drift_window": MetricInfo(
        "Drift window", "frames at either end that the drifts compare"
    ),
    "flow_error": MetricInfo(
        "Flow error", "pixels, predicted against reference flow; lower is better"
    ),
    "flow_error_zero": MetricInfo(
        "Flow error of zero flow", "pixels, what predicting no motion would score"
    ),
    "num_frames": MetricInfo("Frames", "length of the clip"),
}


def evaluate_clip(
    frames: np.ndarray,
    real: np.ndarray,
    *,
    flow: np.ndarray | None = None,
    visible: np.ndarray | None = None,
    label_maps: np.ndarray | None = None,
    fake_flow: np.ndarray | None = None,
) -> dict[str, float]:
    """Returns every metric that the given arrays allow.

    Args:
        frames: uint8 [T, H, W, 3], generated.
        real: uint8 [T, H, W, 3].
        flow: [T - 1, H, W, 2], reference flow, pixels, backward.
        visible: [T - 1, H, W], booleans or 0 and 1, where `flow` holds; goes with it.
        label_maps: integers [T, H, W], for `flicker`.
        fake_flow: [T - 1, H, W, 2], what the model predicted, pixels, backward.

    Returns:
        `psnr`, `ssim` (frames of 11x11 or more), `contrast`, `sharpness`, their
        drifts, `drift_window`, `grid` and `grid_peak` (frames of 32x32 or more),
        `num_frames`; with `flow` also `warping_error` and `flicker`; with `fake_flow`
        also `flow_error`, `flow_error_zero`. `x_real` follows `x`; `flicker_real` is
        the real clip's own change, already taken off `flicker`. A metric without a
        value (no visible pixel, say) is left out.

    Raises:
        InputError: a wrong shape or value, or arrays that go together given alone.
    """
    check_frames("frames", frames)
    check_frames("real", real)
    check_shape("real", real, frames.shape)
    if (flow is None) != (visible is None):
        raise InputError("flow and visible go together: give both or neither")
    if fake_flow is not None and flow is None:
        raise InputError("fake_flow needs the reference flow and visible beside it")
    values = {"psnr": image.psnr(frames, real)}
    if min(frames.shape[1:3]) >= image.SSIM_WINDOW:
        values["ssim"] = image.ssim(frames, real)
    if flow is not None and visible is not None:
        values |= _temporal(frames, real, flow, visible, label_maps)
    values |= _appearance(frames, real)
    values["drift_window"] = image.drift_window(len(frames))
    if fake_flow is not None and flow is not None:
        values["flow_error"] = flow_metrics.end_point_error(fake_flow, flow, visible)
        values["flow_error_zero"] = flow_metrics.zero_flow_error(flow, visible)
    values["num_frames"] = len(frames)
    return {name: value for name, value in values.items() if not math.isnan(value)}


def mean_of(clips: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Returns the mean of each metric over the clips that have it.

    Clips weigh the same, however long they are.

    Args:
        clips: results of `evaluate_clip`, one a clip.

    Raises:
        InputError: there is no clip.
    """
    if not clips:
        raise InputError("mean_of: expected the metrics of one clip or more, got none")
    names = dict.fromkeys(name for clip in clips for name in clip)
    return {
        name: float(np.mean([clip[name] for clip in clips if name in clip]))
        for name in names
    }


def _temporal(
    frames: np.ndarray,
    real: np.ndarray,
    flow: np.ndarray,
    visible: np.ndarray,
    label_maps: np.ndarray | None,
) -> dict[str, float]:
    return {
        "warping_error": temporal.warping_error(frames, flow, visible),
        "warping_error_real": temporal.warping_error(real, flow, visible),
        "flicker": temporal.flicker(frames, real, flow, label_maps),
        "flicker_real": temporal.still_change(
            real, temporal.still_pixels(flow, label_maps)
        ),
    }


def _appearance(frames: np.ndarray, real: np.ndarray) -> dict[str, float]:
    values = {}
    for name, per_frame in (
        ("contrast", image.contrast_per_frame),
        ("sharpness", image.sharpness_per_frame),
    ):
        of_fake, of_real = per_frame(frames), per_frame(real)
        values[name] = float(of_fake.mean())
        values[f"{name}_real"] = float(of_real.mean())
        values[f"{name}_drift"] = image.drift(of_fake)
        values[f"{name}_drift_real"] = image.drift(of_real)
    for end, shown in (("", frames), ("_real", real)):
        share, peak = spectrum.grid_and_peak(shown)
        values |= {f"grid{end}": share, f"grid_peak{end}": peak}
    return values
