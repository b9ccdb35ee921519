"""Settings that need less memory, and which parts of it each of them shrinks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from v2v_tf.config.plugins import MODELS
from v2v_tf.memory.use import MemorySetting

if TYPE_CHECKING:
    from v2v_tf.config import Config

RECOMPUTE = "runtime.gradient_checkpointing"


def of_any_model(config: Config, index: int) -> Iterator[MemorySetting]:
    """Yields clips of a step, frames of a chunk, and the size of frames, halved.

    Args:
        config: configuration that is trained.
        index: number of the stage in the curriculum, from 0.
    """
    stage, where = config.curriculum[index], f"curriculum.{index}"
    if stage.batch_size > 1:
        half = stage.batch_size // 2
        share = half / stage.batch_size
        factors = {"maps": share, "maps_beside": share}
        yield MemorySetting(f"{where}.batch_size={half}", factors)
    key = "num_frames" if stage.kind == "flow" else "chunk_frames"
    frames = frames_of_a_step(config, index)
    if frames > 1:
        half = frames // 2
        share = half / frames
        parts = {"maps_beside"}
        if not recomputes(config, index):
            parts.add("maps")
            if walks_frames(config, index):
                parts.add("gradients")
        yield MemorySetting(f"{where}.{key}={half}", dict.fromkeys(parts, share))
    yield from _of_size(config)


def of_width(key: str, filters: int) -> Iterator[MemorySetting]:
    """Yields half of the filters of a generator.

    Args:
        key: key of the configuration.
        filters: its value.
    """
    if filters > 1:
        factors = {"weights": 0.25, "gradients": 0.25, "maps": 0.5}
        yield MemorySetting(f"{key}={filters // 2}", factors)


def recomputed(config: Config, index: int) -> Iterator[MemorySetting]:
    """Yields gradient checkpointing, where it is off and would help."""
    stage, frames = config.curriculum[index], frames_of_a_step(config, index)
    possible = stage.kind != "flow" and stage.bptt_frames == 1
    if possible and frames > 1 and not recomputes(config, index):
        factors = dict.fromkeys(("maps", "gradients"), 1 / frames)
        yield MemorySetting(f"{RECOMPUTE}=true", factors, "more time")


def frames_of_a_step(config: Config, index: int) -> int:
    """Returns how many frames of a clip one optimizer step of a stage generates."""
    stage = config.curriculum[index]
    if stage.kind == "flow":
        return stage.num_frames
    return min(stage.chunk_frames, stage.num_frames)


def recomputes(config: Config, index: int) -> bool:
    """Returns whether a stage computes maps again in place of keeping them."""
    family = MODELS.get(config.model)
    wanted = config.runtime.gradient_checkpointing and family.recomputes_maps
    return wanted and config.curriculum[index].kind != "flow"


def walks_frames(config: Config, index: int) -> bool:
    """Returns whether a stage makes frames one after the other, not all at once.

    TensorFlow then keeps a gradient of the weights for each, and adds them up at last.
    """
    return config.history > 0 and config.curriculum[index].kind != "flow"


def _of_size(config: Config) -> Iterator[MemorySetting]:
    """Yields half of the side of frames, where a setting decides it."""
    resize, multiple = config.data.resize, config.size_multiple
    if resize.crop != "none":
        key, side, note = "fine_size", resize.fine_size, ""
    elif resize.scale != "none":
        key, side, note = "load_size", resize.load_size, "prepare again"
    else:
        return
    half = side // 2 // multiple * multiple
    if half >= 2 * multiple:
        factors = dict.fromkeys(("maps", "maps_beside"), (half / side) ** 2)
        yield MemorySetting(f"data.resize.{key}={half}", factors, note)
