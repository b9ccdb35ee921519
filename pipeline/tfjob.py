"""Compiles distributed training for Kubernetes, as a TFJob."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from pipeline import kubernetes
from pipeline.configs import KubernetesConfig, PipelineConfig
from v2v_tf import config as configuration
from v2v_tf.config import Config

_CONFIG_FOLDER, _CONFIG_FILE = "/etc/v2v_tf", "experiment.yaml"


def write(
    pipeline: PipelineConfig, config: Config, root: str, source: str, output: Path
) -> None:
    """Writes a ConfigMap with the experiment and a TFJob that trains it.

    Every worker runs `v2v-tf train` on the same records and the same run folder, on a
    volume that all of them mount; the operator sets `TF_CONFIG`, by which
    `runtime.strategy: auto` knows that it is one of several.

    Args:
        pipeline: configuration of the pipeline.
        config: configuration of the experiment.
        root: folder of the pipeline as the cluster sees it; the run is `<root>/run`.
        source: folder of clip records that `v2v-tf prepare` wrote.
        output: `.yaml` file to write.
    """
    documents = [_config_map(pipeline, config), _job(pipeline, root, source)]
    output.write_text(yaml.safe_dump_all(documents, sort_keys=False), encoding="utf-8")


def _name(pipeline: PipelineConfig) -> str:
    return pipeline.name


def _config_map(pipeline: PipelineConfig, config: Config) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": f"{_name(pipeline)}-experiment"},
        "data": {_CONFIG_FILE: configuration.to_yaml(config)},
    }


def _job(pipeline: PipelineConfig, root: str, source: str) -> dict[str, Any]:
    k8s = pipeline.kubernetes
    worker = {
        "replicas": k8s.workers,
        # Its training goes on from the last checkpoint.
        "restartPolicy": "OnFailure",
        "template": {"spec": _pod(pipeline, root, source)},
    }
    return {
        "apiVersion": "kubeflow.org/v1",
        "kind": "TFJob",
        "metadata": {"name": f"{_name(pipeline)}-train"},
        "spec": {
            "runPolicy": {"backoffLimit": k8s.retries, "cleanPodPolicy": "Running"},
            "tfReplicaSpecs": {"Worker": worker},
        },
    }


def _pod(pipeline: PipelineConfig, root: str, source: str) -> dict[str, Any]:
    k8s: KubernetesConfig = pipeline.kubernetes
    limits = kubernetes.limits(k8s)
    mounts = [{"name": "experiment", "mountPath": _CONFIG_FOLDER, "readOnly": True}]
    volumes: list[dict[str, Any]] = [
        {
            "name": "experiment",
            "configMap": {"name": f"{_name(pipeline)}-experiment"},
        }
    ]
    if k8s.volume_claim:
        mounts.append({"name": "data", "mountPath": k8s.mount_path})
        claim = {"claimName": k8s.volume_claim}
        volumes.append({"name": "data", "persistentVolumeClaim": claim})
    container = {
        "name": "tensorflow",  # The operator looks for this name.
        "image": k8s.image,
        "command": ["v2v-tf"],
        "args": [
            "train",
            f"--config={_CONFIG_FOLDER}/{_CONFIG_FILE}",
            f"--data={source}",
            f"--run={root.rstrip('/')}/run",
        ],
        "resources": {"limits": limits, "requests": dict(limits)},
        "volumeMounts": mounts,
    }
    pod: dict[str, Any] = {"containers": [container], "volumes": volumes}
    if k8s.node_selector:
        pod["nodeSelector"] = dict(k8s.node_selector)
    if k8s.tolerations:
        pod["tolerations"] = kubernetes.tolerations(k8s)
    return pod
