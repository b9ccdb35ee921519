"""Is the video model better than frame by frame? Trains, measures, prints tables.

Every (model, seed) is trained at the same number of frames and the same width, rolled
out from its own frames over clips that it never saw, and leaves one JSON; what exists
is skipped and an interrupted training goes on, so that this runs in several sittings.
Settings are chosen with `--split tuning`; the published numbers are of other clips.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from quality_lib import drives
from quality_lib.pictures import write_pictures
from quality_lib.studies import STUDIES
from quality_lib.study import Study
from quality_lib.tables import tables
from quality_lib.trials import Place, run_trial

from v2v_tf.storage.files import write_text

_DRIVES = 8
_ROOT = Path(__file__).resolve().parents[1]


def main(argv: Sequence[str] | None = None) -> int:
    """Runs what is missing and prints the tables."""
    options = _options(argv)
    for name in options.studies:
        study = STUDIES[name]
        work = options.work / name
        results = options.results / options.split
        place = Place(work, results, options.split)
        if options.drives:
            _drive(study, place, options)
        elif not options.tables:
            _run(study, place, options)
        print(tables(study, place), end="\n\n", flush=True)
    return 0


def _drive(study: Study, place: Place, options: argparse.Namespace) -> None:
    """Measures long drives of the models that are trained; one JSON for each."""
    for model in study.models:
        for seed in model.seeds:
            run = place.run(model.name, seed)
            path = place.numbers(study.name, model.name, seed)
            path = path.with_name(f"{path.stem}-drives{options.drives}.json")
            wanted = options.models is None or model.name in options.models
            if wanted and run.exists() and not path.exists():
                print(f"{model.title}, seed {seed}", file=sys.stderr, flush=True)
                found = drives.measure(run, _DRIVES, options.drives)
                write_text(path, json.dumps(found, indent=1))


def _run(study: Study, place: Place, options: argparse.Namespace) -> None:
    missing = [
        (model, seed)
        # Models that make first frames for others come before them.
        for model in sorted(study.models, key=lambda m: m.first_frames is not None)
        for seed in model.seeds
        if options.models is None or model.name in options.models
        if options.seeds is None or seed in options.seeds
        if not place.numbers(study.name, model.name, seed).exists()
    ]
    if missing:
        study.make_data(place.work / "data")
    for number, (model, seed) in enumerate(missing, 1):
        print(
            f"[{number}/{len(missing)}] {study.name}: {model.title}, seed {seed}",
            file=sys.stderr,
            flush=True,
        )
        run_trial(study, model, seed, place)
    if missing:
        print(f"pictures: {write_pictures(study, place)}", file=sys.stderr)


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )

    def names(text: str) -> list[str]:
        return text.split(",")

    def numbers(text: str) -> list[int]:
        return [int(part) for part in text.split(",")]

    known = sorted({m.name for study in STUDIES.values() for m in study.models})
    parser.add_argument(
        "--studies",
        type=names,
        default=list(STUDIES),
        help=f"Studies to run, of {', '.join(STUDIES)}.",
    )
    parser.add_argument(
        "--models", type=names, help=f"Models to train, of {', '.join(known)}."
    )
    parser.add_argument(
        "--seeds", type=numbers, help="Seeds to train with, such as 0,1."
    )
    parser.add_argument("--split", choices=("tuning", "reported"), default="reported")
    parser.add_argument(
        "--work",
        type=Path,
        default=_ROOT / "runs" / "quality",
        help="Folder for large files: data, runs and generated frames.",
    )
    parser.add_argument(
        "--results",
        type=Path,
        default=_ROOT / "benchmarks" / "results" / "quality",
        help="Folder for the results, one JSON file for each model and seed.",
    )
    parser.add_argument(
        "--drives",
        type=int,
        metavar="FRAMES",
        help=f"Measure {_DRIVES} drives of so many frames with each model of the toy "
        "street that is trained, and train nothing.",
    )
    parser.add_argument(
        "--tables",
        action="store_true",
        help="Print the tables of existing results, and train nothing.",
    )
    options = parser.parse_args(argv)
    for what, given, allowed in (
        ("study", options.studies, STUDIES),
        ("model", options.models or (), known),
    ):
        for name in given:
            if name not in allowed:
                parser.error(f"no {what} '{name}': choose of {', '.join(allowed)}")
    return options


if __name__ == "__main__":
    sys.exit(main())
