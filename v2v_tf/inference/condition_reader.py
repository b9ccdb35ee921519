"""Reads conditions given as arrays, checked at the door.

The reading itself is `models/common/condition_reader.py`; tables of styles are those of
`models/common/style_tables.py`.
"""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from v2v_tf.config import Config
from v2v_tf.errors import InputError
from v2v_tf.inference.frames import check_uint8, from_uint8
from v2v_tf.models.common.condition_reader import ConditionReader
from v2v_tf.models.vid2vid.generator import SequentialGenerator
from v2v_tf.tasks.base import Conditioning

Table = tuple[tf.Tensor, ...]


def styled(config: Config) -> bool:
    """Returns whether a model has styles."""
    return config.style.num_features > 0


class StylePainter:
    """Describes what frames show, and checks tables of styles.

    Args:
        reader: reader of the conditions of a model with styles.
        generator: network of that model, whose encoder is used.

    Attributes:
        shape: (L, K, F) of a table.
        unseen: float32 [L, K, F], styles of what the frames that are described do not
            show; None for the means of classes.
    """

    def __init__(self, reader: ConditionReader, generator: SequentialGenerator) -> None:
        assert generator.style_encoder is not None and reader.table_shape is not None
        self._reader = reader
        self._encoder = generator.style_encoder
        self.shape = reader.table_shape
        self.unseen: np.ndarray | None = None

    def features(
        self, planes: np.ndarray, instances: np.ndarray | None, frames: np.ndarray
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Returns the style of every region of frames.

        Args:
            planes: [N, H, W, P], of `Conditioning.plane_dtype`.
            instances: integers [N, H, W], where the model uses them.
            frames: uint8 [N, H, W, 3].

        Returns:
            float32 [N, H, W, F], constant in every region; int32 [N, H, W], the
            classes; int32 [N, H, W], the instances.

        Raises:
            InputError: a wrong shape, or instances missing.
        """
        shown = self._shown(planes, instances, frames)
        features, classes, ids = self._reader.style_features(self._encoder, *shown)
        return features[0], classes[0], ids[0]

    def table_of(
        self, planes: np.ndarray, instances: np.ndarray | None, frames: np.ndarray
    ) -> np.ndarray:
        """Returns the table of what frames show, float32 [L, K, F].

        Arguments and errors as of `features`.
        """
        shown = self._shown(planes, instances, frames)
        unseen = None if self.unseen is None else tf.constant(self.unseen)[None]
        return self._reader.style_table(self._encoder, *shown, unseen)[0].numpy()

    def check(self, table: np.ndarray) -> None:
        """Raises InputError unless a table is one of this model."""
        if np.shape(table) != self.shape or not np.isfinite(table).all():
            raise InputError(
                f"styles: expected finite numbers {list(self.shape)} (classes, "
                f"variants, features), got {list(np.shape(table))}"
            )

    def _shown(
        self, planes: np.ndarray, instances: np.ndarray | None, frames: np.ndarray
    ) -> tuple[tf.Tensor, tf.Tensor | None, tf.Tensor]:
        """Returns checked planes, instances and frames in [-1, 1], as a batch of 1."""
        check_uint8("frames", frames, (*np.shape(planes)[:3], 3))
        tensors = _tensors(self._reader.conditioning, planes, instances)
        return (*tensors, from_uint8(frames)[None])


class CheckedReader:
    """Reads arrays of planes as a generator does, once they are checked.

    Args:
        config: configuration of the model.
        generator: network of a model with styles; None for others.

    Attributes:
        conditioning: what encodes the conditions.
        painter: describes styles, for a model with styles; None for others.
    """

    def __init__(
        self, config: Config, generator: SequentialGenerator | None = None
    ) -> None:
        self._reader = ConditionReader.of(config)
        self.conditioning = self._reader.conditioning
        self.painter = None
        if generator is not None and styled(config):
            self.painter = StylePainter(self._reader, generator)

    def table(self, styles: np.ndarray | None) -> Table:
        """Returns the styles of a video as its states hold them.

        Args:
            styles: float32 [L, K, F], of a model with styles; None without.

        Raises:
            InputError: styles for a model that has none, none for one that has, or
                others than it has.
        """
        if self.painter is None:
            if styles is not None:
                raise InputError(
                    "this model has no styles: leave them out, or train one with "
                    "style.num_features above 0"
                )
            return ()
        if styles is None:
            raise InputError(
                "this model needs the appearance of instances: give styles (sample, "
                "index:N, image:PATH), or real frames that show them"
            )
        self.painter.check(styles)
        return (tf.constant(styles, tf.float32)[None],)

    def read(
        self, planes: np.ndarray, instances: np.ndarray | None, table: Table = ()
    ) -> tf.Tensor:
        """Returns what the generator reads of frames, float32 [N, H, W, C].

        Args:
            planes: [N, H, W, P], of `Conditioning.plane_dtype`.
            instances: integers [N, H, W], where the task uses them.
            table: from `table`.

        Raises:
            InputError: values or shapes that do not fit the conditioning.
        """
        tensors = _tensors(self.conditioning, planes, instances)
        return self._reader.read(*tensors, *table)[0]


def _tensors(
    conditioning: Conditioning, planes: np.ndarray, instances: np.ndarray | None
) -> tuple[tf.Tensor, tf.Tensor | None]:
    """Returns planes and instances that fit the conditioning, as a batch of one."""
    conditioning.check_planes(planes, instances)
    ids = None if instances is None else tf.constant(instances, tf.int32)[None]
    return tf.constant(planes)[None], ids
