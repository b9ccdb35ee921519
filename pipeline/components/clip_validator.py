"""ClipValidator is TFX's ExampleValidator, with custom rules on Kubeflow v2 too.

On Kubeflow v2 TFX's executor gets the rules as JSON, which it does not read.
"""

from __future__ import annotations

from typing import Any

from tensorflow_data_validation.anomalies.proto import custom_validation_config_pb2
from tfx import v1 as tfx

from pipeline import tfx_private
from pipeline.tfx_private import ArtifactLists

_RULES = "custom_validation_config"


class Executor(tfx_private.ExampleValidatorExecutor):
    """Compares statistics with a schema and with rules."""

    def Do(  # noqa: N802
        self,
        input_dict: ArtifactLists,
        output_dict: ArtifactLists,
        exec_properties: dict[str, Any],
    ) -> None:
        """Writes the anomalies of each split."""
        rules = exec_properties.get(_RULES)
        if isinstance(rules, str):
            parsed = custom_validation_config_pb2.CustomValidationConfig()
            exec_properties[_RULES] = tfx_private.message_property(rules, parsed)
        super().Do(input_dict, output_dict, exec_properties)


class ClipValidator(tfx.components.ExampleValidator):
    """Compares statistics with a schema and with rules.

    Its arguments are those of TFX's ExampleValidator.
    """

    EXECUTOR_SPEC = tfx_private.ExecutorClassSpec(Executor)
