"""From a configuration to the model that it trains."""

from __future__ import annotations

from v2v_tf.config import Config
from v2v_tf.config.plugins import MODELS
from v2v_tf.models.common.staged import StagedModel
from v2v_tf.models.family import ModelFamily


def family_of(config: Config) -> ModelFamily:
    """Returns the model family of `config.model`.

    Raises:
        InputError: no installed package has it.
    """
    return MODELS.get(config.model)


def build_model(config: Config) -> StagedModel:
    """Returns the model that `config.model` names, its weights not yet made.

    Raises:
        InputError: no such family, or a stage that cannot train.
    """
    return family_of(config).build(config)
