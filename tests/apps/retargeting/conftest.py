"""Configurations of models that can be driven."""

import pytest


@pytest.fixture
def pose_config(make_config):
    return make_config("pose", "conditioning.pose.use_densepose=false")


@pytest.fixture
def face_config(make_config):
    return make_config("face", "conditioning.face.background_edges=false")
