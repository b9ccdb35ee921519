"""One optimiser step of all sub-networks from one forward pass (method.md 4.1)."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

import tensorflow as tf

from v2v_tf.models.common.loss_terms import Losses, total

if TYPE_CHECKING:
    from v2v_tf.models.common.staged import StagedModel

Gradients = dict[str, list[tf.Tensor | None]]


class PassResult(Protocol):
    """Result of a forward pass: a named tuple with losses, and more where needed."""

    @property
    def losses(self) -> dict[str, Losses]:
        """Terms of each sub-network that has some, by the sub-network's name."""


class TrainingStep:
    """Trains the sub-networks of a model, step after step.

    Traced once for each stage and signature of the inputs, however often an outer
    function takes a step.

    Args:
        model: compiled.
        compute: the forward pass; its arguments are those of a step.
    """

    def __init__(self, model: StagedModel, compute: Callable[..., PassResult]) -> None:
        self._model = model
        self._compute = compute
        self._traced = tf.function(self._take, autograph=False)
        self._traced_gradients = tf.function(self._gradients, autograph=False)

    def __call__(self, *inputs: Any) -> Any:
        """Takes one step; returns what `compute` returned."""
        stage = self._model.traced_stage
        if not tf.distribute.has_strategy():
            return self._traced(stage, *inputs)
        # Replicas wait for each other in `_apply`, which a nested function must not.
        result, gradients = self._traced_gradients(stage, *inputs)
        self._apply(gradients)
        return result

    def _take(self, stage: str, *inputs: Any) -> PassResult:
        result, gradients = self._gradients(stage, *inputs)
        self._apply(gradients)
        return result

    def _gradients(self, _stage: str, *inputs: Any) -> tuple[PassResult, Gradients]:
        """Returns the result of the pass, and gradients of sub-networks with a loss.

        Another stage makes another trace; its text is not read.
        """
        subnetworks = self._model.subnetworks
        with contextlib.ExitStack() as stack:
            # Each records what depends on its own weights: one for all would walk back
            # through the generator from every loss of a discriminator, to no use.
            tapes = {
                name: stack.enter_context(
                    tf.GradientTape(watch_accessed_variables=False)
                )
                for name in subnetworks
            }
            for name, tape in tapes.items():
                tape.watch(self._trained(name))
            result = self._compute(*inputs)
            totals = {
                name: subnetworks[name].loss(total(name, losses))
                for name, losses in result.losses.items()
            }
        # All gradients before any step: the losses are of one forward pass.
        gradients = {
            name: tapes[name].gradient(loss, self._trained(name))
            for name, loss in totals.items()
        }
        return result, gradients

    def _apply(self, gradients: Gradients) -> None:
        for name, found in gradients.items():
            self._model.subnetworks[name].step(found, self._trained(name))
        self._model.after_generator_step()

    def _trained(self, name: str) -> list[tf.Variable]:
        if name == "generator":
            return self._model.stage_variables
        return self._model.subnetworks[name].variables
