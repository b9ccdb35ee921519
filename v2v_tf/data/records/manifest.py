"""Lists what a folder of clip records holds, without opening the records.

`prepare` writes it last, so a folder with a manifest is complete.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from v2v_tf.errors import InputError

FORMAT_VERSION = 1
SPLITS = ("train", "eval")
MANIFEST = "manifest.json"
CONFIG = "config.yaml"
QUARANTINE = "quarantine.jsonl"


@dataclass(frozen=True)
class ClipEntry:
    """Describes one record.

    Attributes:
        clip_id: `sequence@start`.
        num_frames: T.
        height: height of the frames, pixels.
        width: width of the frames, pixels.
        fps: frames per second; None where the source did not say.
    """

    clip_id: str
    num_frames: int
    height: int
    width: int
    fps: float | None = None


@dataclass(frozen=True)
class SplitEntry:
    """Lists the record files of a split, and their clips in the order of the files."""

    files: tuple[str, ...]
    clips: tuple[ClipEntry, ...]

    @property
    def num_frames(self) -> int:
        """Returns the number of frames of all clips."""
        return sum(clip.num_frames for clip in self.clips)

    @property
    def sizes(self) -> tuple[tuple[int, int], ...]:
        """Returns the (height, width) of its records, without repeats."""
        return tuple(sorted({(clip.height, clip.width) for clip in self.clips}))


@dataclass(frozen=True)
class Manifest:
    """Lists what a folder of records holds.

    Attributes:
        task: name of the task.
        num_planes: planes of a condition.
        has_instances: whether records hold instance maps.
        has_keypoints: whether records hold OpenPose JSON.
        splits: `train`, and `eval` where set aside.
        num_quarantined: clips put aside, see `quarantine.jsonl`.
        label_histogram: pixels per label id, of tasks with labels, or empty.
        training_labels: label ids of the training clips, sorted; None for tasks without
            labels. Where all clips were counted together, as by version 0.1 and before
            a pipeline splits them anew, label ids of both splits.
        statistics: what the task keeps of the training clips, see `Task.summarize`.
        versions: packages that decide the bytes of records.
        config: the part of the configuration that records depend on.
        checksums: checksum of each record file by its name, see
            `content.file_checksum`; empty in
            manifests of version 0.1.
        format_version: version of the format of manifest and records.
    """

    task: str
    num_planes: int
    has_instances: bool
    has_keypoints: bool
    splits: Mapping[str, SplitEntry]
    num_quarantined: int = 0
    label_histogram: tuple[int, ...] = ()
    training_labels: tuple[int, ...] | None = None
    statistics: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    config: Mapping[str, Any] = field(default_factory=dict)
    checksums: Mapping[str, str] = field(default_factory=dict)
    format_version: int = FORMAT_VERSION

    def split(self, name: str) -> SplitEntry:
        """Returns a split.

        Raises:
            InputError: the folder has no such split.
        """
        if name not in self.splits:
            raise InputError(
                f"the records have no split '{name}', only {', '.join(self.splits)}: "
                "prepare with data.eval_fraction > 0 to set clips aside for `eval`"
            )
        return self.splits[name]

    def to_json(self) -> str:
        """Returns the text of `manifest.json`; the same records, the same text."""
        values = dataclasses.asdict(self)
        for name in ("statistics", "checksums", "training_labels"):
            if values[name] is None or values[name] == {}:
                del values[name]
        for name, split in self.splits.items():
            for clip in values["splits"][name]["clips"]:
                if clip["fps"] is None:
                    del clip["fps"]
            sizes = sorted({(clip.height, clip.width) for clip in split.clips})
            # For people; read back from the clips.
            values["splits"][name] |= {
                "num_clips": len(split.clips),
                "num_frames": split.num_frames,
                "sizes": [
                    {"height": height, "width": width} for height, width in sizes
                ],
            }
        return json.dumps(values, indent=1, sort_keys=True) + "\n"


def read_manifest(data_dir: str | Path) -> Manifest:
    """Reads the manifest of a folder of records.

    Raises:
        InputError: no folder, no manifest, another format, or a record file that the
            manifest names is gone.
    """
    folder = Path(data_dir)
    path = folder / MANIFEST
    if not path.is_file():
        raise InputError(
            f"{folder} holds no prepared clips (no {MANIFEST}): make them with "
            "`v2v-tf prepare`"
        )
    try:
        manifest = _parse(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{path}: not a manifest of this version ({error}): prepare again"
        ) from error
    for split in manifest.splits.values():
        for name in split.files:
            if not (folder / name).is_file():
                raise InputError(
                    f"{folder}: {MANIFEST} names {name}, which is not there: copy the "
                    "whole folder or prepare again"
                )
    return manifest


def _parse(values: dict[str, Any]) -> Manifest:
    if values["format_version"] != FORMAT_VERSION:
        raise ValueError(
            f"format_version {values['format_version']}, expected {FORMAT_VERSION}"
        )
    splits = {
        name: SplitEntry(
            files=tuple(split["files"]),
            clips=tuple(ClipEntry(**clip) for clip in split["clips"]),
        )
        for name, split in values["splits"].items()
    }
    histogram = tuple(values["label_histogram"])
    present = [label for label, count in enumerate(histogram) if count]
    labels = values.get("training_labels", present if histogram else None)
    values |= {
        "splits": splits,
        "label_histogram": histogram,
        "training_labels": None if labels is None else tuple(labels),
    }
    return Manifest(**values)
