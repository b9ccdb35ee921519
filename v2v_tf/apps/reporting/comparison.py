"""Reads what `compare` wrote: all methods on the same clips, and their table.

`comparison.json` holds `fps` (of the first clip), `methods` (names in reading order),
`clips` (each with `clip_id`, `fps` and `videos`, method to a path relative to the file)
and `table`: `columns` (metrics: `name`, `title`, `note`) and `rows` (methods: `name`,
`values` by metric).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from v2v_tf.apps.reporting.reading import read_json
from v2v_tf.errors import InputError
from v2v_tf.visualization.players import Player, PlayerClip, Tile, embed_file
from v2v_tf.visualization.tables import MetricLine, MetricTable

FILE_NAME = "comparison.json"
_ADVICE = "name a folder that `v2v-tf compare` wrote"


def read_comparison(folder: Path, num_clips: int) -> tuple[Player, MetricTable]:
    """Reads a comparison.

    Args:
        folder: folder that holds `comparison.json` and the videos that it names.
        num_clips: so many clips are shown at most.

    Returns:
        The clips, a tile for each method, and the table.

    Raises:
        InputError: no such file, something is missing in it, a video is missing, or
            videos of a clip differ in length.
    """
    path = folder / FILE_NAME
    saved = read_json(path, dict, _ADVICE)
    try:
        clips = [
            _clip(folder, clip, saved["methods"]) for clip in saved["clips"][:num_clips]
        ]
        table = _table(saved["table"])
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"{path}: not as `v2v-tf compare` writes it ({error!r}): {_ADVICE}"
        ) from error
    if not clips:
        raise InputError(f"{path} names no clip: {_ADVICE}")
    player = Player(
        "Methods side by side", clips, "The same clips by every method, in step."
    )
    return player, table


def _clip(folder: Path, clip: Mapping[str, Any], methods: list[str]) -> PlayerClip:
    videos = clip["videos"]
    tiles = [
        Tile(name, embed_file(_inside(folder, videos[name])))
        for name in methods
        if name in videos
    ]
    return PlayerClip(clip["clip_id"], tiles)


def _inside(folder: Path, name: str) -> Path:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts:
        raise InputError(
            f"{folder / FILE_NAME}: '{name}' must be relative to its folder and lie in "
            f"it: {_ADVICE}"
        )
    return folder / path


def _table(table: Mapping[str, Any]) -> MetricTable:
    rows = table["rows"]
    lines = tuple(
        MetricLine(
            column["title"],
            tuple(row["values"].get(column["name"]) for row in rows),
            column.get("note", ""),
        )
        for column in table["columns"]
    )
    return MetricTable(tuple(row["name"] for row in rows), lines, "All methods")
