"""What a step needs of Keras' optimisers, old and new, with or without a loss scale."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

# Keras has several kinds that share no base class.
Optimizer = Any


def with_loss_scale(optimizer: Optimizer) -> Optimizer:
    """Returns an optimiser with a dynamic loss scale.

    Gradients in float16 vanish below 6e-8: the loss is multiplied by a power of two,
    the gradients are divided by it, and a step that overflows is left out.
    """
    return tf.keras.mixed_precision.LossScaleOptimizer(optimizer)


def scaled(loss: tf.Tensor, optimizer: Optimizer) -> tf.Tensor:
    """Returns the loss to differentiate."""
    return optimizer.get_scaled_loss(loss) if _has_scale(optimizer) else loss


def apply_gradients(optimizer: Optimizer, gradients: list, variables: list) -> None:
    """Takes a step on the gradients of a `scaled` loss.

    Args:
        optimizer: with or without a loss scale.
        gradients: one a variable; None where it is in no result.
        variables: what they belong to.
    """
    if _has_scale(optimizer):
        gradients = optimizer.get_unscaled_gradients(gradients)
    pairs = zip(gradients, variables, strict=True)
    optimizer.apply_gradients([pair for pair in pairs if pair[0] is not None])


def make_slots(optimizer: Optimizer, variables: list) -> None:
    """Makes the optimiser's own variables, ahead of tracing."""
    optimizer = getattr(optimizer, "inner_optimizer", optimizer)
    if isinstance(optimizer, tf.keras.optimizers.legacy.Optimizer):
        optimizer._create_all_weights(variables)
    else:
        optimizer.build(variables)


def _has_scale(optimizer: Optimizer) -> bool:
    return hasattr(optimizer, "get_scaled_loss")
