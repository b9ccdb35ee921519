"""Frames a second of the toy street on one core: frame, labels, flow and visibility."""

from __future__ import annotations

import statistics
import time

import cv2

from v2v_tf.toy_street.street import ToyStreet

_SIZES = ((128, 256), (256, 512))  # (height, width)
_RUNS = 5
_FRAMES = 30


def main() -> None:
    """Prints the median over clips of several seeds."""
    cv2.setNumThreads(1)
    for size in _SIZES:
        rates = []
        for seed in range(_RUNS):
            street = ToyStreet(seed, size, _FRAMES)
            begin = time.perf_counter()
            for t in range(_FRAMES):
                street.frame(t)
            rates.append(_FRAMES / (time.perf_counter() - begin))
        print(
            f"{size[1]}x{size[0]}: {statistics.median(rates):.0f} frames/s "
            f"({min(rates):.0f} .. {max(rates):.0f} over {_RUNS} clips)"
        )


if __name__ == "__main__":
    main()
