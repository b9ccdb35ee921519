"""Wraps what v2v_tf needs of TensorFlow and Keras beside their public interface.

Both may change these names in any release. Each function says what would replace it;
nothing else imports `tensorflow.python` or calls a name with a leading underscore.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf
from tensorflow.python.framework import config as framework_config
from tensorflow.python.framework import ops
from tensorflow.python.framework.convert_to_constants import (
    convert_variables_to_constants_v2,
)


def with_constant_variables(function: Any) -> Any:
    """Returns a concrete function whose variables are constants in its graph.

    Replaced by `tf.function(...).get_concrete_function` over weights that are constants
    from the start, or by an export format that keeps weights apart.

    Args:
        function: concrete function; its loops and branches stay as they are.
    """
    return convert_variables_to_constants_v2(function, lower_control_flow=False)


def has_several_workers(strategy: tf.distribute.Strategy) -> bool:
    """Returns whether other processes take part in a strategy.

    Replaced by a public property of `tf.distribute.Strategy`.
    """
    return strategy.extended._in_multi_worker_mode()


def create_slots(
    optimizer: tf.keras.optimizers.legacy.Optimizer, variables: Sequence[tf.Variable]
) -> None:
    """Creates the variables of an optimizer of Keras' older kind, ahead of tracing.

    Replaced by `Optimizer.build` of the newer kind, which the older one does not have.

    Args:
        optimizer: optimizer of `tf.keras.optimizers.legacy`.
        variables: variables that it will update.
    """
    optimizer._create_all_weights(variables)


def disable_op_determinism() -> None:
    """Ends what `tf.config.experimental.enable_op_determinism` began.

    For tests, which share a process and are slow with it. Replaced by a public twin of
    that function, or by a process for each test.
    """
    framework_config.disable_op_determinism()


def gradient_registry() -> dict[str, Any]:
    """Returns TensorFlow's registry of gradients itself: name to entry.

    The gradient is the entry's `type`. Replaced by a `tf.custom_gradient` that takes
    the gradients of a graph out when the graph goes, see `layers.gradients`.
    """
    return ops.gradient_registry._registry
