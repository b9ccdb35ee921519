"""Markdown tables of the trials that are done."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np

from quality_lib.study import Model, Study
from quality_lib.trials import Place

Trial = dict[str, Any]


def load(study: Study, model: Model, place: Place) -> list[Trial]:
    """Returns the trials of a model that are done."""
    paths = [place.numbers(study.name, model.name, seed) for seed in model.seeds]
    return [json.loads(p.read_text(encoding="utf-8")) for p in paths if p.exists()]


def tables(study: Study, place: Place) -> str:
    """Returns every table of a study, empty where nothing is done."""
    trials = {m.name: load(study, m, place) for m in study.models}
    done = [m for m in study.models if trials[m.name]]
    if not done:
        return ""
    parts = [f"### {study.title}", _main_table(done, trials), _by_frame(done, trials)]
    if "miou_toyseg" in trials[done[0].name][0]["mean"]:
        parts.insert(2, _looks(done, trials))
    driven = [_drives(study, done, place, path) for path in _lengths(study, place)]
    parts += driven
    if study.rollout:
        parts.append(_rollouts(done, trials))
    return "\n\n".join(parts)


def _main_table(models: list[Model], trials: dict[str, list[Trial]]) -> str:
    with_instances = "color_drift" in trials[models[0].name][0]["mean"]
    columns = ["PSNR", "SSIM", "warping error", "flicker", "sharpness"]
    columns += ["motion error", *(["colour drift"] if with_instances else [])]
    columns += ["flow EPE", "mask", "train", "seeds"]
    real = _real(trials[models[0].name][0], with_instances)
    rows = [["model", *columns], real]
    for model in models:
        rows.append(_row(model.title, trials[model.name], with_instances))
        generated = [t for t in trials[model.name] if "first_frames_generated" in t]
        if generated:
            nested = [{**t, **t["first_frames_generated"]} for t in generated]
            title = f"{model.title}, first frames generated"
            rows.append(_row(title, nested, with_instances))
    return _markdown(rows)


def _real(trial: Trial, with_instances: bool) -> list[str]:
    mean = trial["mean"]
    return [
        "real clips",
        *("-", "1"),
        f"{mean['warping_error_real']:.4f}",
        f"0 ({mean.get('flicker_real', float('nan')):.4f})",
        f"{mean['sharpness_real']:.4f}",
        f"{mean['motion_error_real']:.2f}",
        *([f"{mean['color_drift_real']:.3f}"] if with_instances else []),
        f"zero: {mean['flow_error_zero']:.2f}",
        *("-", "-", "-"),
    ]


def _row(title: str, trials: list[Trial], with_instances: bool) -> list[str]:
    def over_seeds(value: Callable[[dict], float], digits: int, unit: str = "") -> str:
        try:
            values = [value(trial["mean"]) for trial in trials]
        except KeyError:
            return "-"
        text = f"{np.mean(values):.{digits}f}{unit}"
        if len(values) > 1:
            text += f" [{min(values):.{digits}f}, {max(values):.{digits}f}]"
        return text

    return [
        title,
        over_seeds(lambda m: m["psnr"], 2),
        over_seeds(lambda m: m["ssim"], 3),
        over_seeds(lambda m: m["warping_error"], 4),
        over_seeds(lambda m: m["flicker"], 4),
        over_seeds(lambda m: 100 * m["sharpness"] / m["sharpness_real"], 0, " %"),
        over_seeds(lambda m: m["motion_error"], 2),
        *([over_seeds(lambda m: m["color_drift"], 3)] if with_instances else []),
        over_seeds(lambda m: m["flow_error"], 2),
        over_seeds(lambda m: m["mask"], 2),
        _minutes([trial["train_seconds"] for trial in trials]),
        ", ".join(str(trial["seed"]) for trial in trials),
    ]


def _looks(models: list[Model], trials: dict[str, list[Trial]]) -> str:
    """What the eye looks for; processor minutes, as machines are shared."""
    names = ["grid / real", "grid peak / real", "Frechet / floor", "mean IoU"]
    rows = [["model", *names, "colour error", "cpu"]]
    real = trials[models[0].name][0]["mean"]
    floor = real["frechet_toyseg_floor"]
    rows.append(
        ["real clips", f"1 ({real['grid_real']:.4f})"]
        + [f"1 ({real['grid_peak_real']:.2f})", f"1 ({floor:.2f})"]
        + [f"{real['miou_toyseg_real']:.3f}", "0", "-"]
    )
    for model in models:
        means = [trial["mean"] for trial in trials[model.name]]
        rows.append(
            [
                model.title,
                _over([m["grid"] / m["grid_real"] for m in means], 2),
                _over([m["grid_peak"] / m["grid_peak_real"] for m in means], 2),
                _over(
                    [
                        m["frechet_toyseg_halves"] / m["frechet_toyseg_floor"]
                        for m in means
                    ],
                    2,
                ),
                _over([m["miou_toyseg"] for m in means], 3),
                _over([m["color_error"] for m in means], 3),
                _minutes([t["train_cpu_seconds"] for t in trials[model.name]]),
            ]
        )
    return _markdown(rows)


def _lengths(study: Study, place: Place) -> list[int]:
    """Returns the lengths of the drives that were measured."""
    found = place.results.glob(f"{study.name}-*-drives*.json")
    return sorted({int(path.stem.rpartition("drives")[2]) for path in found})


def _drives(study: Study, models: list[Model], place: Place, length: int) -> str:
    """The first and the last frames of long drives, as `first -> last`."""
    names = ("psnr", "sharpness", "contrast", "grid_peak", "color_error", "frechet")
    digits = (1, 2, 2, 2, 3, 2)
    rows = [[f"drives of {length} frames, first and last 30", *names]]
    for model in models:
        for seed in model.seeds:
            path = place.numbers(study.name, model.name, seed)
            path = path.with_name(f"{path.stem}-drives{length}.json")
            if path.exists():
                found = json.loads(path.read_text(encoding="utf-8"))
                rows.append(
                    [f"{model.title}, seed {seed}"]
                    + [
                        f"{found[f'{name}_first']:.{n}f}, {found[f'{name}_last']:.{n}f}"
                        for name, n in zip(names, digits, strict=True)
                    ]
                )
    return _markdown(rows)


def _minutes(sittings: list[list[float]]) -> str:
    """Returns the mean over seeds of what all sittings took; `-` of unknown ones."""
    known = [sum(seconds) / 60 for seconds in sittings if seconds]
    return f"{np.mean(known):.1f} min" if known else "-"


def _over(values: list[float], digits: int) -> str:
    """Returns the mean over seeds, with the least and the greatest of several."""
    text = f"{np.mean(values):.{digits}f}"
    if len(values) > 1:
        text += f" [{min(values):.{digits}f}, {max(values):.{digits}f}]"
    return text


def _by_frame(models: list[Model], trials: dict[str, list[Trial]]) -> str:
    """PSNR by frame index, at a few indices, mean over seeds."""
    length = len(trials[models[0].name][0]["psnr_by_frame"])
    shown = np.unique(np.geomspace(1, length, 7).round().astype(int)) - 1
    rows = [["PSNR at generated frame", *(str(i + 1) for i in shown)]]
    for model in models:
        mean = np.mean([t["psnr_by_frame"] for t in trials[model.name]], axis=0)
        rows.append([model.title, *(f"{mean[i]:.1f}" for i in shown)])
        generated = [
            t["first_frames_generated"]["psnr_by_frame"]
            for t in trials[model.name]
            if "first_frames_generated" in t
        ]
        if generated:
            mean = np.mean(generated, axis=0)
            title = f"{model.title}, first frames generated"
            rows.append([title, *(f"{mean[i]:.1f}" for i in shown)])
    return _markdown(rows)


def _rollouts(models: list[Model], trials: dict[str, list[Trial]]) -> str:
    rows = [["long roll-out", "frames", "PSNR", "contrast drift", "sharpness drift"]]
    for model in models:
        for trial in trials[model.name]:
            drift = trial["rollout"]
            drifts = [
                f"{drift[f'{of}_drift']:.3f} (real {drift[f'{of}_drift_real']:.3f})"
                for of in ("contrast", "sharpness")
            ]
            length, psnr = str(drift["frames"]), f"{drift['psnr']:.2f}"
            rows.append([model.title, length, psnr, *drifts])
    return _markdown(rows)


def _markdown(rows: list[list[str]]) -> str:
    rule = ["---"] * len(rows[0])
    return "\n".join(f"| {' | '.join(row)} |" for row in (rows[0], rule, *rows[1:]))
