"""The task `depth`: depth maps, with or without missing depths."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from v2v_tf.errors import InputError
from v2v_tf.tasks.depth.config import DepthConfig
from v2v_tf.tasks.depth.painting import paint_found
from v2v_tf.tasks.files import IMAGE_SUFFIXES, read_bytes
from v2v_tf.tasks.found_pictures import PictureFormat
from v2v_tf.tasks.rules import ClipRule, Scalar
from v2v_tf.tasks.statistics import Scalars, ValueCounts
from v2v_tf.tasks.task import Check, FileKind, Task

if TYPE_CHECKING:
    from v2v_tf.config import Config
    from v2v_tf.tasks.depth.conditioning import DepthConditioning

# The depth below which 0, 0.1, .. 100 percent of the known depths are.
PERCENTILES = "depth_percentiles"
_STEPS = 10  # a percent
_NUM_DEPTHS = 1 << 16
_NEARLY_ALL = 0.95
# Files of these kinds are read to be refused: left out, they would shift the pairing.
_SUFFIXES = IMAGE_SUFFIXES | {".exr", ".hdr", ".pfm", ".npy", ".npz"}
_COLORS = {0: "grey", 2: "RGB", 3: "palette", 4: "grey and alpha", 6: "RGBA"}


class DepthTask(Task):
    """Depth as one plane; scaled depth, and where it is known, as channels."""

    name = "depth"
    config_class = DepthConfig
    default_preset = "depth_256"
    read_later = frozenset({"scaling", "near", "far", "low", "high", "inverse"})
    scalars = (
        Scalar("depth_spread", int, 0, _NUM_DEPTHS - 1),
        Scalar("missing_depth", float, 0, 1),
    )

    def conditioning(self, config: Config) -> DepthConditioning:
        """See base class."""
        from v2v_tf.tasks.depth.conditioning import DepthConditioning

        return DepthConditioning(config.conditioning.depth, config.data.resize)

    def files(self, config: Config) -> tuple[FileKind, ...]:
        """See base class: depth maps and frames."""
        depth = FileKind("depth", "depth", read_depth, frozenset(_SUFFIXES))
        return (depth, FileKind("img", other_folder="B"))

    def picture(self, planes: np.ndarray, config: Config) -> np.ndarray:
        """See base class: near red, far blue, missing black."""
        return self.conditioning(config).paint(planes)

    def checks(self, config: Config) -> Iterator[Check]:
        """See base class."""
        depth = config.conditioning.depth
        is_range = depth.scaling == "range"
        yield (
            not is_range or 0 <= depth.near < depth.far,
            "conditioning.depth: 0 <= near < far must hold, got "
            f"{depth.near:g} and {depth.far:g}",
        )
        yield (
            not (is_range and depth.inverse) or depth.near > 0,
            "conditioning.depth.inverse divides by depths: near must be above 0",
        )
        yield (
            0 <= depth.low < depth.high <= 100
            and all(_is_step(value) for value in (depth.low, depth.high)),
            "conditioning.depth: 0 <= low < high <= 100 must hold, in steps of 0.1, "
            f"got {depth.low:g} and {depth.high:g}",
        )
        yield (
            -1 <= depth.missing < _NUM_DEPTHS,
            f"conditioning.depth.missing must be -1 (none) .. {_NUM_DEPTHS - 1}, got "
            f"{depth.missing}",
        )

    def found_pictures(self, config: Config) -> PictureFormat:
        """See base class: depths of 16 bits, painted by their range in each frame."""
        return PictureFormat("depth", paint_found, np.uint16, can_smooth=True)

    def rules(self, config: Config) -> tuple[ClipRule, ...]:
        """See base class: depths that differ."""
        missing = config.conditioning.depth.missing
        reason = (
            "its depth is the same everywhere, or missing "
            f"(conditioning.depth.missing is {missing}): check its depth maps"
        )
        return (ClipRule("depth_spread", reason, above=0),)

    def soft_rules(self, config: Config) -> tuple[ClipRule, ...]:
        """See base class: not nearly all depths are missing."""
        missing = config.conditioning.depth.missing
        reason = (
            "depths that are missing, nearly all of them (conditioning.depth.missing "
            f"is {missing}): look at its depth maps"
        )
        return (ClipRule("missing_depth", reason, below=_NEARLY_ALL),)

    def statistics(self, config: Config) -> DepthStatistics:
        """See base class."""
        return DepthStatistics(config.conditioning.depth.missing)

    def summarize(self, counts: tuple[int, ...]) -> dict[str, Any]:
        """See base class: percentiles of the known depths, in steps of 0.1."""
        below = np.cumsum(np.array(counts, np.int64))
        if not below.size or below[-1] == 0:
            return {}
        total, count = int(below[-1]), 100 * _STEPS
        ranks = [max(-(-total * step // count), 1) for step in range(count + 1)]
        return {PERCENTILES: np.searchsorted(below, ranks).tolist()}

    def resolve(self, config: Config, manifest: Any) -> Config:
        """See base class: the range of depths from their percentiles."""
        depth = config.conditioning.depth
        if depth.scaling != "percentile":
            return config
        fixed = "set conditioning.depth.scaling=range, near and far"
        table = manifest.statistics.get(PERCENTILES)
        if table is None:
            raise InputError(
                f"the records hold no percentiles of depths: prepare again, or {fixed}"
            )
        near, far = (float(table[_step(p)]) for p in (depth.low, depth.high))
        if not near < far or (depth.inverse and near == 0):
            raise InputError(
                f"the percentiles {depth.low:g} and {depth.high:g} of the training "
                f"depths are {near:g} and {far:g}, between which nothing can be scaled"
                f"{' inversely' if depth.inverse else ''}: {fixed}"
            )
        ends = dataclasses.replace(depth, scaling="range", near=near, far=far)
        blocks = config.conditioning.replace(depth=ends)
        return dataclasses.replace(config, conditioning=blocks)


class DepthStatistics(ValueCounts):
    """The spread of the known depths of a clip, and the share of missing ones.

    Args:
        missing: value that stands for a missing depth; -1 for none.
    """

    def __init__(self, missing: int) -> None:
        super().__init__(_NUM_DEPTHS)
        self._missing = missing

    def counts(self) -> tuple[int, ...]:
        """See base class: of known depths alone."""
        return tuple(self._known().tolist())

    def scalars(self) -> Scalars:
        """See base class."""
        known = self._known()
        depths = np.flatnonzero(known)
        spread = int(depths[-1] - depths[0]) if depths.size else 0
        share = known.sum() / max(self._counts.sum(), 1)
        return {"depth_spread": spread, "missing_depth": 1.0 - float(share)}

    def _known(self) -> np.ndarray:
        known = self._counts.copy()
        if self._missing >= 0:
            known[self._missing] = 0
        return known


def read_depth(path: Path) -> np.ndarray:
    """Reads a depth map as it is stored, uint8 or uint16 [H, W].

    Raises:
        InputError: the file is no PNG of one channel and 8 or 16 bits.
    """
    wanted = f"{path}: expected a depth map, a PNG of one channel and 8 or 16 bits, got"
    data = read_bytes(path)
    if data[:8] != b"\x89PNG\r\n\x1a\n" or len(data) < 26:
        raise InputError(
            f"{wanted} another kind of file: convert it; depths that are no integers "
            "need a fixed factor, such as metres * 256"
        )
    bits, color = data[24], data[25]
    if bits not in (8, 16) or color != 0:
        kind = _COLORS.get(color, "unknown colours")
        raise InputError(f"{wanted} {bits} bits, {kind}: store one depth a pixel")
    try:
        with Image.open(io.BytesIO(data)) as image:
            depth = np.array(image)
    except Exception as error:
        # Pillow's decoders let through whatever a broken file makes them raise.
        raise InputError(f"{path}: not a readable depth map ({error})") from error
    return depth.astype(np.uint8 if bits == 8 else np.uint16)


def _step(percentile: float) -> int:
    """Returns the place of a percentile in a table of them."""
    return round(percentile * _STEPS)


def _is_step(percentile: float) -> bool:
    return abs(percentile * _STEPS - _step(percentile)) < 1e-6


TASK = DepthTask()
