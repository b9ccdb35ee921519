"""Features of clip records, as the components of the pipeline use them."""

from __future__ import annotations

import tensorflow as tf

from v2v_tf.data.records import clip as clip_record
from v2v_tf.tasks import Task


def scalar_features(task: Task) -> list[str]:
    """Returns the features that data validation looks at: all that are no images.

    Args:
        task: any task, whose own scalars are among them.
    """
    spec = clip_record.feature_spec()
    names = {name for name, feature in spec.items() if feature.dtype != tf.string}
    own = {scalar.name for scalar in task.scalars}
    return [*sorted(names | own), "task"]
