"""Videos that other commands left: `generate`, and the previews of `train`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from v2v_tf.apps.reporting.reading import read_json
from v2v_tf.errors import InputError
from v2v_tf.inference.generation import METRICS_FILE
from v2v_tf.training.previews import SAMPLES_FOLDER
from v2v_tf.visualization.players import Player, PlayerClip, Tile, embed_file
from v2v_tf.visualization.tables import MetricTable, metric_table

_PANELS = "panels.mp4"
_ADVICE = "name a folder that `v2v-tf generate` wrote"


class Generated(NamedTuple):
    """Holds what the page shows of a folder of `generate`.

    Attributes:
        name: name of the folder.
        player: player of its panel videos.
        mean: metrics.
        clip_ids: names of all its clips.
    """

    name: str
    player: Player
    mean: dict[str, float]
    clip_ids: frozenset[str]


def read_generated(folder: Path, num_clips: int) -> Generated:
    """Reads what `generate` wrote.

    Args:
        folder: output folder of `v2v-tf generate`.
        num_clips: so many clips are shown at most; the metrics are of all.

    Raises:
        InputError: no such folder, or files are missing or damaged.
    """
    saved = read_json(folder / METRICS_FILE, dict, _ADVICE)
    clips, mean = saved.get("clips"), saved.get("mean")
    if not isinstance(mean, dict) or not isinstance(clips, dict) or not clips:
        raise InputError(
            f"{folder / METRICS_FILE}: expected the metrics of clips and their mean: "
            f"{_ADVICE}"
        )
    shown = [
        _panels(clip_id, folder / clip_id / _PANELS)
        for clip_id in sorted(clips)[:num_clips]
    ]
    name = folder.resolve().name
    player = Player(f"Generated: {name}", shown)
    return Generated(name, player, mean, frozenset(clips))


def generated_tables(folders: Sequence[Generated]) -> list[MetricTable]:
    """Returns a table for each set of clips, a column for each folder that has it."""
    groups: dict[frozenset[str], dict[str, dict[str, float]]] = {}
    for folder in folders:
        columns = groups.setdefault(folder.clip_ids, {})
        if folder.name in columns:
            raise InputError(
                f"two --generated folders have the name '{folder.name}': rename one, "
                "so that the table tells them apart"
            )
        columns[folder.name] = folder.mean
    return [
        metric_table(columns, f"Mean over {len(clips)} generated clips")
        for clips, columns in groups.items()
    ]


def read_samples(run_dir: Path) -> Player | None:
    """Returns the newest previews of a run; None where it has none.

    Raises:
        InputError: a damaged video.
    """
    found: dict[int, dict[str, Path]] = {}
    for path in (run_dir / SAMPLES_FOLDER).glob("epoch_*.mp4"):
        match = re.fullmatch(r"epoch_(\d{4,})_(.+)", path.stem)
        if match is not None:
            found.setdefault(int(match[1]), {})[match[2]] = path
    if not found:
        return None
    epoch = max(found)
    clips = [_panels(name, path) for name, path in sorted(found[epoch].items())]
    return Player(
        "Previews of training",
        clips,
        f"After epoch {epoch}: clips that the model generated from its own frames.",
    )


def _panels(name: str, path: Path) -> PlayerClip:
    return PlayerClip(name, [Tile("panels", embed_file(path))])
