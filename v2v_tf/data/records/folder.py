"""Opens a folder of records, checked against a configuration before it is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from absl import logging

from v2v_tf.config import Config
from v2v_tf.config.loading import plain
from v2v_tf.config.plugins import MODELS
from v2v_tf.data.input import augmentation
from v2v_tf.data.input.augmentation import GeometryPlan
from v2v_tf.data.records.manifest import Manifest, SplitEntry, read_manifest
from v2v_tf.errors import InputError
from v2v_tf.tasks import registry
from v2v_tf.tasks.base import Conditioning
from v2v_tf.tasks.registry import task_of


@dataclass(frozen=True)
class RecordLayout:
    """Says what decoding a record needs to know.

    Attributes:
        conditioning: conditioning of the task.
        plan: geometry of the clips.
        has_keypoints: whether records hold OpenPose JSON.
    """

    conditioning: Conditioning
    plan: GeometryPlan
    has_keypoints: bool

    @property
    def uses_instances(self) -> bool:
        """Returns whether instance maps are read."""
        return self.conditioning.uses_instances


@dataclass(frozen=True)
class Records(RecordLayout):
    """Holds a split of a folder of records that fits a configuration.

    Attributes:
        files: paths of the record files, in order.
        split: split whose clips are listed, in the order of the files.
    """

    files: tuple[str, ...]
    split: SplitEntry

    def require_usable(self, num_frames: int) -> list[bool]:
        """Says per clip whether it has `num_frames` frames.

        Raises:
            InputError: none has; it names the longest.
        """
        usable = usable_clips(self.split, num_frames)
        if not any(usable):
            longest = max((clip.num_frames for clip in self.split.clips), default=0)
            raise InputError(
                f"no clip has the {num_frames} frames that were asked for, the longest "
                f"has {longest}: lower num_frames, or prepare longer sequences"
            )
        return usable


def usable_clips(split: SplitEntry, num_frames: int) -> list[bool]:
    """Says per clip of a split whether it has `num_frames` frames."""
    return [clip.num_frames >= num_frames for clip in split.clips]


def open_records(
    data_dir: str | Path, config: Config, split: str, training: bool
) -> Records:
    """Checks a folder of records against a configuration.

    Args:
        data_dir: written by `prepare`.
        config: the effective configuration.
        split: `train` or `eval`.
        training: whether clips are augmented.

    Raises:
        InputError: no records, made for another task or with other planes, too small,
            or of a size that the networks cannot take.
    """
    manifest = read_manifest(data_dir)
    entry = manifest.split(split)
    conditioning = registry.create(config)
    _check_task(Path(data_dir), manifest, conditioning, config)
    if not entry.clips:
        raise InputError(f"{data_dir} holds no clip in its split '{split}'")
    return Records(
        conditioning=conditioning,
        plan=plan_clips(entry.sizes, config, training),
        has_keypoints=manifest.has_keypoints,
        files=tuple(str(Path(data_dir) / name) for name in entry.files),
        split=entry,
    )


def resolve_config(config: Config, data_dir: str | Path) -> Config:
    """Returns a configuration with the numbers that it leaves to the training clips.

    Args:
        config: the experiment.
        data_dir: written by `prepare`, the records that the model is trained on.

    Returns:
        The configuration itself for tasks that leave nothing to the clips.

    Raises:
        InputError: no records, of another task, or such that say no usable numbers.

    Example:
        ```python
        >>> from v2v_tf import load_config
        >>> config = load_config("test/toy_street")
        >>> resolve_config(config, "data/toy") == config
        True

        ```
    """
    manifest = read_manifest(data_dir)
    _check_same_task(Path(data_dir), manifest, config)
    return task_of(config).resolve(config, manifest)


def plan_clips(
    sizes: Sequence[tuple[int, int]], config: Config, training: bool
) -> GeometryPlan:
    """Returns what may be drawn for records of these sizes, (height, width).

    Raises:
        InputError: sizes that do not fit the configuration, or each other.
    """
    plan = augmentation.plan_geometry(
        sizes,
        config.data.resize,
        training,
        flip=config.data.resize.flip and task_of(config).mirrored,
    )
    check_network_size(plan.size, config)
    return plan


def check_network_size(size: Sequence[int], config: Config) -> None:
    """Raises InputError for a (height, width) that the generator cannot halve."""
    multiple = config.size_multiple
    if size[0] % multiple or size[1] % multiple:
        formula = MODELS.get(config.model).size_formula
        raise InputError(
            f"frames of {size[1]}x{size[0]} must be divisible by {multiple} "
            f"({formula}): change data.resize, or lower what is named there"
        )


def _check_same_task(folder: Path, manifest: Manifest, config: Config) -> None:
    if manifest.task != config.task:
        raise InputError(
            f"{folder} was prepared for task {manifest.task}, the configuration is for "
            f"{config.task}: prepare the source for it"
        )


def _check_task(
    folder: Path, manifest: Manifest, conditioning: Conditioning, config: Config
) -> None:
    _check_same_task(folder, manifest, config)
    if manifest.num_planes != conditioning.num_planes:
        raise InputError(
            f"{folder} holds {manifest.num_planes} planes a frame, the configuration "
            f"draws {conditioning.num_planes}: prepare again with its conditioning"
        )
    if conditioning.uses_instances and not manifest.has_instances:
        raise InputError(
            f"{folder} holds no instance maps: prepare a source that has them, or "
            f"--set conditioning.{config.task}.use_instances=false"
        )
    task, current = task_of(config), config.task_options
    task.check_records(manifest, config, folder)
    for key, value in manifest.config.get("conditioning", {}).items():
        now = plain(getattr(current, key, value))
        if key not in task.read_later and now != plain(value):
            logging.warning(
                "%s was prepared with conditioning.%s.%s=%s, the configuration has %s; "
                "the records count until they are prepared again",
                folder,
                config.task,
                key,
                value,
                now,
            )
