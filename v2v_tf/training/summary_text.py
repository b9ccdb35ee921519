"""Writes what `v2v-tf train` prints at its end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from v2v_tf.training.previews import EVENTS_FOLDER, SAMPLES_FOLDER
from v2v_tf.visualization.tables import metric_rows

# Not the generator's total: stages add up different terms.
_LOSSES = (
    *("generator/gan", "generator/gan_temporal_s0", "generator/feature_matching"),
    *("generator/perceptual", "generator/l1", "generator/flow_l1", "generator/warp"),
    "discriminator/total",
)
_METRICS = ("psnr", "ssim", "warping_error", "flicker", "sharpness", "flow_error")


def closing_summary(
    history: Sequence[Mapping[str, float]],
    metrics: Mapping[str, float],
    seconds: float,
    *,
    steps: int,
) -> str:
    """Returns the last words of a training, without a line break at the end.

    Args:
        history: epoch by epoch `epoch` (its number) and the mean of each loss, as in
            `history.json`.
        metrics: metrics of the newest previews; empty where there were none.
        seconds: time that the steps took, seconds.
        steps: number of steps of this command, without those that an earlier one
            trained.
    """
    lines = [f"{_count(steps, 'step')} in {_duration(seconds)}"]
    losses = _losses(history)
    if losses:
        lines += ["losses, mean of the first and of the last epoch that has them:"]
        lines += losses
    if metrics:
        lines += ["previews, free-running, mean over clips (the real clips' own):"]
        lines += _metrics(metrics)
        lines += [
            f"  videos: {SAMPLES_FOLDER}/ of the run; TensorBoard: --logdir, the run "
            f"(previews: {EVENTS_FOLDER})",
        ]
    return "\n".join(lines)


def _losses(history: Sequence[Mapping[str, float]]) -> list[str]:
    lines = []
    for name in _LOSSES:
        having = [epoch for epoch in history if name in epoch]
        if having:
            first, last = having[0], having[-1]
            lines.append(
                f"  {name:28} {first[name]:.4g} -> {last[name]:.4g}  "
                f"(epochs {first['epoch']:.0f} to {last['epoch']:.0f})"
            )
    return lines


def _metrics(metrics: Mapping[str, float]) -> list[str]:
    wanted = {
        key: metrics[key]
        for name in _METRICS
        for key in (name, f"{name}_real", f"{name}_zero")
        if key in metrics
    }
    lines = []
    for row in metric_rows(wanted):
        real = "" if row.real is None else f"({row.real:.4g})"
        lines.append(f"  {row.name:24} {row.fake:<7.4g} {real:10} {row.note}")
    return lines


def _duration(seconds: float) -> str:
    whole = round(seconds)
    hours, minutes = whole // 3600, whole % 3600 // 60
    if hours:
        return f"{hours} h {minutes:02d} min"
    return f"{minutes} min {whole % 60:02d} s" if minutes else f"{whole} s"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
