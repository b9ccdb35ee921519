"""Writes the rules of a configuration in the words of data validation."""

from __future__ import annotations

import math
from collections.abc import Iterator

from tensorflow_data_validation.anomalies.proto import custom_validation_config_pb2
from tensorflow_metadata.proto.v0 import anomalies_pb2

from v2v_tf.config import Config
from v2v_tf.data.records.rules import clip_rules


def custom_validations(
    config: Config,
) -> custom_validation_config_pb2.CustomValidationConfig:
    """Returns `clip_rules` as conditions on the statistics of features."""
    validations = custom_validation_config_pb2.CustomValidationConfig()
    for rule in clip_rules(config):
        found = validations.feature_validations.add()
        found.feature_path.step.append(rule.feature)
        for expression in _expressions(rule.above, rule.below):
            found.validations.add(
                sql_expression=expression,
                severity=anomalies_pb2.AnomalyInfo.ERROR,
            )
    return validations


def reasons(config: Config) -> dict[str, str]:
    """Returns what is wrong with clips that break a rule, by the rule's feature.

    Anomalies themselves name the condition alone.
    """
    return {rule.feature: rule.reason for rule in clip_rules(config)}


def _expressions(above: float, below: float) -> Iterator[str]:
    if not math.isinf(above):
        yield f"feature.num_stats.min > {above}"
    if not math.isinf(below):
        yield f"feature.num_stats.max < {below}"
