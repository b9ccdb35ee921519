"""Runs the network of a SavedModel folder, by its signature `serving_default`.

Loading one builds its graph; no Python of it is run, but a graph is a program, so
networks are to be taken from those one trusts.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import tensorflow as tf

from v2v_tf.detection.networks.picture_network import PictureNetwork, choose_output
from v2v_tf.errors import InputError

SIGNATURE = "serving_default"


class SavedModelNetwork(PictureNetwork):
    """Runs a SavedModel.

    Args:
        folder: holds `saved_model.pb`.
        output: name of the output to take; None for the only one.

    Raises:
        InputError: it cannot be loaded, or is no network of one picture.
    """

    def __init__(self, folder: Path, output: str | None = None) -> None:
        try:
            self._loaded = tf.saved_model.load(str(folder))
        except (OSError, ValueError, tf.errors.OpError, RuntimeError) as error:
            reason = (str(error).splitlines() or ["damaged"])[0]
            raise InputError(
                f"{folder}: expected a whole SavedModel; TensorFlow says: {reason}"
            ) from error
        signatures = getattr(self._loaded, "signatures", {})
        if SIGNATURE not in signatures:
            raise InputError(
                f"{folder}: expected the signature {SIGNATURE}, got "
                f"{', '.join(signatures) or 'none'}: export it with that one"
            )
        self._run = signatures[SIGNATURE]
        inputs = self._run.structured_input_signature[1]
        if len(inputs) != 1:
            raise InputError(
                f"{folder}: expected a network of one picture, got the inputs "
                f"{', '.join(inputs)}"
            )
        ((self._input, spec),) = inputs.items()
        rank = spec.shape.rank
        shape = None if rank is None else spec.shape.as_list()
        self.lay_out(folder, shape, spec.dtype.name)
        self._dtype = spec.dtype
        outputs = list(self._run.structured_outputs)
        self._output = choose_output(folder, outputs, output)

    def run(self, pictures: np.ndarray) -> np.ndarray:
        """See base class."""
        values = tf.constant(pictures.astype(self._dtype.as_numpy_dtype))
        return self._run(**{self._input: values})[self._output].numpy()
