"""A whole clip in NumPy arrays: label ids or channels in, frames out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import tensorflow as tf

from v2v_tf.errors import InputError
from v2v_tf.models.common.condition_reader import ConditionReader
from v2v_tf.models.common.rollout import unroll
from v2v_tf.models.vid2vid.frame import FrameOutput
from v2v_tf.models.vid2vid.states import States, generate_frame

if TYPE_CHECKING:
    from v2v_tf.models.vid2vid.generator import SequentialGenerator


def rollout(
    generator: SequentialGenerator,
    conditions: np.ndarray,
    instances: np.ndarray | None = None,
    first_frames: np.ndarray | None = None,
) -> dict[str, np.ndarray]:
    """Generates a clip frame after frame.

    Args:
        generator: network of all scales.
        conditions: integers [T, H, W], label ids, or float [T, H, W, C], what the
            network reads.
        instances: integers [T, H, W]; needed with label ids where the network reads
            instance edges, else not read.
        first_frames: float [n - 1, H, W, 3], range [-1, 1], the frames before the
            first generated one. None only for a network that may begin with zeros: its
            first frame then leaves the warp out, as with zeros given.

    Returns:
        float32 arrays of T - n + 1 frames: `fake_frames` and `raw_frames`
        [.., H, W, 3], range [-1, 1]; with flow also `flow` [.., H, W, 2], pixels
        (dx, dy), and `mask` [.., H, W, 1], 1 = hallucinated.

    Raises:
        InputError: a shape, type, id or size is wrong, or something needed is missing.
    """
    channels = _channels(generator, np.asarray(conditions), instances)
    num_frames, *size = channels.shape[:3]
    num_past = generator.num_prev_frames
    if num_frames <= num_past:
        raise InputError(
            f"conditions: expected more than {num_past} frames to generate one, got "
            f"{num_frames}: give a longer clip"
        )
    first = _first_frames(generator, first_frames, size)
    states = generator.init_states(channels[None, :num_past], tf.constant(first)[None])
    # Past frames of zeros cannot be warped (method.md 6.2).
    starts_raw = generator.config.begins_alone and not first.any()

    def step(t: int, states: States) -> tuple[FrameOutput, States]:
        raw_only = starts_raw and t == num_past
        return generate_frame(generator, channels[None, t], states, raw_only)

    frames = range(num_past, num_frames)
    outputs = [output for output, _ in unroll(step, states, frames)]
    names = ("fake_frames", "raw_frames", "flow", "mask")
    return {
        name: np.concatenate([getattr(output, name) for output in outputs])
        for name in names
        if getattr(outputs[0], name) is not None
    }


def _channels(
    generator: SequentialGenerator, conditions: np.ndarray, instances: np.ndarray | None
) -> tf.Tensor:
    """Returns float32 [T, H, W, C], from label ids or as they came."""
    wanted = generator.num_channels
    kind = conditions.dtype.kind
    if conditions.ndim == 4 and kind == "f" and conditions.shape[-1] == wanted:
        _check_size(generator, conditions)
        return tf.constant(conditions, tf.float32)
    street = generator.conditioning
    if generator.style_encoder is not None:
        street = None  # Label ids do not say what instances look like.
    if street is None or conditions.ndim != 3 or kind not in "iu":
        labels = "" if street is None else "integers [T, H, W] (label ids) or "
        raise InputError(
            f"conditions: expected {labels}float [T, H, W, {wanted}] (what the network "
            f"reads), got {conditions.dtype} {list(conditions.shape)}"
        )
    _check_size(generator, conditions)
    planes = conditions[..., None]
    street.check_planes(planes, instances)
    ids = None if instances is None else tf.constant(np.asarray(instances, np.int64))
    reader = ConditionReader(street)
    return reader.channels(tf.constant(planes.astype(np.int64)), ids)


def _check_size(generator: SequentialGenerator, conditions: np.ndarray) -> None:
    height, width = conditions.shape[1:3]
    multiple = generator.multiple
    if height % multiple or width % multiple or not height or not width:
        raise InputError(
            f"conditions: height and width must be divisible by {multiple} "
            "(2^(num_downsamples + num_scales - 1)), got "
            f"{height}x{width}: resize or crop the clip"
        )


def _first_frames(
    generator: SequentialGenerator, first_frames: np.ndarray | None, size: list[int]
) -> np.ndarray:
    """Returns float32 [n - 1, H, W, 3]."""
    shape = (generator.num_prev_frames, *size, 3)
    if first_frames is None:
        if not generator.config.begins_alone:
            raise InputError(
                f"first_frames: this network needs {shape[0]} frames before the first "
                "generated one, got none: give real frames, or frames of a first-frame "
                "generator"
            )
        return np.zeros(shape, np.float32)
    frames = np.asarray(first_frames)
    if frames.shape != shape or frames.dtype.kind != "f":
        raise InputError(
            f"first_frames: expected float {list(shape)} in [-1, 1], got "
            f"{frames.dtype} {list(frames.shape)}"
            + (": divide by 127.5 and subtract 1" if frames.dtype == np.uint8 else "")
        )
    return frames.astype(np.float32)
