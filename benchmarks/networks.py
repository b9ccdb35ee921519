"""Seconds a frame of the sequential generator, beside PyTorch and matrix products.

Every case runs in two worker processes, one for each framework, which take turns (A B,
B A, ...); medians of the counted runs, [fastest, slowest]. The last column is the
median of the ratios of the pairs. Forward is inference of one frame, training is
forward and backward; the encoding of label ids is in neither. The peak is the largest
resident size of the worker. Each framework runs in the settings that a few runs found
fastest for it; they are listed under the table. `--help` lists the options.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from networks_lib import cases, machine, table
from networks_lib.benchmark import Benchmark

_ROOT = Path(__file__).resolve().parents[1]
_HOW_TO_COMPARE = (
    "no PyTorch, so nothing to compare with: python3.11 -m venv .venv-torch && "
    ".venv-torch/bin/pip install torch==2.13.0 numpy"
)


def main(argv: Sequence[str] | None = None) -> int:
    """Measures, prints the table and writes the numbers."""
    options = _options(argv)
    interpreters = {"tensorflow": sys.executable}
    if options.torch:
        interpreters["torch"] = options.torch
    else:
        print(_HOW_TO_COMPARE, file=sys.stderr)
    facts = machine.describe()
    if facts["load_average"] > machine.BUSY:
        load = facts["load_average"]
        print(f"load average {load}: others use this machine", file=sys.stderr)
    chosen = [
        (cases.ROWS[row], mode, precision)
        for row in options.rows
        for mode in options.modes
        for precision in options.precisions
    ]
    benchmark = Benchmark(interpreters, options, chosen)
    benchmark.run()
    print(table.head(facts, benchmark.ceilings), end="\n\n")
    print(table.table(benchmark.results), end="\n\n")
    print(table.notes(benchmark.results))
    everything = {
        "machine": facts,
        "brief": options.brief,
        "repeats": options.repeats,
        "ceilings": benchmark.ceilings,
        "results": benchmark.results,
    }
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps(everything, indent=1), encoding="utf-8")
    print(f"written: {options.output}", file=sys.stderr)
    return 0


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0],
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )

    def listed(
        name: str, allowed: Sequence[str], default: Sequence[str], text: str
    ) -> None:
        def parse(value: str) -> list[str]:
            names = value.split(",")
            for unknown in set(names) - set(allowed):
                raise argparse.ArgumentTypeError(
                    f"'{unknown}' is none of {', '.join(allowed)}"
                )
            return names

        words = ",".join(default)
        parser.add_argument(name, type=parse, default=words, help=text)

    listed("--rows", list(cases.ROWS), list(cases.ROWS), "Networks to measure.")
    listed(
        "--precisions",
        cases.PRECISIONS,
        cases.DEFAULT_PRECISIONS,
        "Precisions to measure; mixed_float16 may take minutes a frame on a CPU.",
    )
    listed(
        "--modes",
        cases.MODES,
        cases.MODES,
        "Modes to measure: inference of a frame, or forward and backward of one.",
    )
    parser.add_argument(
        "--repeats", type=int, default=7, help="Number of runs that each median is of."
    )
    parser.add_argument(
        "--brief",
        action="store_true",
        help="Try the usual settings alone, after one warm-up: for cases that take "
        "minutes a frame.",
    )
    parser.add_argument(
        "--limit", type=float, default=900.0, help="Seconds that one case may take."
    )
    own = _ROOT / ".venv-torch/bin/python"
    parser.add_argument(
        "--torch",
        default=os.environ.get("V2V_BENCH_TORCH") or (str(own) if own.exists() else ""),
        help="Python interpreter with PyTorch (default: V2V_BENCH_TORCH, else that of "
        ".venv-torch).",
    )
    parser.add_argument(
        "--torch-compile",
        action="store_true",
        help="Measure against a compiled twin too, in rows of its own.",
    )
    parser.add_argument(
        "--output",
        type=Path,
        default=_ROOT / "runs/bench/networks.json",
        help="JSON file to write.",
    )
    options = parser.parse_args(argv)
    if options.torch and not Path(options.torch).is_file():
        parser.error(f"--torch: no interpreter at {options.torch}")
    if options.repeats < 1:
        parser.error("--repeats must be at least 1")
    return options


if __name__ == "__main__":
    sys.exit(main())
