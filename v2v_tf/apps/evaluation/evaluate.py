"""Evaluates a trained model, alone or beside its baselines.

Every method makes every clip of a split, free-running; all are measured on the same
frames, those after the first that the video model is given.

A folder holds, for each clip and method, `<clip>.<method>.mp4`, all of one length and
size, and `<clip>.png`, some moments; `comparison.json`, what a page needs to play them
and to show the table; `comparison.md`, the table; `metrics.json`, all numbers.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from v2v_tf.apps.evaluation.baselines import BLEND, check_blend, copy_warp, flow_blend
from v2v_tf.apps.evaluation.gathering import Summary
from v2v_tf.apps.evaluation.job import Job
from v2v_tf.apps.evaluation.judges import JudgeOptions
from v2v_tf.data.clips import Clip
from v2v_tf.inference.frame_by_frame import FrameByFrame
from v2v_tf.inference.frames import Synthesized
from v2v_tf.inference.loading import AnySynthesizer, FirstFrames, load_synthesizer
from v2v_tf.storage import runs


def evaluate(
    run_dir: str | Path,
    data_dir: str | Path,
    output: str | Path | None = None,
    *,
    split: str = "train",
    fps: float = 12.0,
    precision: str | None = None,
    overwrite: bool = False,
    first_frames: FirstFrames | None = None,
    first_frame_model: str | Path | None = None,
    judges: JudgeOptions | None = None,
) -> Summary:
    """Measures one model on every clip of a split.

    Args:
        run_dir: of `v2v-tf train`, of either model.
        data_dir: clip records.
        output: folder to write; None to measure alone.
        split: of the records, `train` or `eval`.
        fps: of the videos.
        precision: policy to compute in, see `load_synthesizer`.
        overwrite: replace a former result.
        first_frames: what a video begins with, see `load_synthesizer`.
        first_frame_model: run of a first_frame model, likewise.
        judges: networks that look at the frames; None for the run's own alone.

    Raises:
        InputError: no run, no records, clips that are too short, a used output folder,
            networks that do not load or fit; first frames that do not go with the run.
    """
    others = () if first_frame_model is None else (Path(first_frame_model),)
    folder = None if output is None else Path(output)
    job = Job(Path(run_dir), Path(data_dir), folder, split, fps, overwrite, others)
    job.check()
    synthesizer = load_synthesizer(run_dir, precision, first_frames, first_frame_model)
    name = "vid2vid" if synthesizer.config.model == "vid2vid" else "frame_by_frame"
    return job.run(
        synthesizer.config,
        synthesizer.history,
        lambda clip: {name: synthesizer.rollout(clip)},
        judges or JudgeOptions(),
        {"first_frames": first_frames},
    )


def compare(
    run_dir: str | Path,
    frame_run_dir: str | Path,
    data_dir: str | Path,
    output: str | Path,
    *,
    split: str = "train",
    fps: float = 12.0,
    precision: str | None = None,
    overwrite: bool = False,
    first_frames: FirstFrames | None = None,
    blend: float = BLEND,
    judges: JudgeOptions | None = None,
) -> Summary:
    """Measures a video model beside its baselines on every clip of a split.

    `vid2vid`; `frame_by_frame`; `frame_by_frame_flow_blend`, the same frames smoothed
    along the reference flow; `copy_warp`, the last real frame before the first
    generated one, moved along the reference flow.

    Args:
        run_dir: of a video model.
        frame_run_dir: of a first_frame model of the same records.
        data_dir: clip records.
        output: folder to write.
        split: of the records, `train` or `eval`.
        fps: of the videos.
        precision: policy to compute in, see `load_synthesizer`.
        overwrite: replace a former result.
        first_frames: what the video model begins with; `generated` for the frames of
            `frame_run_dir`.
        blend: weight of the past in `frame_by_frame_flow_blend`, see `flow_blend`.
        judges: networks that look at the frames; None for the run's own alone.

    Raises:
        InputError: as `evaluate`; a run of the wrong model, or of other records.
    """
    check_blend(blend)
    run, frame_run = Path(run_dir), Path(frame_run_dir)
    folders = (run, Path(data_dir), Path(output))
    job = Job(*folders, split, fps, overwrite, (frame_run,))
    job.check()
    runs.load_config(run, model="vid2vid")
    makes_first = frame_run if first_frames == "generated" else None
    video = load_synthesizer(run, precision, first_frames, makes_first)
    frames = FrameByFrame.load(frame_run, precision)
    frames.check_serves(video.config)
    # Copying needs a real frame before, also where the model begins with none.
    start = max(video.history, 1)
    return job.run(
        video.config,
        start,
        lambda clip: _all_methods(clip, video, frames, start, blend),
        judges or JudgeOptions(),
        {
            "first_frames": first_frames,
            "frame_model": str(frame_run),
            "flow_blend_weight": blend,
        },
        (
            f"vid2vid begins with first frames {first_frames or 'as it was trained'}; "
            "frame_by_frame sees conditions alone",
            f"frame_by_frame_flow_blend (weight of the past {blend:g}) and copy_warp "
            "are told the reference flow, copy_warp also a real frame",
        ),
    )


def _all_methods(
    clip: Clip, video: AnySynthesizer, frames: FrameByFrame, start: int, blend: float
) -> dict[str, Synthesized]:
    single = frames.rollout(clip)
    flow, trusted = clip.require("flow"), clip.require("flow_confidence")[..., 0] > 0.5
    blended = flow_blend(single.fake_frames, flow, trusted, blend)
    moved = copy_warp(clip.require("frames")[start - 1], flow[start - 1 :])
    return {
        "vid2vid": _from(video.rollout(clip), start - video.history),
        "frame_by_frame": _from(single, start),
        "frame_by_frame_flow_blend": _plain(blended[start:]),
        "copy_warp": _plain(moved),
    }


def _from(result: Synthesized, late: int) -> Synthesized:
    return Synthesized._make(None if part is None else part[late:] for part in result)


def _plain(frames: np.ndarray) -> Synthesized:
    return Synthesized(frames, None, None, None, None)
