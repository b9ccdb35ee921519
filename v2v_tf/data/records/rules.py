"""Says which clips may be trained on, by the scalars of their records.

`prepare` puts aside what breaks a rule, and data validation, which sees records that
somebody else made, asks the same. What breaks a soft rule is noted, and trained on.
"""

from __future__ import annotations

from v2v_tf.config import Config
from v2v_tf.config.plugins import TASKS
from v2v_tf.data.records.clip import ClipSummary
from v2v_tf.errors import InputError
from v2v_tf.tasks.rules import ClipRule


def clip_rules(config: Config) -> tuple[ClipRule, ...]:
    """Returns the rules of a configuration."""
    data = config.data
    return (
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
        *TASKS.get(config.task).rules(config),
    )


def soft_rules(config: Config) -> tuple[ClipRule, ...]:
    """Returns what clips of a configuration should be like; others are noted."""
    return TASKS.get(config.task).soft_rules(config)


def doubts_of(summary: ClipSummary, config: Config) -> list[str]:
    """Returns what is doubtful of a clip that may be trained on."""
    return [rule.reason for rule in soft_rules(config) if _breaks(summary, rule)]


def check_summary(summary: ClipSummary, config: Config) -> None:
    """Raises InputError for a clip whose summary breaks a rule."""
    for rule in clip_rules(config):
        if _breaks(summary, rule):
            value = summary.get(rule.feature)
            raise InputError(f"{rule.feature} {value:.3g}: {rule.reason}")


def _breaks(summary: ClipSummary, rule: ClipRule) -> bool:
    value = summary.get(rule.feature)
    return isinstance(value, int | float) and not rule.holds(value)
