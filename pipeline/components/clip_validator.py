"""ClipValidator is TFX's ExampleValidator, with custom rules wherever it runs.

On Kubeflow v2 TFX's executor gets the rules as JSON, which it does not read; and
everywhere it fails where there is a rule for a feature that no record has.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import tensorflow_data_validation as tfdv
from tensorflow_data_validation.anomalies.proto import custom_validation_config_pb2
from tfx import v1 as tfx

from pipeline import tfx_private
from pipeline.tfx_private import ArtifactLists
from pipeline.validation import of_features

_RULES = "custom_validation_config"
_STATISTICS = "Split-*/FeatureStats.pb"


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
            rules = tfx_private.message_property(rules, parsed)
        if rules is not None:
            folder = Path(tfx_private.only(input_dict, "statistics").uri)
            exec_properties[_RULES] = of_features(rules, _features(folder))
        super().Do(input_dict, output_dict, exec_properties)


def _features(folder: Path) -> set[str]:
    """Returns the features that the statistics of every split know."""
    known = [
        {feature.path.step[0] for data in found.datasets for feature in data.features}
        for found in map(tfdv.load_stats_binary, map(str, folder.glob(_STATISTICS)))
    ]
    return set.intersection(*known) if known else set()


class ClipValidator(tfx.components.ExampleValidator):
    """Compares statistics with a schema and with rules.

    Its arguments are those of TFX's ExampleValidator.
    """

    EXECUTOR_SPEC = tfx_private.ExecutorClassSpec(Executor)
