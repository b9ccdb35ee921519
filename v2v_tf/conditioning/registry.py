"""From a configuration to the conditioning of its task."""

from __future__ import annotations

from v2v_tf.conditioning.base import Conditioning
from v2v_tf.conditioning.edges import EdgesConditioning
from v2v_tf.conditioning.face import FaceConditioning
from v2v_tf.conditioning.pose import PoseConditioning
from v2v_tf.conditioning.street import StreetConditioning
from v2v_tf.config import TASKS, Config
from v2v_tf.errors import InputError


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
