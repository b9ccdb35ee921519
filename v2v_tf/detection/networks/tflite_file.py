"""Runs the network of a `.tflite` file on pictures of its size, or of any."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from v2v_tf.detection.networks.picture_network import PictureNetwork, choose_output
from v2v_tf.detection.tflite import load_interpreter


class TFLiteFile(PictureNetwork):
    """Runs a TFLite file.

    Args:
        path: the file.
        output: name of the output to take; None for the only one.

    Raises:
        InputError: it cannot be loaded, or is no network of one picture.
    """

    def __init__(self, path: Path, output: str | None = None) -> None:
        self._network = load_interpreter(path)
        inputs = self._network.get_input_details()
        shape = None
        if len(inputs) == 1:
            signature = inputs[0].get("shape_signature", inputs[0]["shape"])
            shape = [None if side < 0 else int(side) for side in signature]
        self.lay_out(path, shape, np.dtype(inputs[0]["dtype"]).name)
        self._input = inputs[0]
        outputs = self._network.get_output_details()
        name = choose_output(path, [one["name"] for one in outputs], output)
        self._output = next(one for one in outputs if one["name"] == name)
        self._shape = tuple(self._input["shape"])

    def run(self, pictures: np.ndarray) -> np.ndarray:
        """See base class."""
        if pictures.shape != self._shape:
            self._network.resize_tensor_input(self._input["index"], pictures.shape)
            self._network.allocate_tensors()
            self._shape = pictures.shape
        values = pictures.astype(self._input["dtype"])
        self._network.set_tensor(self._input["index"], values)
        self._network.invoke()
        return self._network.get_tensor(self._output["index"])
