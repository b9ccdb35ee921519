"""One optimiser step of all players on a chunk (spec 4.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import tensorflow as tf

from v2v_tf.models.chunk_losses import Batch, ChunkResult, chunk_losses, total
from v2v_tf.models.sequential import States

if TYPE_CHECKING:
    from v2v_tf.models.vid2vid import Vid2Vid

Gradients = dict[str, list[tf.Tensor | None]]


class ChunkTrainer:
    """Trains the players of a model, chunk after chunk.

    Traced once for each number of past frames, not once for each chunk.

    Args:
        model: compiled.
    """

    def __init__(self, model: Vid2Vid) -> None:
        self._model = model
        self._traced = tf.function(self._train, autograph=False)
        self._traced_gradients = tf.function(self._gradients, autograph=False)

    def train(
        self, window: Batch, states: States, past: tf.Tensor | None, raw_frames: int
    ) -> ChunkResult:
        """Takes one step; arguments as of `chunk_losses`."""
        if not tf.distribute.has_strategy():
            return self._traced(window, states, past, raw_frames=raw_frames)
        # Replicas wait for each other in `_apply`, which a nested function must not.
        result, gradients = self._traced_gradients(
            window, states, past, raw_frames=raw_frames
        )
        self._apply(gradients)
        return result

    def _train(
        self, window: Batch, states: States, past: tf.Tensor | None, raw_frames: int
    ) -> ChunkResult:
        result, gradients = self._gradients(window, states, past, raw_frames)
        self._apply(gradients)
        return result

    def _gradients(
        self, window: Batch, states: States, past: tf.Tensor | None, raw_frames: int
    ) -> tuple[ChunkResult, Gradients]:
        """Returns the chunk, and the gradients of every player that has a loss."""
        players = self._model.players
        with tf.GradientTape(persistent=True) as tape:
            result = chunk_losses(self._model, window, states, past, raw_frames)
            totals = {
                name: players[name].loss(total(name, losses))
                for name, losses in result.losses.items()
            }
        # All gradients before any step: the losses are of one forward pass.
        gradients = {
            name: tape.gradient(loss, self._trained(name))
            for name, loss in totals.items()
        }
        del tape
        return result, gradients

    def _apply(self, gradients: Gradients) -> None:
        for name, found in gradients.items():
            self._model.players[name].step(found, self._trained(name))
        self._model.after_generator_step()

    def _trained(self, player: str) -> list[tf.Variable]:
        if player == "generator":
            return self._model.stage_variables
        return self._model.players[player].variables
