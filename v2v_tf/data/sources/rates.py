"""Frame rates of sequences that are folders of pictures, which say nothing of time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

from v2v_tf.errors import InputError

# Of a source that says nothing of time.
DEFAULT_RATE = Fraction(25)
# Beside `train_img/`: name of a sequence to its frames per second, as "30000/1001".
FRAME_RATES = "frame_rates.json"


def read_rates(path: Path) -> dict[str, Fraction]:
    """Reads the frame rates of sequences.

    Args:
        path: JSON file.

    Returns:
        Name of a sequence to frames per second.

    Raises:
        InputError: the file holds something else, or a rate that is none.
    """
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        rates = {str(name): Fraction(str(rate)) for name, rate in said.items()}
    except (ValueError, AttributeError, ZeroDivisionError) as error:
        raise InputError(
            f"{path}: expected the frames per second of each sequence, such as "
            f'{{"clip": "30000/1001"}}: {error}'
        ) from error
    for name, rate in rates.items():
        if rate <= 0:
            raise InputError(f"{path}: expected a rate above 0 of {name}, got {rate}")
    return rates


def write_rates(path: Path, rates: Mapping[str, Fraction]) -> None:
    """Writes the frame rates of sequences.

    Args:
        path: JSON file to write.
        rates: name of a sequence to frames per second.
    """
    said = {name: str(rate) for name, rate in rates.items()}
    path.write_text(json.dumps(said, indent=1), encoding="utf-8")
