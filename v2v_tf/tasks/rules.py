"""Bounds of the scalars of a clip record, outside of which nothing is trained."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Scalar:
    """Describes a scalar of clip records that one task has, or a list of them.

    Attributes:
        name: name of the feature.
        kind: `int` or `float`.
        low: the lowest value.
        high: the highest value.
        max_count: largest number of values of a record; 1 for a scalar.
        required: whether every record has it; records of earlier versions lack what
            came since.
    """

    name: str
    kind: type
    low: float
    high: float
    max_count: int = 1
    required: bool = True


@dataclass(frozen=True)
class ClipRule:
    """Bounds of a scalar, both excluded.

    Attributes:
        feature: name of the feature in the clip record.
        reason: message: what is wrong with a clip outside the bounds, and what to do.
        above: lower bound.
        below: upper bound.
    """

    feature: str
    reason: str
    above: float = -math.inf
    below: float = math.inf

    def holds(self, value: float) -> bool:
        """Returns whether a value is within the bounds."""
        return self.above < value < self.below
