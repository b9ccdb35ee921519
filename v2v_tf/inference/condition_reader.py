"""What a generator reads of a condition: channels, and the style of every pixel.

Tables of styles are those of `models/vid2vid/style_tables.py`.
"""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from v2v_tf.config import Config
from v2v_tf.errors import InputError
from v2v_tf.inference.frames import check_uint8, encode, from_uint8
from v2v_tf.models.vid2vid import style_tables as styles
from v2v_tf.models.vid2vid.generator import SequentialGenerator
from v2v_tf.tasks import registry

Table = tuple[tf.Tensor, ...]


def styled(config: Config) -> bool:
    """Returns whether a model has styles."""
    return config.style.num_features > 0


class StylePainter:
    """Describes what frames show, and paints styles where regions are.

    Args:
        config: of a model with styles.
        generator: its network; of it the encoder.

    Attributes:
        shape: (L, K, F) of a table.
    """

    def __init__(self, config: Config, generator: SequentialGenerator) -> None:
        self._conditioning = registry.create(config)
        assert generator.style_encoder is not None
        self._encoder = generator.style_encoder
        shape = styles.table_shape(config.style, self._conditioning)
        assert shape is not None
        self.shape = shape

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
        check_uint8("frames", frames, (*np.shape(planes)[:3], 3))
        classes, ids = self._regions(planes, instances)
        encoded = self._encoder(from_uint8(frames), styles.region_ids(classes, ids))
        return encoded, classes, ids

    def table_of(
        self, planes: np.ndarray, instances: np.ndarray | None, frames: np.ndarray
    ) -> np.ndarray:
        """Returns the table of what frames show, float32 [L, K, F].

        Arguments and errors as of `features`.
        """
        features, classes, ids = self.features(planes, instances, frames)
        batch = (features[None], classes[None], ids[None])
        return styles.table_of(*batch, self.shape[:2])[0].numpy()

    def paint(
        self, table: tf.Tensor, planes: np.ndarray, instances: np.ndarray | None
    ) -> tf.Tensor:
        """Returns the styles of all pixels, float32 [N, H, W, F].

        Args:
            table: float32 [1, L, K, F].
            planes: [N, H, W, P], of `Conditioning.plane_dtype`.
            instances: integers [N, H, W], where the model uses them.
        """
        classes, ids = self._regions(planes, instances)
        return styles.paint(table, classes[None], ids[None])[0]

    def check(self, table: np.ndarray) -> None:
        """Raises InputError unless a table is one of this model."""
        if np.shape(table) != self.shape or not np.isfinite(table).all():
            raise InputError(
                f"styles: expected finite numbers {list(self.shape)} (classes, "
                f"variants, features), got {list(np.shape(table))}"
            )

    def _regions(
        self, planes: np.ndarray, instances: np.ndarray | None
    ) -> tuple[tf.Tensor, tf.Tensor]:
        self._conditioning.check_planes(planes, instances)
        ids = None if instances is None else tf.constant(instances, tf.int32)
        return self._conditioning.style_regions(tf.constant(planes), ids)


class ConditionReader:
    """From planes to what a generator reads of them.

    Args:
        config: of the model.
        generator: its network.

    Attributes:
        conditioning: of the task.
        painter: of a model with styles, else None.
    """

    def __init__(self, config: Config, generator: SequentialGenerator) -> None:
        self.conditioning = registry.create(config)
        self.painter = StylePainter(config, generator) if styled(config) else None

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
        self, planes: np.ndarray, instances: np.ndarray | None, table: Table
    ) -> tf.Tensor:
        """Returns what the generator reads of frames, float32 [N, H, W, C].

        Args:
            planes: [N, H, W, P], of `Conditioning.plane_dtype`.
            instances: integers [N, H, W], where the task uses them.
            table: from `table`.
        """
        channels = encode(self.conditioning, planes, instances)
        if self.painter is None:
            return channels
        painted = self.painter.paint(table[0], planes, instances)
        return tf.concat([channels, painted], axis=-1)
