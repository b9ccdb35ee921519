"""From a configuration to the model that it trains."""

from __future__ import annotations

from v2v_tf.config import Config
from v2v_tf.models.common.adversarial import AdversarialModel
from v2v_tf.models.first_frame.model import FirstFrameModel
from v2v_tf.models.forecaster.model import ForecasterModel
from v2v_tf.models.vid2vid.model import Vid2Vid


def build_model(config: Config) -> AdversarialModel:
    """Returns the model that `config.model` names, without weights.

    Raises:
        InputError: a stage that cannot train.
    """
    if config.model == "first_frame":
        return FirstFrameModel(config)
    if config.model == "forecaster":
        return ForecasterModel(config)
    return Vid2Vid(config)
