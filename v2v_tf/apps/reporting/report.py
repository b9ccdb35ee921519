"""Puts the page of a run together, and writes it."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from pathlib import Path

import cv2

from v2v_tf.apps.reporting import run_facts
from v2v_tf.apps.reporting.comparison import read_comparison
from v2v_tf.apps.reporting.rolled_out import (
    RolledOut,
    held_out_split,
    roll_out_run,
)
from v2v_tf.apps.reporting.saved_videos import (
    generated_tables,
    read_generated,
    read_samples,
)
from v2v_tf.config import Config, to_yaml
from v2v_tf.errors import InputError
from v2v_tf.inference.job import ClipSelection
from v2v_tf.models.registry import family_of
from v2v_tf.storage import files, packs, runs
from v2v_tf.visualization.flow_wheel import flow_legend
from v2v_tf.visualization.players import Player
from v2v_tf.visualization.run_page import RunPage, page_bytes
from v2v_tf.visualization.tables import MetricTable

FILE_NAME = "report.html"
_WHEEL_SIZE = 128  # pixels, shown at half of it


def report(
    run_dir: str | Path,
    output: str | Path | None = None,
    *,
    data_dir: str | Path | None = None,
    split: str | None = None,
    generated: Sequence[str | Path] = (),
    comparison: str | Path | None = None,
    num_clips: int = 4,
    fps: float | None = None,
    max_megabytes: float = 64.0,
    overwrite: bool = False,
) -> Path:
    """Writes the page of a run: one HTML file that needs no other.

    Its videos are clips generated for it, where there are records; those of folders of
    `generate`; those of a comparison; and without any, the newest previews.

    Args:
        run_dir: run folder of `train` or `import-nvidia`, of a video or an image model.
        output: file to write, `report.html` in the run by default.
        data_dir: clip records to generate from.
        split: split of the records, `train` or `eval`; None for `eval` where it has
            clips.
        generated: folders of `v2v-tf generate`; those of the same clips share a table.
        comparison: folder of `v2v-tf compare`.
        num_clips: largest number of clips to show of each source.
        fps: frames per second of the clips generated for the page; None for that of
            each clip, 12 where its record does not say.
        max_megabytes: largest size of the page, megabytes.
        overwrite: replace an existing file.

    Returns:
        The path of the page.

    Raises:
        InputError: no run, a file that exists, a number that is not above 0, a page
            that is too large, or a source that is missing or damaged.
    """
    run_dir = Path(run_dir)
    if output is None:
        packs.require_run(run_dir)
    output = run_dir / FILE_NAME if output is None else Path(output)
    for name, value in (
        ("clips", num_clips),
        ("fps", fps),
        ("max-megabytes", max_megabytes),
    ):
        if value is not None and not value > 0:
            raise InputError(f"--{name} must be above 0, got {value}")
    if split is not None and data_dir is None:
        raise InputError("--split is of the records: name them with --data")
    config = runs.load_config(run_dir)
    with files.replacing(output, ".html", overwrite) as partial:
        folders = [read_generated(Path(folder), num_clips) for folder in generated]
        players = [folder.player for folder in folders]
        tables = generated_tables(folders)
        if comparison is not None:
            player, table = read_comparison(Path(comparison), num_clips)
            players.insert(0, player)
            tables.insert(0, table)
        rolled = None
        if data_dir is not None:
            # Last: it takes the longest.
            shown = split or held_out_split(Path(data_dir))
            selection = ClipSelection(data_dir, shown, num_clips)
            rolled = roll_out_run(run_dir, selection, fps)
            players.insert(0, rolled.player)
            tables.insert(0, rolled.table)
        page = _page(run_dir, config, rolled, players, tables)
        partial.write_bytes(page_bytes(page, max_megabytes))
    return output


def _page(
    run_dir: Path,
    config: Config,
    rolled: RolledOut | None,
    players: Sequence[Player],
    tables: Sequence[MetricTable],
) -> RunPage:
    """Returns the page; what training left stands in where nothing else is shown."""
    history = run_facts.read_history(run_dir)
    reached = run_facts.stages(config, len(history))
    previews = read_samples(run_dir) if not players else None
    measured = run_facts.training_table(run_dir) if not tables else None
    return RunPage(
        title=f"{run_dir.resolve().name}: {config.task}",
        explanation=family_of(config).explanation.format(task=config.task),
        facts=run_facts.facts(run_dir, config, history),
        players=players if previews is None else [previews],
        legend=() if rolled is None else rolled.legend,
        flow_wheel=_wheel() if rolled is not None and rolled.has_flow else "",
        tables=tables if measured is None else [measured],
        curve_groups=run_facts.curve_groups(history, reached),
        stages=reached,
        card=run_facts.card(run_dir, config),
        config=to_yaml(config),
    )


def _wheel() -> str:
    """Returns the legend of flow as a data URI."""
    picture = cv2.cvtColor(flow_legend(_WHEEL_SIZE), cv2.COLOR_RGB2BGR)
    encoded = cv2.imencode(".png", picture)[1].tobytes()
    return f"data:image/png;base64,{base64.b64encode(encoded).decode()}"
