"""Evaluates a trained model, alone or beside its baselines.

Every method makes every clip of a split, free-running; all are measured on the same
frames, those after the first that the video model is given.

A folder holds, for each clip and method, `<clip>.<method>.mp4`, all of one length and
size, and `<clip>.png`, some moments; `comparison.json`, what a page needs to play them
and to show the table; `comparison.md`, the table; `metrics.json`, all numbers.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np

from v2v_tf.apps.evaluation.adherence import AdherenceOptions
from v2v_tf.apps.evaluation.baselines import BLEND, check_blend, copy_warp, flow_blend
from v2v_tf.apps.evaluation.clip_features import NetworkOptions
from v2v_tf.apps.evaluation.gathering import Summary
from v2v_tf.apps.evaluation.measuring import Evaluation, Methods
from v2v_tf.data.clips import Clip
from v2v_tf.inference.frame_by_frame import FrameByFrame
from v2v_tf.inference.frames import Synthesized
from v2v_tf.inference.job import ClipSelection, Destination
from v2v_tf.inference.loading import AnySynthesizer, ModelOptions
from v2v_tf.models.registry import family_of
from v2v_tf.storage import runs


def evaluate(
    model: ModelOptions,
    clips: ClipSelection,
    destination: Destination | None = None,
    networks: NetworkOptions | None = None,
    adherence: AdherenceOptions | None = None,
) -> Summary:
    """Measures one model on every clip of a split.

    Args:
        model: the run, of any model that generates frames.
        clips: the records to generate.
        destination: folder of videos and numbers; None to measure alone.
        networks: networks that read features and labels of frames; None for the
            segmentation network that the run keeps.
        adherence: what finds conditions again in frames; None for the detector of the
            task, where there is one.

    Returns:
        The numbers of the method `vid2vid` or `frame_by_frame`, as the run is.

    Raises:
        InputError: no run, no records, clips that are too short, a used output folder,
            networks that do not load or fit; first frames that do not go with the run.
    """
    run, *others = model.folders
    evaluation = Evaluation(
        *(run, clips, destination, networks or NetworkOptions(), tuple(others)),
        adherence or AdherenceOptions(),
    )
    evaluation.check()
    synthesizer = model.load()
    makes_video = family_of(synthesizer.config).makes_video
    name = "vid2vid" if makes_video else "frame_by_frame"
    methods = Methods(
        lambda clip: {name: synthesizer.rollout(clip)},
        synthesizer.history,
        {"first_frames": model.first_frames},
    )
    return evaluation.run(synthesizer.config, methods)


def compare(
    model: ModelOptions,
    frame_run_dir: str | Path,
    clips: ClipSelection,
    destination: Destination,
    *,
    blend: float = BLEND,
    networks: NetworkOptions | None = None,
    adherence: AdherenceOptions | None = None,
) -> Summary:
    """Measures a video model beside its baselines on every clip of a split.

    The methods: `vid2vid`; `frame_by_frame`; `frame_by_frame_flow_blend`, the same
    frames smoothed along the reference flow; `copy_warp`, the last real frame before
    the first generated one, moved along the reference flow.

    Args:
        model: the run of a video model; `generated` first frames are those of
            `frame_run_dir`.
        frame_run_dir: run of a first_frame model of the same records.
        clips: the records to generate.
        destination: folder of videos, numbers and the table.
        blend: weight of the past in `frame_by_frame_flow_blend`, in [0, 1), see
            `flow_blend`.
        networks: networks that read frames, and where their weights are.
        adherence: see `evaluate`.

    Returns:
        The numbers of each method.

    Raises:
        InputError: as `evaluate`; a run of the wrong model, or of other records.
    """
    check_blend(blend)
    run, frame_run = Path(model.run_dir), Path(frame_run_dir)
    evaluation = Evaluation(
        *(run, clips, destination, networks or NetworkOptions(), (frame_run,)),
        adherence or AdherenceOptions(),
    )
    evaluation.check()
    runs.load_config(run, needs="makes_video")
    first_frames = model.first_frames
    makes_first = frame_run if first_frames == "generated" else None
    video = dataclasses.replace(model, first_frame_model=makes_first).load()
    frames = FrameByFrame.load(frame_run, model.precision)
    frames.check_serves(video.config)
    # Copying needs a real frame before, also where the model begins with none.
    start = max(video.history, 1)
    methods = Methods(
        lambda clip: _all_methods(clip, video, frames, start, blend),
        start,
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
    return evaluation.run(video.config, methods)


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
