"""Chooses the devices that train: one, all of this machine, or several machines."""

from __future__ import annotations

import json
import os
from collections.abc import Callable

import tensorflow as tf

from v2v_tf.config import RuntimeConfig
from v2v_tf.data.input.dataset import Share
from v2v_tf.errors import InputError

_VARIABLE = "TF_CONFIG"


def create_strategy(runtime: RuntimeConfig) -> tf.distribute.Strategy:
    """Returns the strategy that `runtime` names, or that fits what is there.

    To be called before anything else of TensorFlow: several workers cannot meet later.

    Raises:
        InputError: a strategy that this machine cannot give.
    """
    kind = runtime.strategy
    workers = _num_workers()
    gpus = tf.config.list_logical_devices("GPU") if workers < 2 else []
    if kind == "auto":
        kind = "one_device"
        if workers > 1:
            kind = "multi_worker"
        elif len(gpus) > 1 or len(runtime.devices) > 1:
            kind = "mirrored"
    if kind == "multi_worker":
        if not workers:
            raise InputError(
                f"runtime.strategy=multi_worker: {_VARIABLE} is not set: give every "
                "worker the cluster's addresses and its own number in it"
            )
        return tf.distribute.MultiWorkerMirroredStrategy()
    if kind == "mirrored":
        return tf.distribute.MirroredStrategy(_devices(runtime, len(gpus)))
    return tf.distribute.get_strategy()


def is_chief(strategy: tf.distribute.Strategy) -> bool:
    """Returns whether this process writes the run folder."""
    resolver = strategy.cluster_resolver
    if resolver is None or resolver.task_type is None:
        return True
    return resolver.task_type == "chief" or (
        resolver.task_type == "worker"
        and resolver.task_id == 0
        and not resolver.cluster_spec().as_dict().get("chief")
    )


def distribute(make_part: Callable[[Share], tf.data.Dataset]) -> tf.data.Dataset:
    """Returns the dataset that `fit` takes, within the strategy's scope.

    Args:
        make_part: makes the dataset of a share.
    """
    if not tf.distribute.has_strategy():
        return make_part(Share())

    def of_worker(context: tf.distribute.InputContext) -> tf.data.Dataset:
        workers = context.num_input_pipelines
        replicas = context.num_replicas_in_sync // workers
        return make_part(Share(context.input_pipeline_id, workers, replicas))

    strategy = tf.distribute.get_strategy()
    return strategy.distribute_datasets_from_function(of_worker)


def _num_workers() -> int:
    """Returns how many workers `TF_CONFIG` names, 0 where it is not set."""
    text = os.environ.get(_VARIABLE)
    if not text:
        return 0
    try:
        cluster = json.loads(text).get("cluster", {})
        return len(cluster.get("worker", [])) + len(cluster.get("chief", []))
    except (ValueError, AttributeError) as error:
        raise InputError(
            f"{_VARIABLE} is no JSON object with a cluster: {text[:80]!r}"
        ) from error


def _devices(runtime: RuntimeConfig, num_gpus: int) -> list[str] | None:
    if not runtime.devices:
        if not num_gpus:
            raise InputError(
                "runtime.strategy=mirrored finds no GPU: name runtime.devices, or use "
                "one_device"
            )
        return None
    there = {
        device.name.rpartition("device:")[2]
        for device in tf.config.list_logical_devices()
    }
    for name in runtime.devices:
        if name not in there:
            raise InputError(
                f"runtime.devices: no device '{name}', there are "
                f"{', '.join(sorted(there))}"
            )
    return [f"/{name}" for name in runtime.devices]
