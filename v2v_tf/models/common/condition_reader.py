"""Reads conditions: from the planes of frames to what a generator reads of them.

Training, inference and export read by this class alone. It works on tensors, eagerly
and in a graph, and checks nothing: whoever lets values in checks them at the door.
"""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from v2v_tf.config import Config, StyleConfig
from v2v_tf.models.common import style_tables
from v2v_tf.tasks import registry
from v2v_tf.tasks.base import Conditioning


class ConditionReader:
    """Reads the planes of frames as a generator does.

    Not a `tf.Module`, so that a model that holds one saves nothing of it.

    Args:
        conditioning: what draws and encodes the conditions.
        style: options of styles; None for a model without styles.

    Attributes:
        conditioning: as given.
        table_shape: (L, K, F) of a table of styles (classes, variants, features); None
            for a model without styles.

    Example:
        ```python
        >>> import tensorflow as tf
        >>> from v2v_tf.config import load_config
        >>> reader = ConditionReader.of(load_config("test/toy_street"))
        >>> planes = tf.zeros([1, 3, 32, 64, 1], tf.uint8)
        >>> reader.read(planes, tf.zeros([1, 3, 32, 64], tf.int32)).shape
        TensorShape([1, 3, 32, 64, 9])

        ```
    """

    def __init__(
        self, conditioning: Conditioning, style: StyleConfig | None = None
    ) -> None:
        self.conditioning = conditioning
        self.table_shape = (
            None if style is None else style_tables.table_shape(style, conditioning)
        )

    @classmethod
    def of(cls, config: Config) -> ConditionReader:
        """Returns the reader of an experiment.

        Raises:
            InputError: no such task, or options that cannot be.
        """
        return cls(registry.create(config), config.style)

    def channels(self, planes: tf.Tensor, instances: tf.Tensor | None) -> tf.Tensor:
        """Encodes planes to channels, without styles.

        Args:
            planes: [..., H, W, P], of `Conditioning.plane_dtype`.
            instances: integers [..., H, W]; None where not used.

        Returns:
            float32 [..., H, W, C].
        """
        return self.conditioning.encode(planes, instances)

    def read(
        self,
        planes: tf.Tensor,
        instances: tf.Tensor | None,
        table: tf.Tensor | None = None,
    ) -> tf.Tensor:
        """Returns what the generator reads of frames.

        Args:
            planes: [B, ..., H, W, P], of `Conditioning.plane_dtype`.
            instances: integers [B, ..., H, W]; None where not used.
            table: float32 [B, L, K, F], the styles of each video; None without.

        Returns:
            float32 [B, ..., H, W, C], the styles as the last F channels.
        """
        channels = self.channels(planes, instances)
        if table is None:
            return channels
        regions = self.conditioning.style_regions(planes, instances)
        return tf.concat([channels, style_tables.paint(table, *regions)], axis=-1)

    def region_ids(self, planes: tf.Tensor, instances: tf.Tensor | None) -> tf.Tensor:
        """Returns one id for each region that has a style, int32 [..., H, W].

        Arguments are those of `channels`.
        """
        regions = self.conditioning.style_regions(planes, instances)
        return style_tables.region_ids(*regions)

    def style_features(
        self,
        encoder: Callable[[tf.Tensor, tf.Tensor], tf.Tensor],
        planes: tf.Tensor,
        instances: tf.Tensor | None,
        frames: tf.Tensor,
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Returns the style of every region that frames show.

        Args:
            encoder: the generator's, from images [N, H, W, 3] and regions [N, H, W] to
                features [N, H, W, F].
            planes: [B, N, H, W, P], of `Conditioning.plane_dtype`.
            instances: integers [B, N, H, W]; None where not used.
            frames: float32 [B, N, H, W, 3], range [-1, 1].

        Returns:
            float32 [B, N, H, W, F], constant in every region; int32 [B, N, H, W], the
            classes; int32 [B, N, H, W], the instances.
        """
        assert self.table_shape is not None
        num_features = self.table_shape[2]
        classes, ids = self.conditioning.style_regions(planes, instances)
        regions = style_tables.region_ids(classes, ids)
        encoded = encoder(
            tf.reshape(frames, tf.concat([[-1], tf.shape(frames)[2:]], axis=0)),
            tf.reshape(regions, tf.concat([[-1], tf.shape(regions)[2:]], axis=0)),
        )
        # The number of frames may be any, so time comes back by the shape.
        shape = tf.concat([tf.shape(classes), [num_features]], axis=0)
        features = tf.ensure_shape(
            tf.reshape(encoded, shape), [None] * 4 + [num_features]
        )
        return features, classes, ids

    def style_table(
        self,
        encoder: Callable[[tf.Tensor, tf.Tensor], tf.Tensor],
        planes: tf.Tensor,
        instances: tf.Tensor | None,
        frames: tf.Tensor,
        unseen: tf.Tensor | None = None,
    ) -> tf.Tensor:
        """Returns the table of the styles that frames show, float32 [B, L, K, F].

        Arguments are those of `style_features`, and `unseen`: the styles of what the
        frames do not show, see `style_tables.table_of`.
        """
        assert self.table_shape is not None
        described = self.style_features(encoder, planes, instances, frames)
        return style_tables.table_of(*described, self.table_shape[:2], unseen)
