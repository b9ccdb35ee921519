"""Redraws pose planes of a training clip with that epoch's random drops."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import tensorflow as tf

from v2v_tf.tasks.base import Geometry
from v2v_tf.tasks.pose.config import PoseConfig
from v2v_tf.tasks.pose.drop import PoseDrop

if TYPE_CHECKING:
    from v2v_tf.tasks.pose.conditioning import PoseConditioning


def has_drops(config: PoseConfig) -> bool:
    """Returns whether training hides anything of a pose."""
    return config.random_drop_prob > 0 or config.remove_face_labels


def redraw_in_graph(
    planes: tf.Tensor,
    features: Mapping[str, tf.Tensor],
    keypoints: tf.Tensor,
    seed: tf.Tensor,
    conditioning: PoseConditioning,
    config: PoseConfig,
) -> tf.Tensor:
    """Redraws the planes of a clip; every frame has drops of its own (method.md 2.5).

    Args:
        planes: uint8 [T, H, W, P], as stored.
        features: features of the record, for its geometry.
        keypoints: string [T], OpenPose JSON, or [0] where it is not drawn.
        seed: int32 [2]; the same seed drops the same.
        conditioning: draws, as `prepare` did.
        config: probabilities.

    Returns:
        uint8 [T, H, W, P].
    """

    def redraw(
        planes: np.ndarray,
        keypoints: np.ndarray,
        source_size: np.ndarray,
        crop: np.ndarray,
        seed: np.ndarray,
    ) -> np.ndarray:
        y0, y1, x0, x1 = crop.tolist()
        height, width = source_size.tolist()
        size = (planes.shape[1], planes.shape[2])
        geometry = Geometry((height, width), (y0, y1, x0, x1), size)
        # Seeds are any 32-bit pattern; NumPy takes none below 0.
        rng = np.random.default_rng(seed.astype(np.uint32))
        texts = keypoints if len(keypoints) else [None] * len(planes)
        return np.stack(
            [
                conditioning.redraw_frame(
                    frame,
                    None if text is None else json.loads(text),
                    geometry,
                    PoseDrop.draw(rng, config),
                )
                for frame, text in zip(planes, texts, strict=True)
            ]
        )

    source_size = tf.stack([features["source_height"], features["source_width"]])
    arguments = [planes, keypoints, source_size, features["crop"], seed]
    redrawn = tf.numpy_function(redraw, arguments, tf.uint8, stateful=False)
    return tf.ensure_shape(redrawn, planes.shape)
