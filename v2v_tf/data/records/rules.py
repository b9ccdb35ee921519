"""What a clip must be like to be trained on, by the scalars of its record.

`prepare` puts aside what breaks a rule, and data validation, which sees records that
somebody else made, asks the same.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from v2v_tf.config import Config
from v2v_tf.data.records.clip import ClipSummary
from v2v_tf.errors import InputError


@dataclass(frozen=True)
class ClipRule:
    """Bounds of a scalar, both excluded.

    Attributes:
        feature: its name in the clip record.
        reason: what is wrong with a clip outside, and what to do.
        above: lower bound.
        below: upper bound.
    """

    feature: str
    reason: str
    above: float = -math.inf
    below: float = math.inf

    def holds(self, value: float) -> bool:
        """Whether a value is within the bounds."""
        return self.above < value < self.below


def clip_rules(config: Config) -> tuple[ClipRule, ...]:
    """Returns the rules of a configuration."""
    data = config.data
    rules = [
        ClipRule(
            "num_frames",
            f"too few frames: data.min_frames is {data.min_frames}",
            above=data.min_frames - 1,
        ),
        ClipRule(
            "black_fraction",
            "too much of it is black: if it is meant to be so dark, raise "
            f"data.max_black_fraction, which is {data.max_black_fraction:g}",
            below=data.max_black_fraction,
        ),
        ClipRule(
            "flow_p95",
            "nothing moves in it, or its flow is missing: if it is meant to be so "
            f"still, lower data.min_flow, which is {data.min_flow:g}",
            above=data.min_flow,
        ),
    ]
    if config.task == "street":
        num_labels = config.conditioning.street.num_labels
        rules.append(
            ClipRule(
                "max_label",
                f"a label out of range: conditioning.street.num_labels is {num_labels}",
                below=num_labels,
            )
        )
    return tuple(rules)


def check_summary(summary: ClipSummary, config: Config) -> None:
    """Raises InputError for a clip whose summary breaks a rule."""
    for rule in clip_rules(config):
        value = getattr(summary, rule.feature, None)
        if value is not None and not rule.holds(value):
            raise InputError(f"{rule.feature} {value:.3g}: {rule.reason}")
