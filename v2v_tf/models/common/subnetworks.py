"""Sub-networks: networks that one optimiser trains together (method.md 4.3).

The generator is one sub-network, the image discriminator with the face discriminator
another, and every temporal discriminator one more: where a clip is too short for its
groups, it sits the step out, and its optimiser must not count that step.
"""

from __future__ import annotations

from collections.abc import Sequence

import tensorflow as tf

from v2v_tf.models.common import optimizers as optimization
from v2v_tf.models.common.optimizers import Optimizer


class Subnetwork:
    """Trains networks with one optimiser.

    Args:
        networks: networks whose trainable weights the sub-network has.
        optimizer: optimiser that the sub-network takes a copy of.
        loss_scale: whether there is a dynamic loss scale, for float16.
        clip_norm: largest norm of the gradient over all weights; 0 for no limit.

    Attributes:
        optimizer: the optimiser of this sub-network alone.
        has_slots: whether the optimiser's own variables are made.
    """

    def __init__(
        self,
        networks: Sequence[tf.keras.Model],
        optimizer: Optimizer,
        loss_scale: bool = False,
        clip_norm: float = 0.0,
    ) -> None:
        copy = type(optimizer).from_config(optimizer.get_config())
        self.optimizer = optimization.with_loss_scale(copy) if loss_scale else copy
        self.has_slots = False
        self._networks = list(networks)
        self._clip_norm = clip_norm

    @property
    def variables(self) -> list[tf.Variable]:
        """All trainable weights, whatever the stage trains."""
        return [v for network in self._networks for v in network.trainable_variables]

    def loss(self, loss: tf.Tensor) -> tf.Tensor:
        """Returns the value to differentiate: the loss, scaled, and a replica's share.

        Gradients of replicas are added up, so each replica gives its part of the mean.
        """
        replicas = tf.distribute.get_strategy().num_replicas_in_sync
        return optimization.scaled(loss / replicas, self.optimizer)

    def step(
        self,
        gradients: Sequence[tf.Tensor | None],
        variables: Sequence[tf.Variable],
    ) -> None:
        """Takes an optimiser step.

        Args:
            gradients: gradients of what `loss` returned, one for each variable; None
                where a variable is in no term.
            variables: weights to change.
        """
        optimization.apply_gradients(
            self.optimizer, gradients, variables, self._clip_norm
        )

    def make_slots(self) -> None:
        """Makes the optimiser's own variables, ahead of tracing."""
        optimization.make_slots(self.optimizer, self.variables)
        self.has_slots = True

    def start_afresh(self) -> None:
        """Forgets what the optimiser gathered (method.md 4.3).

        Weights that join late would else begin with steps many times too large: their
        moments are zero while the count of steps is not.
        """
        optimization.reset(self.optimizer)
