"""ClipValidator: TFX's ExampleValidator, with custom rules on Kubeflow v2 too.

There its executor gets them as JSON, which it does not read.
"""

from __future__ import annotations

from typing import Any

from tensorflow_data_validation.anomalies.proto import custom_validation_config_pb2
from tfx import types
from tfx.components import ExampleValidator
from tfx.components.example_validator import executor
from tfx.dsl.components.base import executor_spec
from tfx.types import standard_component_specs
from tfx.utils import proto_utils


class Executor(executor.Executor):
    """Validates statistics."""

    def Do(  # noqa: N802
        self,
        input_dict: dict[str, list[types.Artifact]],
        output_dict: dict[str, list[types.Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Writes down anomalies."""
        key = standard_component_specs.CUSTOM_VALIDATION_CONFIG_KEY
        rules = exec_properties.get(key)
        if isinstance(rules, str):
            parsed = custom_validation_config_pb2.CustomValidationConfig()
            exec_properties[key] = proto_utils.json_to_proto(rules, parsed)
        super().Do(input_dict, output_dict, exec_properties)


class ClipValidator(ExampleValidator):
    """Compares statistics with a schema and with rules; arguments as of TFX's."""

    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(Executor)
