"""Finds label maps by a network that a user names: `--network`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from v2v_tf.config import Config, load_config
from v2v_tf.detection.detector import Detection, Detector, DetectorOptions
from v2v_tf.detection.model_files import ModelFile
from v2v_tf.errors import InputError
from v2v_tf.tasks.registry import labels_of
from v2v_tf.tasks.street.network_labels import match, read_wishes

_NONE = (
    "annotate --task street needs a --network, as none comes with the package: a "
    "folder of v2v-tf train-segmenter, a SavedModel, a .tflite or .onnx file, or "
    "hf:NAME@COMMIT of the Hugging Face Hub. Known to fit Cityscapes' labels: "
    "hf:nvidia/segformer-b0-finetuned-cityscapes-1024-1024 at the commit of its "
    "refs/pr/4 (a8df7540..., the one with safetensors; NVIDIA's own licence, not for "
    "commercial use). See docs/annotating.md"
)


class NetworkStreet(Detector):
    """Finds the label of every pixel by a network that tells classes apart.

    Classes become labels of the configuration by their names, or by `--labels`.
    """

    name = "network-street"
    task = "street"
    needs_network = True
    threshold = 0.0  # a map has no confidence

    def __init__(self, options: DetectorOptions | None = None) -> None:
        from v2v_tf.detection.networks.loading import load_network

        options = options or DetectorOptions()
        if options.network is None:
            raise InputError(_NONE)
        config = options.config or load_config(None, ("task=street",))
        street = config.conditioning.street
        if street.label_map:
            raise InputError(
                "conditioning.street.label_map is for files of other ids, and annotate "
                "writes labels as they are: leave it out (--label-map none)"
            )
        self._loaded = load_network(options.network, "labels")
        labels = labels_of(config)
        assert labels is not None  # of a street
        wishes = read_wishes(options.labels) if options.labels else {}
        classes = self._loaded.labels or self._numbered(config)
        self._labels = match(classes, labels, street.ignore_label, wishes)
        self._table = np.full(max(self._labels) + 1, -1, np.int32)
        for number, label in self._labels.items():
            self._table[number] = label

    def facts(self) -> dict[str, Any]:
        """See base class: what classes become."""
        return {"labels": {str(key): label for key, label in self._labels.items()}}

    def files(self) -> tuple[ModelFile, ...]:
        """See base class."""
        return self._loaded.files

    def detect(
        self, frame: np.ndarray, before: Sequence[Detection] = ()
    ) -> list[Detection]:
        """See base class: one picture of labels."""
        classes = self._loaded.classes(frame)
        inside = (classes >= 0) & (classes < len(self._table))
        found = np.where(inside, self._table[np.where(inside, classes, 0)], -1)
        if found.min() < 0:
            unnamed = int(classes[found < 0][0])
            raise InputError(
                f"--network {self._loaded.name}: it answers with class {unnamed}, "
                "which nothing names: name all of its classes as "
                '"labels" in network.json'
            )
        dtype = np.uint8 if found.max() <= 255 else np.uint16
        height, width = frame.shape[:2]
        box = (0.0, 0.0, float(width), float(height))
        return [Detection(box, 1.0, found.astype(dtype))]

    def _numbered(self, config: Config) -> dict[int, str]:
        """Returns the labels of the configuration, for a network of their number."""
        labels = labels_of(config)
        count = self._loaded.num_labels
        if labels is not None and count == labels.num_labels:
            return dict(enumerate(labels.names))
        said = (
            "nothing names its classes" if count is None else f"it has {count} labels"
        )
        raise InputError(
            f"--network {self._loaded.name}: {said}: name them in order as "
            '"labels" in network.json beside it'
        )
