"""Steps of Keras' optimisers, old and new, with or without a loss scale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from v2v_tf.layers.gradients import leave_to_graph
from v2v_tf.tensorflow_private import create_slots

# Keras has several kinds that share no base class.
Optimizer = Any


def with_loss_scale(optimizer: Optimizer) -> Optimizer:
    """Returns an optimiser with a dynamic loss scale.

    Gradients in float16 vanish below 6e-8: the loss is multiplied by a power of two,
    the gradients are divided by it, and a step that overflows is left out.
    """
    return tf.keras.mixed_precision.LossScaleOptimizer(optimizer)


def scaled(loss: tf.Tensor, optimizer: Optimizer) -> tf.Tensor:
    """Returns the loss to differentiate, scaled where the optimiser has a scale."""
    return optimizer.get_scaled_loss(loss) if _has_scale(optimizer) else loss


def apply_gradients(
    optimizer: Optimizer,
    gradients: Sequence[tf.Tensor | None],
    variables: Sequence[tf.Variable],
    clip_norm: float = 0.0,
) -> None:
    """Takes a step on the gradients of a `scaled` loss, added up over replicas.

    Args:
        optimizer: optimiser with or without a loss scale.
        gradients: one for each variable; None where a variable is in no result.
        variables: weights that the gradients belong to.
        clip_norm: largest norm of all gradients together; 0 for no limit.
    """
    if _has_scale(optimizer):
        gradients = optimizer.get_unscaled_gradients(list(gradients))
    pairs = zip(gradients, variables, strict=True)
    found = [(gradient, v) for gradient, v in pairs if gradient is not None]
    replicated = tf.distribute.has_strategy()
    if not clip_norm:
        # Alone there is nothing to add up, and Keras would keep the graph of the step
        # for good, see `layers.gradients`.
        optimizer.apply_gradients(found, experimental_aggregate_gradients=replicated)
        return
    whole = [gradient for gradient, _ in found]
    if replicated:
        # The norm is of the whole gradient, so replicas come first.
        replica = tf.distribute.get_replica_context()
        summed = replica.all_reduce(tf.distribute.ReduceOp.SUM, whole)
        whole = leave_to_graph(summed)
    clipped, _ = tf.clip_by_global_norm(whole, clip_norm)
    optimizer.apply_gradients(
        [(gradient, v) for gradient, (_, v) in zip(clipped, found, strict=True)],
        experimental_aggregate_gradients=False,
    )


def make_slots(optimizer: Optimizer, variables: list[tf.Variable]) -> None:
    """Makes the optimiser's own variables, ahead of tracing."""
    optimizer = _inner(optimizer)
    if isinstance(optimizer, tf.keras.optimizers.legacy.Optimizer):
        create_slots(optimizer, variables)
    else:
        optimizer.build(variables)


def reset(optimizer: Optimizer) -> None:
    """Sets the count of steps and all moments to zero; rates and loss scale stay."""
    optimizer = _inner(optimizer)
    if isinstance(optimizer, tf.keras.optimizers.legacy.Optimizer):
        gathered = optimizer.weights
    else:
        rate = optimizer.learning_rate
        gathered = [v for v in optimizer.variables if v is not rate]
    for variable in gathered:
        variable.assign(tf.zeros(variable.shape, variable.dtype))


def _inner(optimizer: Optimizer) -> Optimizer:
    return getattr(optimizer, "inner_optimizer", optimizer)


def _has_scale(optimizer: Optimizer) -> bool:
    return hasattr(optimizer, "get_scaled_loss")
