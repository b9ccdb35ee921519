"""Describes an exported model to programs: metadata and labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from v2v_tf.config import Config
from v2v_tf.export.serving_module import ServingModule
from v2v_tf.export.signatures import Signature, describe
from v2v_tf.tasks.registry import labels_of

FORMAT_VERSION = 1


def metadata(
    module: ServingModule,
    found: Mapping[str, Signature],
    traced: Mapping[str, Any],
    config: Config,
    *,
    precision: str,
    frozen: bool,
    training_labels: tuple[int, ...] | None,
    sizes: Sequence[tuple[int, int]] = (),
) -> dict[str, Any]:
    """Returns what a caller needs to know of a model, as JSON can hold it.

    Args:
        module: module that was exported.
        found: signatures by name.
        traced: concrete functions of the signatures by name.
        config: configuration of the experiment.
        precision: precision of the weights.
        frozen: whether the weights are constants.
        training_labels: label ids of the training clips; None where nobody knows.
        sizes: (height, width) of the training records; none where unknown.
    """
    begins = ["given"] if module.takes_frames else []
    if module.state_format.starts_raw:
        begins.append("zeros")
    elif module.begins_alone:
        begins.insert(0, "generated")
    return {
        "format_version": FORMAT_VERSION,
        "task": config.task,
        "history": module.state_format.history,
        "num_planes": module.state_format.num_planes,
        "plane_dtype": module.state_format.plane_dtype.name,
        "plane_limits": list(module.step.conditioning.plane_limits),
        "size_multiple": module.multiple,
        "trained_sizes": [list(size) for size in sizes],
        "first_frames": begins,
        "uses_instances": module.state_format.uses_instances,
        "training_labels": training_labels,
        "style_shape": module.state_format.style_shape,
        "precision": precision,
        "frozen": frozen,
        "state_dtype": module.state_format.frame_dtype,
        "signatures": {
            name: {
                "text": signature.text,
                "inputs": _tensors(signature.inputs),
                "outputs": _tensors(traced[name].structured_outputs),
            }
            for name, signature in found.items()
        },
    }


def labels(config: Config) -> list[dict[str, Any]]:
    """Returns id, name and colour of every label; none for tasks without labels."""
    found = labels_of(config)
    if found is None:
        return []
    return [
        {"id": index, "name": name, "color": found.colors[index].tolist()}
        for index, name in enumerate(found.names)
    ]


def _tensors(specs: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: {
            "dtype": spec.dtype.name,
            "shape": spec.shape.as_list(),
            "text": describe(name),
        }
        for name, spec in sorted(specs.items())
    }
