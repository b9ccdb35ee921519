"""Writes the rules of a configuration in the words of data validation."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator

from tensorflow_data_validation.anomalies.proto import custom_validation_config_pb2
from tensorflow_metadata.proto.v0 import anomalies_pb2

from v2v_tf.config import Config
from v2v_tf.data.records.rules import clip_rules, soft_rules


def custom_validations(
    config: Config,
) -> custom_validation_config_pb2.CustomValidationConfig:
    """Returns the rules for clips as conditions on the statistics of features.

    What breaks one of `clip_rules` is an error, of `soft_rules` a warning.
    """
    validations = custom_validation_config_pb2.CustomValidationConfig()
    levels = anomalies_pb2.AnomalyInfo
    for rules, severity in (
        (clip_rules(config), levels.ERROR),
        (soft_rules(config), levels.WARNING),
    ):
        for rule in rules:
            found = validations.feature_validations.add()
            found.feature_path.step.append(rule.feature)
            for expression in _expressions(rule.above, rule.below):
                found.validations.add(sql_expression=expression, severity=severity)
    return validations


def of_features(
    rules: custom_validation_config_pb2.CustomValidationConfig, names: Collection[str]
) -> custom_validation_config_pb2.CustomValidationConfig:
    """Returns the rules of the features that there are; TFDV fails with others.

    Records of earlier versions lack features that came since, and what every record
    must have the schema asks for.

    Args:
        rules: from `custom_validations`.
        names: names of the features that the statistics know.
    """
    kept = custom_validation_config_pb2.CustomValidationConfig()
    kept.feature_validations.extend(
        one for one in rules.feature_validations if one.feature_path.step[0] in names
    )
    return kept


def reasons(config: Config) -> dict[str, str]:
    """Returns what is wrong with clips that break a rule, by the rule's feature.

    Anomalies themselves name the condition alone.
    """
    rules = (*soft_rules(config), *clip_rules(config))
    return {rule.feature: rule.reason for rule in rules}


def _expressions(above: float, below: float) -> Iterator[str]:
    if not math.isinf(above):
        yield f"feature.num_stats.min > {above}"
    if not math.isinf(below):
        yield f"feature.num_stats.max < {below}"
