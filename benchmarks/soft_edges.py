"""How long do soft edges take, and how much memory?

Times `EdgeNetwork.find` on noise, in processor time, and prints the median of each
size with the most memory that the process had taken up to then.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from v2v_tf.tasks.softedge.network import EdgeNetwork
from v2v_tf.tasks.softedge.weights import read_weights

_SIZES = ((180, 320), (360, 640), (1080, 1920))  # (height, width)


def main(argv: Sequence[str] | None = None) -> int:
    """Prints a line for each size, the smallest first."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--network", type=Path, required=True, metavar="FILE")
    parser.add_argument("--frames", type=int, default=5)
    options = parser.parse_args(argv)
    network = EdgeNetwork(read_weights(options.network))
    rng = np.random.default_rng(3)
    print("| size | s of processor time a frame | GiB at most |\n|---|---:|---:|")
    for height, width in _SIZES:
        taken = []
        for frame in range(options.frames + 1):
            picture = rng.integers(0, 256, (height, width, 3), np.uint8)
            begin = time.process_time()
            network.find(picture)
            if frame:  # the first traces the network
                taken.append(time.process_time() - begin)
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        print(f"| {width}x{height} | {statistics.median(taken):.2f} | {most:.1f} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
