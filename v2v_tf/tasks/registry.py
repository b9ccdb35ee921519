"""From a configuration to the conditioning of its task."""

from __future__ import annotations

from v2v_tf.config import TASKS, Config
from v2v_tf.errors import InputError
from v2v_tf.tasks.base import Conditioning
from v2v_tf.tasks.edges.conditioning import EdgesConditioning
from v2v_tf.tasks.face.conditioning import FaceConditioning
from v2v_tf.tasks.pose.conditioning import PoseConditioning
from v2v_tf.tasks.street.conditioning import StreetConditioning


def create(config: Config) -> Conditioning:
    """Returns the conditioning of `config.task`.

    Raises:
        InputError: no such task.
    """
    blocks, resize = config.conditioning, config.data.resize
    if config.task == "street":
        return StreetConditioning(blocks.street, resize)
    if config.task == "face":
        return FaceConditioning(blocks.face, resize, config.style.num_features > 0)
    if config.task == "pose":
        return PoseConditioning(blocks.pose, resize)
    if config.task == "edges":
        return EdgesConditioning(blocks.edges, resize)
    raise InputError(f"task must be one of {', '.join(TASKS)}, got '{config.task}'")
