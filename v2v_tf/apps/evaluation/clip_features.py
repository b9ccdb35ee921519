"""Features of clips: what networks read in real and in generated frames alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from v2v_tf.apps.evaluation.networks import (
    InceptionFeatures,
    VideoNetwork,
    VideoNetworkOptions,
)
from v2v_tf.apps.segmentation.segmenter import Segmenter
from v2v_tf.apps.segmentation.training import STEPS, ensure_segmenter
from v2v_tf.config import Config
from v2v_tf.data.input.dataset import count_clips
from v2v_tf.errors import InputError
from v2v_tf.inference.job import ClipSelection
from v2v_tf.metrics.segmentation import confusion_matrix
from v2v_tf.tasks.registry import ignored_label_of, num_labels_of, task_of


@dataclass(frozen=True)
class NetworkOptions:
    """Names the networks that read features and labels of clips.

    Attributes:
        segmenter: folder of `v2v-tf train-segmenter`; None for the one that the run
            keeps, which is trained where it is missing.
        segmenter_steps: number of training steps of that network.
        inception: file of weights or `imagenet`, see `InceptionFeatures`; None for
            none.
        video_network: options of the network for `fvd`, see `VideoNetwork`; None for
            none.
    """

    segmenter: Path | None = None
    segmenter_steps: int = STEPS
    inception: str | None = None
    video_network: VideoNetworkOptions | None = None


class ClipFeatures(NamedTuple):
    """Holds what networks read in the frames of one clip.

    Attributes:
        features: [N, D] by the kind that `distances.DISTANCES` names.
        confusion: int64 [L, L], true labels against read labels; None without labels.
    """

    features: Mapping[str, np.ndarray]
    confusion: np.ndarray | None


class FeatureNetworks:
    """Holds the loaded networks.

    Args:
        segmenter: segmentation network, for tasks with label maps.
        inception: network for `fid_keras_inception` and `kid_keras_inception`.
        video: network for `fvd`.
        notes: sentences about the networks, and about those that are missing.
        ignored: id of pixels without a label, which are not counted; None for none.
    """

    def __init__(
        self,
        segmenter: Segmenter | None = None,
        inception: InceptionFeatures | None = None,
        video: VideoNetwork | None = None,
        notes: tuple[str, ...] = (),
        ignored: int | None = None,
    ) -> None:
        self.segmenter = segmenter
        self.inception = inception
        self.video = video
        self.notes = notes
        self.ignored = ignored

    @classmethod
    def load(
        cls,
        options: NetworkOptions,
        config: Config,
        run_dir: Path,
        clips: ClipSelection,
        start: int,
    ) -> FeatureNetworks:
        """Loads the networks, and trains the run's own where it is missing.

        Args:
            options: the networks to load.
            config: configuration of the run.
            run_dir: run that keeps a segmentation network.
            clips: clips to measure.
            start: number of first frames of a clip that are not measured.

        Raises:
            InputError: a network that does not load or fit.
        """
        inception = video = None
        data_dir, split = Path(clips.data_dir), clips.split
        if options.inception is not None:
            inception = InceptionFeatures(options.inception)
        if options.video_network is not None:
            video = VideoNetwork(options.video_network)
            length = start + video.num_frames
            measured = count_clips(data_dir, split, start + 1)
            if count_clips(data_dir, split, length) < measured:
                raise InputError(
                    f"the video network reads windows of {video.num_frames} frames "
                    f"after the first {start}, and some clips of split '{split}' "
                    "are shorter: prepare longer sequences"
                )
        if not task_of(config).has_labels:
            if options.segmenter is not None:
                raise InputError(
                    "--segmenter reads labels, which the task "
                    f"{config.task} has not: leave it out"
                )
            note = (
                "miou_toyseg, frechet_toyseg and frechet_toyseg_video need label maps, "
                f"which the task {config.task} has not"
            )
            return cls(None, inception, video, (note,))
        if options.segmenter is None:
            segmenter = ensure_segmenter(
                run_dir, data_dir, config, options.segmenter_steps
            )
        else:
            segmenter = Segmenter.load(options.segmenter)
        _check_labels(segmenter, config)
        notes = (_segmenter_note(segmenter, split),)
        return cls(segmenter, inception, video, notes, ignored_label_of(config))

    def features(
        self, frames: np.ndarray, label_maps: np.ndarray | None
    ) -> ClipFeatures:
        """Reads the features and the labels of a clip.

        Args:
            frames: uint8 [T, H, W, 3].
            label_maps: integers [T, H, W], what the frames were made from.
        """
        features, confusion = {}, None
        if self.segmenter is not None and label_maps is not None:
            segmented = self.segmenter.segment(frames)
            features["toyseg"] = segmented.features
            features["toyseg_video"] = segmented.windows()
            confusion = confusion_matrix(
                label_maps,
                segmented.label_maps,
                self.segmenter.num_labels,
                self.ignored,
            )
        if self.inception is not None:
            features["keras_inception"] = self.inception.features(frames)
        if self.video is not None:
            features["video_network"] = self.video.features(frames)
        return ClipFeatures(features, confusion)

    def describe(self) -> dict[str, Any]:
        """Returns what each network is, by the kind of its features."""
        found: dict[str, Any] = {}
        if self.segmenter is not None:
            found["toyseg"] = self.segmenter.facts
        if self.inception is not None:
            found["keras_inception"] = self.inception.description
        if self.video is not None:
            found["video_network"] = self.video.description
        return found


def _check_labels(segmenter: Segmenter, config: Config) -> None:
    num_labels = num_labels_of(config)
    if segmenter.num_labels != num_labels:
        raise InputError(
            f"the segmentation network tells {segmenter.num_labels} labels apart, the "
            f"model draws {num_labels}: train one with the model's configuration"
        )


def _segmenter_note(segmenter: Segmenter, split: str) -> str:
    facts = segmenter.facts
    note = (
        "toyseg is the project's own segmentation network, trained on real clips of "
        f"split train (seed {facts['seed']}, {facts['steps']} steps)"
    )
    if facts["held_out"] is None:
        note += "; nothing was held out to test it on"
    else:
        note += (
            f"; mean IoU {facts['held_out_miou']:.3f} on real clips that it was not "
            f"trained on ({facts['held_out']})"
        )
    if split == "train":
        note += "; the clips measured here are of split train too, so it may know them"
    return note
