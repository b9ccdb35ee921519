"""From a configuration to its model."""

from __future__ import annotations

import dataclasses

import pytest

from tests.models.conftest import stage
from v2v_tf.errors import InputError
from v2v_tf.models.first_frame.model import FirstFrameModel
from v2v_tf.models.registry import build_model
from v2v_tf.models.vid2vid.model import Vid2Vid


def test_the_configuration_says_which_model(make_config, image_config):
    for config, kind in ((make_config(), Vid2Vid), (image_config(), FirstFrameModel)):
        model = build_model(config)
        assert type(model) is kind and model.experiment is config


def test_stages_are_checked_for_the_model(make_config, image_config):
    flow = (stage(2, 2, "flow"),)
    assert build_model(dataclasses.replace(make_config(), curriculum=flow))
    with pytest.raises(InputError, match="trains flow"):
        build_model(dataclasses.replace(image_config(), curriculum=flow))
