"""Computes statistics of all clips for training, as Transform's `preprocessing_fn`.

Encoded images pass through. Records are not written a second time (`materialize` is
off): videos are large, and nothing in them changes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf
import tensorflow_transform as tft

FLOW_QUANTILES = "flow_p95_quantiles"
LABEL_FREQUENCIES = "label_frequencies"
CLIP_LENGTHS = "clip_lengths"
_NUM_BUCKETS = 10


def preprocessing_fn(
    inputs: dict[str, Any], custom_config: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Returns the features of clips, and statistics of all of them beside each.

    Args:
        inputs: features of clip records, batched.
        custom_config: dictionary with `num_labels`, 0 for tasks without labels.

    Returns:
        All inputs; `flow_p95_quantiles` float32 [B, 9], inner deciles over clips,
        pixels; `clip_lengths` int64 [B, 2], the shortest and the longest clip's number
        of frames; and with labels `label_frequencies` float32 [B, L], share of pixels.
    """
    num_frames = inputs["num_frames"]
    batch = tf.shape(num_frames)[0]
    flow = tf.sparse.to_dense(inputs["flow_p95"])
    quantiles = tft.quantiles(flow, num_buckets=_NUM_BUCKETS, epsilon=0.001)
    lengths = tf.stack([tft.min(num_frames), tft.max(num_frames)])
    outputs = {
        **inputs,
        FLOW_QUANTILES: tf.tile(quantiles, [batch, 1]),
        CLIP_LENGTHS: tf.tile(lengths[None], [batch, 1]),
    }
    num_labels = (custom_config or {}).get("num_labels", 0)
    if num_labels:
        fractions = tf.sparse.to_dense(inputs["label_fractions"])
        fractions = tf.reshape(fractions, [-1, num_labels])
        pixels = tf.cast(
            num_frames * inputs["height"] * inputs["width"], fractions.dtype
        )
        counts = tft.sum(fractions * pixels, reduce_instance_dims=False)
        frequencies = counts / tf.reduce_sum(counts)
        outputs[LABEL_FREQUENCIES] = tf.tile(frequencies[None], [batch, 1])
    return outputs


def read_statistics(transform_graph: str, example: bytes) -> dict[str, np.ndarray]:
    """Returns the statistics that a Transform graph holds.

    Args:
        transform_graph: folder of the graph that the Transform component wrote.
        example: any serialized clip record; the graph needs one to run.

    Returns:
        Arrays without the batch axis, by the names that `preprocessing_fn` adds.
    """
    output = tft.TFTransformOutput(transform_graph)
    features = tf.io.parse_example([example], output.raw_feature_spec())
    transformed = output.transform_raw_features(features)
    names = (FLOW_QUANTILES, CLIP_LENGTHS, LABEL_FREQUENCIES)
    return {name: transformed[name].numpy()[0] for name in names if name in transformed}
