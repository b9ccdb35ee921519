"""Tables of loss terms, from which computed and logged names follow.

Every model family has a table of its own, a tuple of `LossTerm`. Terms are named and
computed in the order of their table.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from v2v_tf.config import GeneratorConfig, LossConfig

Losses = dict[str, tf.Tensor]
Weight = Callable[[LossConfig], float]


@dataclass(frozen=True)
class LossTerm:
    """A row in a table of loss terms of a generator.

    Attributes:
        name: name in logs, after `generator/`.
        weight: returns the factor on the value; a term of weight 0 is left out.
        value: computes the scalar before its weight, from the tensors of its table.
        always: keeps the term at weight 0, as a zero.
        kinds: kinds of stage that train the term, see `StageConfig.kind`.
        when: tells whether a generator has what the term is about.
    """

    name: str
    weight: Weight
    value: Callable[[Any], tf.Tensor]
    always: bool = False
    kinds: tuple[str, ...] = ("gan",)
    when: Callable[[GeneratorConfig], bool] = lambda _: True


def weighted_terms(terms: Sequence[LossTerm], weights: LossConfig) -> list[LossTerm]:
    """Returns the terms of a table that the weights do not leave out."""
    return [term for term in terms if term.always or term.weight(weights)]


def compute_terms(
    terms: Sequence[LossTerm], weights: LossConfig, tensors: Any
) -> Losses:
    """Computes the weighted terms of a table.

    Args:
        terms: the rows that apply to the model and the stage.
        weights: the loss block of the configuration.
        tensors: whatever the values of this table are computed from.

    Returns:
        Scalars by name, in the order of the table.
    """
    return {
        term.name: term.weight(weights) * term.value(tensors)
        for term in weighted_terms(terms, weights)
    }


def tag_names(generator: Sequence[str], discriminators: Sequence[str]) -> list[str]:
    """Returns names as they are logged, with a total after the terms of each side.

    Args:
        generator: names of the terms of the generator.
        discriminators: names of the terms of all discriminators; empty without any.

    Returns:
        `generator/...`, then `discriminator/...`. Checkpoints keep the means of losses
        in this order.
    """
    names = [f"generator/{name}" for name in (*generator, "total")]
    if discriminators:
        names += [f"discriminator/{name}" for name in (*discriminators, "total")]
    return names


def tag_losses(losses: dict[str, Losses]) -> Losses:
    """Returns all losses by their names in logs.

    Args:
        losses: terms of each sub-network, by its name.

    Returns:
        `generator/...` and `discriminator/...`; `discriminator/total` belongs to all
        discriminators together.
    """
    tagged: Losses = {}
    of_discriminators: Losses = {}
    for name, terms in losses.items():
        if name == "generator":
            tagged.update({f"generator/{key}": x for key, x in terms.items()})
            tagged["generator/total"] = total(name, terms)
        else:
            of_discriminators.update(terms)
    if of_discriminators:
        terms = of_discriminators
        tagged.update({f"discriminator/{key}": x for key, x in terms.items()})
        tagged["discriminator/total"] = total("discriminator", terms)
    return tagged


def total(subnetwork: str, losses: Losses) -> tf.Tensor:
    """Returns what a sub-network minimises (method.md 3.1).

    Args:
        subnetwork: name of the sub-network.
        losses: terms of the sub-network.

    Returns:
        The sum for the `generator`, half the sum for discriminators.
    """
    added = tf.add_n(list(losses.values()))
    return added if subnetwork == "generator" else 0.5 * added
