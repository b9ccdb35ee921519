"""Makes the packs that come with the package: trains, measures, writes them.

Each step is one command of `v2v-tf`, printed before it runs. What is done is skipped
and an interrupted training goes on, so that this runs in several sittings. With `--run`
a run that was trained otherwise is measured and packed.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from quality_lib import drives, evaluation
from quality_lib.pack_recipes import RECIPES

from v2v_tf import PackTexts, save_pretrained
from v2v_tf.data.input.dataset import read_clips
from v2v_tf.inference.loading import open_run
from v2v_tf.metrics.image import psnr
from v2v_tf.storage.files import write_text
from v2v_tf.tasks.pictures import colorize_conditions
from v2v_tf.visualization.sheets import contact_sheet
from v2v_tf.visualization.video import write_png

_ROOT = Path(__file__).resolve().parents[1]
_RESULTS = _ROOT / "benchmarks/results/packs"
_DRIVES = 8
_SHOWN = 5  # moments of the picture
_METRICS = ("psnr", "ssim", "warping_error", "sharpness", "sharpness_real")


def main(argv: Sequence[str] | None = None) -> int:
    """Does what is missing of one pack."""
    options = _options(argv)
    recipe = RECIPES[options.pack]
    if options.drives:
        found = drives.measure(options.output, _DRIVES, options.drives)
        name = f"{recipe.name}-drives{options.drives}.json"
        write_text(options.results / name, json.dumps(found, indent=1))
        print(found)
        return 0
    work, run = options.work / recipe.name, options.run
    if run is None:
        recipe.train(options.work, len(recipe.parts), options.video)
        recipe.fit_styles(options.work)
        run = recipe.run(options.work)
    records = recipe.records(work, held_out=True, video=options.video)
    texts = PackTexts(
        recipe.summary,
        "Apache-2.0",
        recipe.data.licence,
        made_by=dict(part.split("=", 1) for part in options.made_by),
        card=recipe.card,
    )
    # What is measured is what is handed on, in half precision.
    trial = work / "trial" / recipe.name
    save_pretrained(run, trial, texts, half=True, overwrite=True)
    metrics = _measure(trial, run, records, options.results)
    picture = trial.parent / "frames.png"
    _draw(trial, records, picture)
    texts = PackTexts(
        *(texts.summary, texts.licence, texts.training_data, metrics),
        *(texts.made_by, texts.card, [picture]),
    )
    save_pretrained(run, options.output, texts, half=True, overwrite=True)
    size = sum(p.stat().st_size for p in options.output.rglob("*") if p.is_file())
    print(f"{options.output}: {size / 1e6:.1f} MB, {metrics}")
    return 0


def _measure(pack: Path, run: Path, records: Path, results: Path) -> dict[str, float]:
    """Measures a pack with first frames and without, beside its run."""
    given, frames = evaluation.evaluate(pack, records)
    full, whole = evaluation.evaluate(run, records)
    numbers = {"given": given, "full_precision": full["mean"]}
    flat = (-1, *frames.shape[2:])
    numbers["half_psnr"] = psnr(frames.reshape(flat), whole.reshape(flat))
    metrics = {name: given["mean"][name] for name in _METRICS}
    last = len(given["psnr_by_frame"])
    metrics[f"psnr_of_frame_{last}"] = given["psnr_by_frame"][-1]
    blank, _ = evaluation.evaluate(pack, records, begins="zeros")
    numbers["blank"] = blank
    metrics["psnr_without_first_frames"] = blank["mean"]["psnr"]
    metrics["sharpness_without_first_frames"] = blank["mean"]["sharpness"]
    results.mkdir(parents=True, exist_ok=True)
    write_text(results / f"{pack.name}.json", json.dumps(numbers, indent=1))
    return metrics


def _draw(pack: Path, records: Path, path: Path) -> None:
    """Draws moments of the first clip, with first frames and without."""
    made = {}
    for title, begins in (("from two frames", None), ("from none", "zeros")):
        synthesizer = open_run(pack, first_frames=begins)
        clip = next(iter(read_clips(records, synthesizer.config)))
        made[title] = evaluation.rollout(synthesizer, clip).fake_frames
    rest = clip.after(evaluation.HISTORY)
    chosen = np.linspace(0, len(rest) - 1, _SHOWN).astype(int)
    rows = {
        "conditions": colorize_conditions(rest.conditions, synthesizer.config),
        "real": rest.require("frames"),
        **made,
    }
    columns = [f"frame {evaluation.HISTORY + t}" for t in chosen]
    sheet = contact_sheet({name: row[chosen] for name, row in rows.items()}, columns)
    write_png(path, sheet, overwrite=True)


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pack", choices=list(RECIPES), default=next(iter(RECIPES)))
    parser.add_argument("--work", type=Path, default=_ROOT / "runs/packs")
    parser.add_argument("--run", type=Path, help="run that is trained already")
    parser.add_argument("--video", type=Path, help="of a pack of a video: its file")
    parser.add_argument("--made-by", action="append", default=[], metavar="KEY=TEXT")
    parser.add_argument(
        "--drives",
        type=int,
        metavar="FRAMES",
        help="measure long drives of the pack that is there, and nothing else",
    )
    parser.add_argument("--results", type=Path, default=_RESULTS)
    parser.add_argument("--output", type=Path, help="default: v2v_tf/packs/NAME")
    options = parser.parse_args(argv)
    options.output = options.output or _ROOT / "v2v_tf/packs" / options.pack
    return options


if __name__ == "__main__":
    sys.exit(main())
