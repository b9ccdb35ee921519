"""Trains a model by a curriculum: a plain loop of `fit` over stages.

A run folder holds `config.yaml` (effective), `origin.json` (its records and what it
started from), `checkpoints/` (the newest), `train/` and `validation/` (TensorBoard),
`samples/` (previews), `history.json` (the mean of every loss, epoch by epoch) and
`metrics.json` (of the last previews). The same command goes on where a run was
stopped, and ends with the same weights as one that never was.
"""

from __future__ import annotations

import itertools
import json
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import tensorflow as tf

from v2v_tf.config import Config
from v2v_tf.data.input.dataset import read_clips
from v2v_tf.data.records.content import check_whole
from v2v_tf.data.records.folder import resolve_config
from v2v_tf.data.records.manifest import read_manifest
from v2v_tf.errors import InputError
from v2v_tf.layers.precision import precision_scope
from v2v_tf.memory.exhaustion import explaining
from v2v_tf.memory.last_words import LastWords
from v2v_tf.models.common.staged import StagedModel
from v2v_tf.storage import packs, runs
from v2v_tf.storage.files import write_text
from v2v_tf.storage.folders import require_replaceable
from v2v_tf.training import curriculum, extension, run_state
from v2v_tf.training.attempt import check_last, held, marked
from v2v_tf.training.bundling import bundle, check_bundle
from v2v_tf.training.dry_run import describe
from v2v_tf.training.interruption import StopRequest
from v2v_tf.training.memory import TrainingMemory, named_settings
from v2v_tf.training.preparation import build, check_stages, resume, set_up
from v2v_tf.training.previews import Previews
from v2v_tf.training.stage_fit import StageFit
from v2v_tf.training.strategy import create_strategy, is_chief
from v2v_tf.training.summary_text import closing_summary
from v2v_tf.training.warm_start import warm_start as start_from

METRICS_FILE = "metrics.json"


def train(
    config: Config,
    data_dir: str | Path,
    run_dir: str | Path,
    overwrite: bool = False,
    warm_start: str | Path | None = None,
    callbacks: Sequence[tf.keras.callbacks.Callback] = (),
    first_frame_model: str | Path | None = None,
    extend: int | None = None,
    dry_run: bool = False,
) -> StagedModel:
    """Trains through every stage of `config.curriculum`.

    For the whole process it sets the seeds, whether graphs are rewritten and, on a
    CPU, that operations are deterministic.

    Args:
        config: the experiment.
        data_dir: clip records, as `v2v-tf prepare` writes them.
        run_dir: made here, or one that was begun with the same arguments: then its
            training goes on after its newest checkpoint.
        overwrite: replace the run that is there; until the new one is complete it
            stays beside, as `<run>.replaced`.
        warm_start: a run to begin with the weights of, see `warm_start.warm_start`.
        callbacks: callbacks of every `fit`, before those that save.
        first_frame_model: a run of an image generator, which is bundled with the run
            and makes the first frames of its videos; None for none.
        extend: epochs of the last stage to add to a finished run, see
            `extension.extend`; None for none.
        dry_run: check everything, print what the training would be and take, and write
            nothing.

    Returns:
        The trained model; with `dry_run` as it would begin.

    Raises:
        InputError: the folder holds something else (or, with `overwrite`, no run), the
            data do not fit the configuration, a run was begun with other records or
            another configuration, a loss is not finite, or something cannot be read
            or written.
        Interrupted: SIGTERM or Ctrl-C came, and everything is saved.
        OutOfMemory: memory ran out; the message says what would need less.

    Example:
        ```python
        >>> from v2v_tf import load_config
        >>> model = train(load_config("test/toy_street"), "data/toy", "runs/street")
        4 steps in ...
        >>> model.generator.num_prev_frames
        2
        ```
    """
    data_dir, run_dir = Path(data_dir), Path(run_dir).resolve()
    packs.require_run(run_dir)
    config = resolve_config(config, data_dir)
    memory = TrainingMemory(config, run_dir)
    source = None if warm_start is None else Path(warm_start)
    first_run = None if first_frame_model is None else Path(first_frame_model)
    plan = _Plan(data_dir, run_dir, overwrite, source, first_run, extend, dry_run)
    with explaining(memory.advice), LastWords(memory.last_words()) as last_words:
        return _train(config, plan, memory, last_words, callbacks)


@dataclass(frozen=True)
class _Plan:
    """The arguments of `train`, besides the experiment and callbacks."""

    data_dir: Path
    run_dir: Path
    overwrite: bool
    source: Path | None
    first_run: Path | None
    extend: int | None
    dry_run: bool


def _train(
    config: Config,
    plan: _Plan,
    memory: TrainingMemory,
    last_words: LastWords,
    callbacks: Sequence[tf.keras.callbacks.Callback],
) -> StagedModel:
    data_dir, run_dir, source = plan.data_dir, plan.run_dir, plan.source
    overwrite, first_run = plan.overwrite, plan.first_run
    if runs.is_run(run_dir):
        check_last(run_dir, named_settings(config))
    strategy = create_strategy(config.runtime)
    writes = is_chief(strategy)
    goes_on = not overwrite and runs.is_run(run_dir)
    origin = run_state.Origin.of(data_dir, source)
    if goes_on:
        config = extension.as_extended(run_dir, config)
        run_state.check_same(run_dir, config, origin)
        if plan.extend is not None:
            config = extension.extend(run_dir, config, data_dir, plan.extend)
    elif plan.extend is not None:
        raise InputError(
            "--extend goes on with a run: leave it out with --overwrite, and where "
            f"nothing is trained yet, as in {run_dir}"
        )
    elif writes:
        require_replaceable(
            run_dir,
            overwrite=overwrite,
            is_ours=runs.is_run,
            what="run",
            option="--run",
            inputs=(data_dir,) if source is None else (data_dir, source),
        )
    if not goes_on:
        check_whole(data_dir)
    set_up(config)
    if first_run is not None:
        check_bundle(config, first_run)
    spans = curriculum.plan(config, data_dir)
    replicas = strategy.num_replicas_in_sync
    size = check_stages(config, spans, data_dir, replicas)
    memory.look()
    with strategy.scope(), precision_scope(config.runtime):
        model = build(config, size)
        if source is not None and not goes_on:
            print("\n".join(start_from(model, source)))
    memory.measure(model, size, replicas)
    last_words.say(memory.last_words())
    if plan.dry_run:
        print(describe(model, spans, memory, run_dir, size, goes_on))
        return model

    replaced = None
    if writes and not goes_on:
        if overwrite and run_dir.exists():
            with held(run_dir):
                replaced = runs.put_aside(run_dir)
        run_dir.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    with marked(run_dir, writes), strategy.scope():
        if writes and goes_on:
            run_state.remember(run_dir, config, origin)
        elif writes:
            if runs.is_run(run_dir):
                raise InputError(
                    f"{run_dir} was begun by another process meanwhile: give the same "
                    "command again to go on with it"
                )
            run_state.begin(run_dir, config, origin)
        if writes and first_run is not None:
            bundle(run_dir, first_run)
        first = step = resume(model, run_dir, spans) if goes_on else 0
        previews = _previews(config, data_dir, run_dir, step) if writes else None
        with StopRequest() as stop:
            for span in spans:
                if step >= span.end_step:
                    continue
                if step <= span.first_step:
                    model.set_stage(span.stage)
                folders = (data_dir, run_dir)
                stage = StageFit(
                    model, span, *folders, stop, writes, size[0], previews, callbacks
                )
                stage.fit(step)
                step = span.end_step
    if replaced is not None:
        shutil.rmtree(replaced)
    if writes:
        _close(run_dir, previews, step - first, time.monotonic() - began)
    return model


def _previews(
    config: Config, data_dir: Path, run_dir: Path, step: int
) -> Previews | None:
    """Returns the previews that the configuration asks for."""
    wanted, history = config.previews, config.history
    manifest = read_manifest(data_dir)
    held_out = manifest.splits.get("eval")
    split = "eval" if held_out is not None and held_out.clips else "train"
    long_enough = (
        clip.take(wanted.frames)
        for clip in read_clips(data_dir, config, split)
        if min(len(clip), wanted.frames) > history
    )
    clips = list(itertools.islice(long_enough, wanted.clips))
    if not clips:
        return None
    return Previews(
        clips,
        config,
        run_dir,
        step,
        every_epochs=wanted.every_epochs,
        fps=wanted.fps,
    )


def _close(
    run_dir: Path, previews: Previews | None, steps: int, seconds: float
) -> None:
    """Writes the newest metrics and says what was done."""
    if not steps:
        print(
            f"{run_dir} is trained to its end already: add epochs with --extend N, or "
            f"begin another run with its weights: --warm-start {run_dir} --run OTHER"
        )
        return
    metrics = {} if previews is None else previews.metrics
    if metrics:
        write_text(run_dir / METRICS_FILE, json.dumps(metrics, indent=1))
    history = json.loads((run_dir / runs.HISTORY_FILE).read_text(encoding="utf-8"))
    print(closing_summary(history, metrics, seconds, steps=steps))
