"""Resources of the Trainer on Kubernetes, in the words of each format."""

from __future__ import annotations

from typing import Any

from kfp import dsl
from kfp.pipeline_spec import pipeline_spec_pb2
from kubernetes.client import models as k8s

from pipeline.configs import KubernetesConfig
from pipeline.pipeline import EVALUATOR, TRAINER

_UNITS = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40, "": 1}


def accelerated(config: KubernetesConfig) -> tuple[str, ...]:
    """Returns the components that get the Trainer's resources."""
    return (TRAINER, EVALUATOR) if config.evaluator_on_gpu else (TRAINER,)


def limits(config: KubernetesConfig) -> dict[str, str]:
    """Returns resource limits as a pod names them."""
    found = {"cpu": str(config.cpu), "memory": config.memory}
    if config.gpu_count:
        found[config.gpu_type] = str(config.gpu_count)
    return found


def tolerations(config: KubernetesConfig) -> list[dict[str, str]]:
    """Returns tolerations as a pod names them."""
    return [
        {
            "key": one.key,
            "operator": one.operator,
            "effect": one.effect,
            **({"value": one.value} if one.operator == "Equal" else {}),
        }
        for one in config.tolerations
    ]


def resource_spec(config: KubernetesConfig) -> Any:
    """Returns the resources as Kubeflow Pipelines v2 names them."""
    container = pipeline_spec_pb2.PipelineDeploymentConfig.PipelineContainerSpec
    spec = container.ResourceSpec(
        cpu_limit=config.cpu, memory_limit=gigabytes(config.memory)
    )
    if config.gpu_count:
        spec.accelerator.type = config.gpu_type
        spec.accelerator.count = config.gpu_count
    return spec


def gigabytes(memory: str) -> float:
    """Returns a quantity of memory, such as `32Gi`, in GB of 10^9 bytes."""
    number = memory.rstrip("KMGTi")
    return float(number) * _UNITS[memory[len(number) :]] / 1e9


def apply(config: KubernetesConfig, op: Any) -> None:
    """Gives a step of Kubeflow Pipelines v1 its volume, and the Trainer the rest.

    Args:
        config: image, resources and volume of the components.
        op: ContainerOp of kfp, whose name is the component's id.
    """
    if config.volume_claim:
        volume = dsl.PipelineVolume(pvc=config.volume_claim)
        op.add_pvolumes({config.mount_path: volume})
    name = op.name.lower()  # As Kubernetes wants it.
    if name not in {component.lower() for component in accelerated(config)}:
        return
    for resource, amount in limits(config).items():
        op.container.add_resource_limit(resource, amount)
    for key, value in config.node_selector.items():
        op.add_node_selector_constraint(key, value)
    for one in tolerations(config):
        op.add_toleration(k8s.V1Toleration(**one))
    if config.retries:
        op.set_retry(config.retries)
