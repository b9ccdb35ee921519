"""What takes memory, part by part, and the settings that would take less.

All is arithmetic on a few numbers that are known before a training starts, so that it
can still be done when memory has run out.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from v2v_tf.memory.machine import in_gib


@dataclass(frozen=True)
class MemoryUse:
    """An estimate of what a training or a generation takes, bytes.

    Attributes:
        weights: weights of the generator, with what its optimizer and a moving average
            keep of each.
        gradients: gradients of the generator.
        maps: maps of the generator that are kept for the backward pass.
        maps_beside: maps of discriminators and of a perceptual network.
        rest: the libraries, the traced graph, and what belongs to the weights of
            discriminators.

    Example:
        ```python
        >>> from v2v_tf.memory.use import MemoryUse
        >>> MemoryUse(weights=2**30, maps=2**31).total == 3 * 2**30
        True

        ```
    """

    weights: int = 0
    gradients: int = 0
    maps: int = 0
    maps_beside: int = 0
    rest: int = 0

    @property
    def parts(self) -> dict[str, int]:
        """Each part by its name."""
        return dataclasses.asdict(self)

    @property
    def total(self) -> int:
        """All parts together."""
        return sum(self.parts.values())


@dataclass(frozen=True)
class MemorySetting:
    """A setting with a value that needs less memory.

    Attributes:
        change: what to set, such as `curriculum.1.batch_size=2`.
        factors: for parts of a `MemoryUse`, by name, the share that stays, 0 .. 1.
        note: what the change asks for besides; empty for nothing.
    """

    change: str
    factors: Mapping[str, float] = field(default_factory=dict)
    note: str = ""

    @property
    def key(self) -> str:
        """The key of the configuration, or the option."""
        return self.change.partition("=")[0]

    def saves(self, use: MemoryUse) -> int:
        """Returns what it saves of a use, bytes."""
        parts = use.parts
        return round(sum(parts[name] * (1 - x) for name, x in self.factors.items()))


def what_saves(settings: Iterable[MemorySetting], use: MemoryUse) -> str:
    """Returns one phrase that names settings with what each saves, most first.

    Args:
        settings: those that cost memory here.
        use: what is taken.

    Example:
        ```python
        >>> from v2v_tf.memory.use import MemorySetting, MemoryUse, what_saves
        >>> half = MemorySetting("curriculum.0.batch_size=1", {"maps": 0.5})
        >>> what_saves([half], MemoryUse(maps=2**31))
        'curriculum.0.batch_size=1 saves about 1.0 GiB'

        ```
    """
    ranked = sorted(settings, key=lambda setting: -setting.saves(use))
    phrases: list[str] = []
    for setting in ranked:
        verb = " saves about" if not phrases else ""
        note = f" ({setting.note})" if setting.note else ""
        phrases.append(f"{setting.change}{note}{verb} {in_gib(setting.saves(use))}")
    if not phrases:
        return "no setting of this configuration would save any"
    return ", ".join(phrases)
