"""Warns of labels that a model is asked to draw and was never trained on."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from absl import logging

from v2v_tf.config import Config
from v2v_tf.tasks.registry import labels_of


class LabelWatch:
    """Looks at the conditions of videos; warns once of each label that is new.

    Args:
        config: configuration of the model, whose task may have labels.
        trained: label ids of its training clips; None where nobody knows them, and
            nothing is said.

    Example:
        ```python
        >>> import numpy as np
        >>> from v2v_tf import load_config
        >>> watch = LabelWatch(load_config("toy_street"), trained=(0, 2, 3))
        >>> watch.look(np.uint8([[[0], [7]]]), "frame 000000")
        [7]
        >>> watch.look(np.uint8([[[3], [7]]]), "frame 000001")
        []

        ```
    """

    def __init__(self, config: Config, trained: Collection[int] | None) -> None:
        self._labels = labels_of(config)
        self._known = None if trained is None else set(trained)

    def look(self, planes: np.ndarray, where: str) -> list[int]:
        """Warns of labels that neither training nor an earlier look has shown.

        Args:
            planes: integers [..., H, W, P], plane 0 holds label ids.
            where: what the planes are of, for the warning.

        Returns:
            Those labels, sorted.
        """
        if self._labels is None or self._known is None:
            return []
        present = np.flatnonzero(np.bincount(planes[..., 0].ravel()))
        # The id after the last label is that of pixels without one.
        number = self._labels.num_labels
        found = {label for label in present.tolist() if label < number}
        new = sorted(found - self._known)
        self._known |= found
        if new:
            names = self._labels.names
            logging.warning(
                "%s shows %s, which no clip shows that this model was trained on: what "
                "it draws there is chance; train on clips with it, or give it another "
                "label",
                where,
                ", ".join(f"label {label} ({names[label]})" for label in new),
            )
        return new
