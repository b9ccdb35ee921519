"""Says what would need less memory where it runs out while frames are generated."""

from __future__ import annotations

from collections.abc import Sequence

import tensorflow as tf

from v2v_tf.config import Config
from v2v_tf.memory.use import MemorySetting, MemoryUse, what_saves
from v2v_tf.models.registry import family_of

_FLOAT = 4  # bytes
# A guess: maps go once they were read, so that about half of those that a backward pass
# would need are there at a time.
_AT_A_TIME = 0.5
_QUARTER = {"maps": 0.25}


def use_of_a_frame(config: Config, size: Sequence[int]) -> MemoryUse:
    """Returns what the maps of a frame take, without weights and libraries.

    Args:
        config: configuration of the model.
        size: height and width of the frames, pixels.
    """
    family = family_of(config)
    kept = family.kept_maps(family.build_generator(config))
    return MemoryUse(maps=round(_AT_A_TIME * _FLOAT * kept * size[0] * size[1]))


def last_words_for_source(advice: str) -> str:
    """Returns what is said where `generate --source` dies without an error.

    Args:
        advice: what to do, as `advice_for_source` gives it.
    """
    return (
        "v2v-tf generate: the process was killed or crashed, most likely because "
        f"memory ran out: {advice}"
    )


def advice_for_source(config: Config, size: Sequence[int]) -> str:
    """Returns what to do where `generate --source` ran out of memory.

    Args:
        config: configuration of the model.
        size: height and width of the frames, pixels; empty where none was drawn yet.
    """
    go_on = "--resume goes on after the frames that are done"
    if not size:
        return f"give smaller frames by --size WxH; {go_on}"
    multiple = config.size_multiple
    height, width = (max(side // 2 // multiple, 1) * multiple for side in size)
    settings = [
        MemorySetting(f"--size {width}x{height}", _QUARTER),
        *_of_device(config),
    ]
    return f"{what_saves(settings, use_of_a_frame(config, size))}; {go_on}"


def advice_for_records(config: Config, size: Sequence[int]) -> str:
    """Returns what to do where `generate --data` ran out of memory.

    Args:
        config: configuration of the model.
        size: height and width of the records' frames, pixels.
    """
    family = family_of(config)
    smaller = [
        MemorySetting(one.change, _QUARTER, one.note)
        for one in family.memory_settings(config, 0)
        if one.key == "data.resize.load_size"
    ]
    saves = what_saves([*smaller, *_of_device(config)], use_of_a_frame(config, size))
    return f"{saves}; with --source a video is made frame by frame, however long it is"


def _of_device(config: Config) -> list[MemorySetting]:
    """Returns mixed precision on a GPU; on a CPU a forward pass takes more with it."""
    has_gpu = tf.config.list_physical_devices("GPU")
    if not has_gpu or config.runtime.precision != "float32":
        return []
    return [MemorySetting("--precision mixed_bfloat16", {"maps": 0.5})]
