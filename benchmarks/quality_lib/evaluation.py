"""Free-running roll-outs of a trained run over clips, and their numbers."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from quality_lib.seen import HISTORY, Seen
from v2v_tf.config import Config
from v2v_tf.data.clips import Clip
from v2v_tf.data.flow import teacher_flow
from v2v_tf.data.input.dataset import read_clips
from v2v_tf.inference.frames import Synthesized
from v2v_tf.inference.generation import measure
from v2v_tf.inference.loading import AnySynthesizer, FirstFrames, open_run
from v2v_tf.metrics import image
from v2v_tf.metrics.flow import end_point_error, zero_flow_error
from v2v_tf.metrics.instances import color_drift, color_error
from v2v_tf.metrics.summary import mean_of


def evaluate(
    run: Path,
    records: Path,
    first_frame_run: Path | None = None,
    begins: FirstFrames | None = None,
) -> tuple[dict, np.ndarray]:
    """Generates all clips and measures them.

    Args:
        run: the trained model.
        records: clips of one length.
        first_frame_run: makes the first frames; None for real ones.
        begins: what the videos begin with, without `first_frame_run`; None for the
            model's own.

    Returns:
        `mean` and `clips` of metrics, `psnr_by_frame` (mean over clips); and the
        frames, uint8 [N, F, H, W, 3].
    """
    synthesizer = load(run, first_frame_run, begins)
    clips, generated = {}, []
    by_frame = []
    seen = Seen(synthesizer.config)
    for clip in read_clips(records, synthesizer.config):
        result = rollout(synthesizer, clip)
        clips[clip.clip_id] = _numbers(clip, result, synthesizer)
        by_frame.append(image.psnr_per_frame(result.fake_frames, clip.frames[HISTORY:]))
        generated.append(result.fake_frames)
        seen.add(clip, result.fake_frames)
    numbers = {
        "mean": mean_of(list(clips.values())) | seen.numbers(),
        "clips": clips,
        "psnr_by_frame": np.mean(by_frame, axis=0).round(3).tolist(),
    }
    return numbers, np.stack(generated)


def load(
    run: Path,
    first_frame_run: Path | None = None,
    begins: FirstFrames | None = None,
) -> AnySynthesizer:
    """Loads a run, with what makes its first frames."""
    if first_frame_run is None:
        return open_run(run, first_frames=begins)
    return open_run(run, first_frames="generated", first_frame_model=first_frame_run)


def size_of(config: Config) -> tuple[int, int]:
    """Returns height and width of the toy street for a configuration."""
    width = config.data.resize.load_size
    return width // 2, width


def rollout(synthesizer: AnySynthesizer, clip: Clip) -> Synthesized:
    """Generates the frames of a clip after the first two."""
    result = synthesizer.rollout(clip)
    late = HISTORY - synthesizer.history
    return Synthesized._make(None if x is None else x[late:] for x in result)


def long_rollout(run: Path, records: Path, num_frames: int) -> dict[str, float]:
    """Generates the first clip played to and fro; returns how its look drifts."""
    synthesizer = load(run)
    once = next(iter(read_clips(records, synthesizer.config)))
    order = to_and_fro(len(once), num_frames)
    clip = Clip(
        conditions=once.conditions[order],
        frames=once.require("frames")[order],
        instances=None if once.instances is None else once.instances[order],
    )
    frames = rollout(synthesizer, clip).fake_frames
    real = clip.frames[HISTORY:]
    return {
        "frames": num_frames,
        "psnr": image.psnr(frames, real),
        **{
            f"{name}_drift{of}": image.drift(per_frame(clip_frames))
            for name, per_frame in (
                ("contrast", image.contrast_per_frame),
                ("sharpness", image.sharpness_per_frame),
            )
            for of, clip_frames in (("", frames), ("_real", real))
        },
    }


def to_and_fro(length: int, total: int) -> np.ndarray:
    """Returns `total` indices 0 .. length - 1 .. 0 .., none twice in a row."""
    period = [*range(length), *range(length - 2, 0, -1)]
    return np.resize(period, total)


def _numbers(
    clip: Clip, result: Synthesized, synthesizer: AnySynthesizer
) -> dict[str, float]:
    """Returns the metrics of `generate`, and those that guard against blur."""
    frames, real = result.fake_frames, clip.frames[HISTORY:]
    values = measure(clip, result, synthesizer.config, HISTORY)
    flow = clip.flow[HISTORY:]
    visible = clip.flow_confidence[HISTORY:, ..., 0] > 0.5
    values["flow_error_zero"] = zero_flow_error(flow, visible)
    for name, shown in (("motion_error", frames), ("motion_error_real", real)):
        moved = np.stack(list(_estimated_flows(shown)))
        values[name] = end_point_error(moved, flow, visible)
    if clip.instances is not None:
        instances = clip.instances[HISTORY:]
        values["color_error"] = color_error(frames, real, instances)
        values["color_drift"] = color_drift(frames, instances)
        values["color_drift_real"] = color_drift(real, instances)
    if result.mask is not None:
        values["mask"] = float(result.mask[1:, ..., 0][visible].mean())
    return {name: value for name, value in values.items() if not np.isnan(value)}


def _estimated_flows(frames: np.ndarray) -> Iterator[np.ndarray]:
    """Estimates how the frames themselves move, with DIS."""
    for previous, current in itertools.pairwise(frames):
        yield teacher_flow(current, previous, "medium")
