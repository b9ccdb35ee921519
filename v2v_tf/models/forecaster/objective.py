"""The objective of the forecaster: cross-entropy and flow (method.md 3.7)."""

from __future__ import annotations

from typing import NamedTuple

import tensorflow as tf

from v2v_tf.config import LossConfig
from v2v_tf.losses.flow import masked_l1
from v2v_tf.models.common.loss_terms import LossTerm, tag_names, weighted_terms
from v2v_tf.models.forecaster.network import Forecast
from v2v_tf.models.vid2vid.states import merge_time

_LEAST = 1e-6  # a label that was thought impossible costs no more than 14


class ComparedForecasts(NamedTuple):
    """Forecast and true labels that terms compare.

    Attributes:
        forecast: tensors of the forecaster, [B, F, ...].
        target: float32 [B, F, H, W, L], one-hot, the true labels.
        flow: float32 [B, F, H, W, 2], pixels, of each frame to the one before.
        confidence: float32 [B, F, H, W, 1], 1 where that flow is trusted.
    """

    forecast: Forecast
    target: tf.Tensor
    flow: tf.Tensor
    confidence: tf.Tensor


def _cross_entropy(x: ComparedForecasts) -> tf.Tensor:
    """Returns the means of -log of the probability of the true label, nats."""
    # The hallucinated labels too: where the mask is low nothing else teaches them.
    errors = []
    for probabilities in (x.forecast.labels, x.forecast.raw_labels):
        of_true = tf.reduce_sum(probabilities * x.target, axis=-1)
        errors.append(-tf.reduce_mean(tf.math.log(tf.maximum(of_true, _LEAST))))
    return tf.add_n(errors)


def _flow_l1(x: ComparedForecasts) -> tf.Tensor:
    merged = (merge_time(y) for y in (x.forecast.flow, x.flow, x.confidence))
    return masked_l1(*merged)


# Checkpoints keep the means of losses in the order of the rows.
FORECAST_TERMS = (
    LossTerm(
        *("cross_entropy", lambda weights: weights.cross_entropy, _cross_entropy),
        always=True,
    ),
    LossTerm("flow_l1", lambda weights: weights.flow, _flow_l1),
)


def loss_names(weights: LossConfig) -> list[str]:
    """Returns the names of all losses, as they are logged.

    Args:
        weights: the loss block of the configuration.
    """
    terms = weighted_terms(FORECAST_TERMS, weights)
    return tag_names([term.name for term in terms], [])
