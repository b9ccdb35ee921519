"""Which devices train, and who writes."""

from __future__ import annotations

import json
import types

import pytest
import tensorflow as tf

from v2v_tf.config import RuntimeConfig
from v2v_tf.data.input.dataset import Share
from v2v_tf.errors import InputError
from v2v_tf.training import strategy as strategies


@pytest.mark.parametrize("kind", ["auto", "one_device"])
def test_a_machine_of_one_device_has_no_strategy(kind):
    strategy = strategies.create_strategy(RuntimeConfig(strategy=kind))
    assert strategy.num_replicas_in_sync == 1
    with strategy.scope():
        assert not tf.distribute.has_strategy()
    assert strategies.is_chief(strategy)
    assert strategies.distribute(lambda share: share) == Share(0, 1, 1)


@pytest.mark.parametrize(
    ("runtime", "message"),
    [
        ({"strategy": "multi_worker"}, "TF_CONFIG is not set"),
        ({"strategy": "mirrored"}, "finds no GPU: name runtime.devices"),
        (
            {"strategy": "mirrored", "devices": ("CPU:0", "CPU:7")},
            "no device 'CPU:7', there are CPU:0",
        ),
        ({"devices": ("GPU:0", "GPU:1")}, "no device 'GPU:0'"),
    ],
)
def test_what_a_machine_lacks_is_said(monkeypatch, runtime, message):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    with pytest.raises(InputError, match=message):
        strategies.create_strategy(RuntimeConfig(**runtime))


@pytest.mark.parametrize("text", ["[1]", "worker:2222", '"cluster"'])
def test_a_cluster_that_is_none(monkeypatch, text):
    monkeypatch.setenv("TF_CONFIG", text)
    with pytest.raises(InputError, match="TF_CONFIG is no JSON object"):
        strategies.create_strategy(RuntimeConfig())


def test_one_device_named_is_mirrored_on_it():
    runtime = RuntimeConfig(strategy="mirrored", devices=("CPU:0",))
    strategy = strategies.create_strategy(runtime)
    assert isinstance(strategy, tf.distribute.MirroredStrategy)
    with strategy.scope():
        dataset = strategies.distribute(
            lambda share: tf.data.Dataset.from_tensors(share.num_replicas)
        )
    assert [int(x) for x in dataset] == [1]


@pytest.mark.parametrize(
    ("cluster", "task", "chief"),
    [
        ({"worker": 2}, ("worker", 0), True),
        ({"worker": 2}, ("worker", 1), False),
        ({"chief": 1, "worker": 1}, ("worker", 0), False),
        ({"chief": 1, "worker": 1}, ("chief", 0), True),
    ],
)
def test_the_chief_or_else_the_first_worker_writes(monkeypatch, cluster, task, chief):
    addresses = {
        kind: [f"localhost:{2000 + 10 * len(kind) + i}" for i in range(count)]
        for kind, count in cluster.items()
    }
    described = {"cluster": addresses, "task": {"type": task[0], "index": task[1]}}
    monkeypatch.setenv("TF_CONFIG", json.dumps(described))
    resolver = tf.distribute.cluster_resolver.TFConfigClusterResolver()
    strategy = types.SimpleNamespace(cluster_resolver=resolver)
    assert strategies.is_chief(strategy) is chief


def test_a_batch_that_cannot_be_shared():
    Share(1, 2, 3).check(12)
    with pytest.raises(InputError, match="a batch of 15 clips .* by 6 devices"):
        Share(1, 2, 3).check(15)
