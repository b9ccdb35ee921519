"""From a configuration to a conditioning."""

import dataclasses

import pytest

from v2v_tf import config
from v2v_tf.errors import InputError
from v2v_tf.tasks import registry


@pytest.mark.parametrize(
    ("task", "planes", "channels", "uses_instances"),
    [
        ("street", 1, 36, True),
        ("face", 15, 15, False),
        ("pose", 6, 6, False),
        ("edges", 1, 1, False),
        ("depth", 1, 2, False),
        ("silhouette", 1, 1, False),
    ],
)
def test_defaults_of_every_task(task, planes, channels, uses_instances):
    created = registry.create(config.Config(task=task))
    assert created.task == task
    assert created.num_planes == planes
    assert created.num_channels == channels
    assert created.uses_instances == uses_instances


@pytest.mark.parametrize(
    ("override", "channels"),
    [
        ("conditioning.street.num_labels=19", 20),
        ("conditioning.street.use_instances=false", 35),
        ("conditioning.face.distance_maps=false", 1),
        ("conditioning.pose.use_densepose=false", 3),
        ("conditioning.pose.use_openpose=false", 3),
        ("conditioning.depth.missing=-1", 1),
    ],
)
def test_each_block_reaches_its_task(override, channels):
    task = override.split(".")[1]
    overrides = (f"task={task}", override, "generator.use_foreground=false")
    created = registry.create(
        config.load_config(
            None,
            overrides if task != "street" else overrides[:2],
        )
    )
    assert created.num_channels == channels


def test_an_unknown_task_lists_the_known():
    unknown = dataclasses.replace(config.Config(), task="edgez")
    expected = "no task 'edgez'; did you mean 'edges'.*there are street, face, pose"
    with pytest.raises(InputError, match=expected):
        registry.create(unknown)
