"""Checks the statistics of clips by the rules of a configuration.

Newer TFDV has no custom validations any more (1.21 has none).
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Iterator
from typing import NamedTuple

from tensorflow_metadata.proto.v0 import statistics_pb2

from v2v_tf.config import Config
from v2v_tf.data.records.rules import clip_rules, soft_rules
from v2v_tf.tasks.rules import ClipRule


class Broken(NamedTuple):
    """A rule that some clips break.

    Attributes:
        feature: name of the scalar.
        value: the least or the greatest scalar, whichever is out of bounds.
        reason: message: what is wrong with such clips, and what to do.
    """

    feature: str
    value: float
    reason: str


def rules_json(config: Config) -> str:
    """Returns the rules for clips as a component takes them, JSON.

    What breaks one of `strict` stops a run, of `soft` it is warned of.
    """
    kinds = {"strict": clip_rules(config), "soft": soft_rules(config)}
    return json.dumps(
        {kind: list(map(dataclasses.asdict, rules)) for kind, rules in kinds.items()}
    )


def read_rules(text: str, kind: str) -> list[ClipRule]:
    """Returns the rules of a kind, of what `rules_json` gave."""
    return [ClipRule(**rule) for rule in json.loads(text)[kind]]


def broken_rules(
    statistics: statistics_pb2.DatasetFeatureStatisticsList, rules: list[ClipRule]
) -> Iterator[Broken]:
    """Yields the rules that the least or the greatest scalar breaks.

    Rules of features that no record has are left out: records of earlier versions lack
    what came since, and what every record must have the schema asks for.

    Args:
        statistics: statistics of the scalars of clips, as StatisticsGen writes them.
        rules: bounds of scalars.
    """
    for data in statistics.datasets:
        numbers = {
            feature.path.step[0]: feature.num_stats
            for feature in data.features
            if feature.num_stats.common_stats.num_non_missing
        }
        for rule in rules:
            if rule.feature not in numbers:
                continue
            ends = numbers[rule.feature]
            for value in (ends.min, ends.max):
                if math.isnan(value) or not rule.holds(value):
                    yield Broken(rule.feature, value, rule.reason)
                    break
