"""Writes the edges of raw videos as edge maps, for those who want to edit them.

They are read with `conditioning.edges.source=given`; without editing there is no need
of them, as the task finds the same edges by itself, at the size of the records.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from v2v_tf.config import load_config
from v2v_tf.detection.detector import Detection, Detector, DetectorOptions
from v2v_tf.detection.model_files import ModelFile
from v2v_tf.errors import InputError
from v2v_tf.tasks.edges.canny import check_options, draw_edges


class CannyEdges(Detector):
    """Finds Canny edges by the options of the task, at the size of the frame.

    Example:
        ```python
        >>> import numpy as np
        >>> frame = np.zeros([40, 60, 3], np.uint8)
        >>> frame[:, 30:] = 200
        >>> (found,) = CannyEdges().detect(frame)
        >>> found.value.shape, int(found.value.any(axis=0).sum())
        ((40, 60), 1)

        ```
    """

    name = "canny-edges"
    task = "edges"

    def __init__(self, options: DetectorOptions | None = None) -> None:
        options = options or DetectorOptions()
        if options.network is not None:
            raise InputError(
                f"--network {options.network}: {self.name} runs no network: leave it "
                "out"
            )
        config = options.config or load_config(None, ("task=edges",))
        self._options = config.conditioning.edges
        check_options(self._options)

    def files(self) -> tuple[ModelFile, ...]:
        """See base class: none."""
        return ()

    def detect(
        self, frame: np.ndarray, before: Sequence[Detection] = ()
    ) -> list[Detection]:
        """See base class: one edge map of the whole frame, also where it is empty."""
        return [Detection.whole(draw_edges(frame, self._options))]
