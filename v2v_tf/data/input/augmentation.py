"""Draws one geometric transform per clip, for all its images (method.md 5.6).

`plan_geometry` says, in Python and from the sizes of the records, what may be drawn;
`draw_transform` draws inside the graph, as a function of its seed alone;
`ClipTransform` applies the draw to frames, planes, ids and flow.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import tensorflow as tf

from v2v_tf.config import ResizeConfig
from v2v_tf.errors import InputError
from v2v_tf.tasks import geometry
from v2v_tf.tasks.geometry import Size

# Crops start in the top eighth of the frame (method.md 5.6).
_TOP_SHARE = 8


@dataclass(frozen=True)
class RecordGeometry:
    """Says what may be drawn for records of one size.

    Attributes:
        record: (height, width) of the record.
        scaled: the sizes a clip may be scaled to.
        crop: (height, width) of the crop of any of them.
    """

    record: Size
    scaled: tuple[Size, ...]
    crop: Size


@dataclass(frozen=True)
class GeometryPlan:
    """Says what may be drawn for a folder of records.

    Attributes:
        records: possible draws for each (height, width) of record.
        size: (height, width) that networks read, the same for all.
        training: draw at random, or take the middle.
        flip: mirror half of the clips; in training only.
    """

    records: tuple[RecordGeometry, ...]
    size: Size
    training: bool
    flip: bool

    @property
    def scales(self) -> bool:
        """Returns whether any clip changes its size before the crop."""
        return any(r.scaled != (r.record,) for r in self.records)


def plan_geometry(
    record_sizes: Sequence[Size], resize: ResizeConfig, training: bool, flip: bool
) -> GeometryPlan:
    """Derives what may be drawn from the sizes of the records.

    In evaluation nothing is random: random scales take their smallest size, whose
    crop is nearly the whole frame.

    Args:
        record_sizes: (height, width) of the records, without repeats.
        resize: the rules.
        training: whether draws are random.
        flip: whether clips of this task may be mirrored.

    Raises:
        InputError: the rules ask for larger frames than the records', give records of
            different sizes different network sizes, or draw sizes without a crop.
    """
    sizes = {
        size: geometry.network_size(_prepared(size, resize), resize)
        for size in record_sizes
    }
    if len(set(sizes.values())) != 1:
        found = ", ".join(
            f"{w}x{h} to {nw}x{nh}" for (h, w), (nh, nw) in sorted(sizes.items())
        )
        raise InputError(
            f"records of different sizes need one size to train on, got {found}: set "
            "data.resize.crop, or data.resize.scale=square"
        )
    records = tuple(_plan_record(size, resize, training) for size in record_sizes)
    size = next(iter(sizes.values()))
    return GeometryPlan(records, size, training, training and flip)


@dataclass(frozen=True)
class ClipTransform:
    """Applies the transform that was drawn for one clip.

    Attributes:
        record: int32 [2], (height, width) of the record.
        scaled: int32 [2], size before the crop.
        offset: int32 [2], (y, x) of the window in the scaled frame.
        flip: bool scalar, mirrored last.
        size: (height, width) of the window, static.
        scales: whether `scaled` may differ from `record`, static.
    """

    record: tf.Tensor
    scaled: tf.Tensor
    offset: tf.Tensor
    flip: tf.Tensor
    size: Size
    scales: bool

    def frames(self, frames: tf.Tensor) -> tf.Tensor:
        """Transforms frames, uint8 [T, H, W, C] to uint8 [T, h, w, C]; bicubic."""
        return self._smooth(frames, tf.image.ResizeMethod.BICUBIC)

    def conditions(self, planes: tf.Tensor, resizing: Sequence[str]) -> tf.Tensor:
        """Transforms condition planes.

        Args:
            planes: uint8 or uint16 [T, H, W, P].
            resizing: P words, `nearest` or `smooth` (bilinear).

        Returns:
            [T, h, w, P], of the same type.
        """
        if len(set(resizing)) == 1:
            return self._plane_group(planes, resizing[0])
        parts = [
            self._plane_group(planes[..., index : index + 1], word)
            for index, word in enumerate(resizing)
        ]
        return tf.concat(parts, axis=-1)

    def ids(self, ids: tf.Tensor) -> tf.Tensor:
        """Transforms ids, integers [T, H, W, C]; no new value appears."""
        if self.scales:
            ids = tf.image.resize(
                ids, self.scaled, tf.image.ResizeMethod.NEAREST_NEIGHBOR
            )
        return self._cut(ids)

    def flow(
        self, flow: tf.Tensor, confidence: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Transforms flow and confidence (method.md 5.6), as `flow.resize_flow` does.

        Args:
            flow: float32 [T, H, W, 2], pixels, (dx, dy).
            confidence: float32 [T, H, W, 1], 0 or 1.

        Returns:
            Flow float32 [T, h, w, 2] in pixels of the result, and confidence float32
            [T, h, w, 1], 0 or 1.
        """
        if self.scales:
            ratio = tf.cast(self.scaled / self.record, tf.float32)
            flow = tf.image.resize(flow, self.scaled) * ratio[::-1]
            confidence = tf.image.resize(confidence, self.scaled)
            confidence = tf.cast(confidence > 0.5, tf.float32)
        sign = tf.stack([tf.where(self.flip, -1.0, 1.0), 1.0])
        return self._cut(flow) * sign, self._cut(confidence)

    def _plane_group(self, planes: tf.Tensor, word: str) -> tf.Tensor:
        if word == "nearest":
            return self.ids(planes)
        return self._smooth(planes, tf.image.ResizeMethod.BILINEAR)

    def _smooth(self, images: tf.Tensor, method: str) -> tf.Tensor:
        if self.scales:
            resized = tf.image.resize(images, self.scaled, method, antialias=True)
            dtype = tf.as_dtype(images.dtype)
            highest = tf.cast(dtype.max, resized.dtype)
            images = tf.cast(tf.clip_by_value(tf.round(resized), 0, highest), dtype)
        return self._cut(images)

    def _cut(self, images: tf.Tensor) -> tf.Tensor:
        y, x = self.offset[0], self.offset[1]
        height, width = self.size
        cut = images[:, y : y + height, x : x + width]
        cut = tf.ensure_shape(cut, [None, height, width, images.shape[-1]])
        return tf.cond(self.flip, lambda: tf.reverse(cut, [2]), lambda: cut)


def draw_transform(
    plan: GeometryPlan, record: tf.Tensor, seed: tf.Tensor
) -> ClipTransform:
    """Draws the transform of one clip in the graph.

    Args:
        plan: possible draws.
        record: int32 [2], (height, width) of the record, one of the plan's.
        seed: int32 [2]; the same seed draws the same.
    """
    row = tf.argmax(
        tf.reduce_all(tf.constant([r.record for r in plan.records]) == record, axis=-1)
    )
    scale_seed, x_seed, y_seed, flip_seed = tf.unstack(tf.random.split(seed, 4))
    choices = tf.ragged.constant([r.scaled for r in plan.records], inner_shape=(2,))
    choices = choices[row]
    choice = tf.constant(0)
    if plan.training:
        count = tf.shape(choices)[0]
        choice = tf.random.stateless_uniform([], scale_seed, 0, count, tf.int32)
    scaled = choices[choice]
    crop = tf.gather(tf.constant([r.crop for r in plan.records]), row)
    offset = _draw_crop(scaled, crop, x_seed, y_seed, plan.training)
    # The central half of the crop, where a recipe keeps only that.
    offset += tf.stack([0, (crop[1] - plan.size[1]) // 2])
    flip = tf.constant(False)
    if plan.flip:
        flip = tf.random.stateless_uniform([], flip_seed) < 0.5
    return ClipTransform(record, scaled, offset, flip, plan.size, plan.scales)


def _draw_crop(
    scaled: tf.Tensor,
    crop: tf.Tensor,
    x_seed: tf.Tensor,
    y_seed: tf.Tensor,
    training: bool,
) -> tf.Tensor:
    """Draws (y, x) of a crop: mostly centred, and near the top (method.md 5.6)."""
    span = scaled - crop
    if not training:
        return span // 2
    half = tf.cast(span[1], tf.float32) / 2
    x = tf.random.stateless_normal([], x_seed, mean=half, stddev=half / 3)
    x = tf.clip_by_value(tf.cast(tf.round(x), tf.int32), 0, span[1])
    highest = tf.minimum(span[0], scaled[0] // _TOP_SHARE)
    y = tf.random.stateless_uniform([], y_seed, 0, highest + 1, tf.int32)
    return tf.stack([y, x])


def _prepared(record: Size, resize: ResizeConfig) -> Size:
    """Returns the largest size of a record's clips under the rules."""
    size = _scaled(record, resize, resize.load_size)
    if size[0] > record[0] or size[1] > record[1]:
        raise InputError(
            f"the records are {record[1]}x{record[0]}, but data.resize asks for "
            f"{size[1]}x{size[0]}: lower data.resize.load_size, or prepare again"
        )
    return size


def _plan_record(record: Size, resize: ResizeConfig, training: bool) -> RecordGeometry:
    prepared = _prepared(record, resize)
    crop = geometry.crop_size(prepared, resize)
    if not resize.scale.startswith("random_"):
        return RecordGeometry(record, (prepared,), crop)
    targets = range(resize.fine_size, resize.load_size + 1)
    drawn = (_scaled(record, resize, target) for target in targets)
    # Rounding makes some of the smallest sizes a little too small for the crop.
    scaled = tuple(s for s in drawn if s[0] >= crop[0] and s[1] >= crop[1])
    return RecordGeometry(record, scaled if training else scaled[:1], crop)


def _scaled(record: Size, resize: ResizeConfig, target: int) -> Size:
    """Returns the size of a record scaled to `target`; that of the record for its own.

    The record's sides are rounded already, so the target is rounded first: scaling to
    500 what was prepared at 500 and rounded to 512 must not shrink it again.
    """
    square = dataclasses.replace(resize, scale="square")
    rounded = geometry.scaled_size(record, square, target)[0]
    return geometry.scaled_size(record, resize, rounded)
