"""Reads the folder of a segmentation network that `v2v-tf train-segmenter` wrote.

The folder: `segmenter.json` (what it was trained on, how, and how well it reads real
frames) and `segmenter.weights.h5`, whose SHA-256 the JSON names.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from v2v_tf.errors import InputError
from v2v_tf.storage.files import sha256

if TYPE_CHECKING:
    from v2v_tf.detection.segmentation_network import SegmentationNetwork

FACTS_FILE = "segmenter.json"
WEIGHTS_FILE = "segmenter.weights.h5"
FORMAT_VERSION = 1


def load_network(folder: Path) -> tuple[SegmentationNetwork, dict[str, Any]]:
    """Returns the network of a folder, and what `segmenter.json` holds.

    Raises:
        InputError: no such folder, one of another version, or damaged weights.
    """
    facts = read_facts(folder)
    path = folder / WEIGHTS_FILE
    if not path.is_file() or sha256(path) != facts["weights_sha256"]:
        raise InputError(
            f"{path} is not the file that {FACTS_FILE} names: copy the whole "
            "folder, or make it again with `v2v-tf train-segmenter`"
        )
    network = build(int(facts["num_labels"]))
    network.load_weights(path)
    return network, facts


def build(num_labels: int, seed: int = 0) -> SegmentationNetwork:
    """Returns an untrained network with weights made, in float32."""
    import tensorflow as tf

    from v2v_tf.detection.segmentation_network import SegmentationNetwork
    from v2v_tf.layers.precision import policy_scope

    with policy_scope("float32"):
        network = SegmentationNetwork(num_labels, seed)
        network(tf.zeros([1, 8, 8, 3]))
    return network


def read_facts(folder: Path) -> dict[str, Any]:
    """Returns what `segmenter.json` holds.

    Raises:
        InputError: no such file, or one of another version.
    """
    path = folder / FACTS_FILE
    if not path.is_file():
        raise InputError(
            f"{folder} holds no segmentation network (no {FACTS_FILE}): make one with "
            "`v2v-tf train-segmenter`"
        )
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        version = facts["format_version"]
        int(facts["num_labels"]), str(facts["weights_sha256"])
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{path}: not what `v2v-tf train-segmenter` writes ({error}): make it again"
        ) from error
    if version != FORMAT_VERSION:
        raise InputError(
            f"{path} has format_version {version}, expected {FORMAT_VERSION}: make it "
            "again with `v2v-tf train-segmenter`"
        )
    return facts
