"""Groups of frames that temporal discriminators read (method.md 1.11)."""

from __future__ import annotations


def triplet_schedule(
    num_before: int, num_new: int, num_frames: int, scale: int, num_scales: int
) -> list[tuple[int, ...]]:
    """Returns the groups of frames that end in the newest frames.

    Frames are numbered from 0 within the generated frames of a clip.

    Args:
        num_before: frames generated before this chunk.
        num_new: frames of this chunk.
        num_frames: frames of a group.
        scale: temporal scale; frames of a group are num_frames^scale apart.
        num_scales: temporal scales in all, which bounds the buffer of past frames.

    Returns:
        Groups of indices, each oldest first; the group with the newest end first.
        Empty while the clip is too short.
    """
    step = num_frames**scale
    span = step * (num_frames - 1)
    past_limit = num_frames ** (num_scales - 1) * (num_frames - 1)
    buffered = min(num_before, past_limit) + num_new
    usable = min(buffered - span, num_new)
    last = num_before + num_new - 1
    ends = [last - offset for offset in range(0, max(usable, 0), num_frames)]
    return [tuple(range(end - span, end + 1, step)) for end in ends]
