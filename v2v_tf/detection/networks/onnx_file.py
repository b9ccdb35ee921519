"""Runs the network of an `.onnx` file by ONNX Runtime (extra `networks`)."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from v2v_tf.detection.networks.picture_network import PictureNetwork, choose_output
from v2v_tf.errors import InputError
from v2v_tf.extras import needed

_KINDS = {"float": "float32", "float16": "float16"}
_ERRORS_ALONE = 3


class OnnxNetwork(PictureNetwork):
    """Runs an ONNX file on the processor.

    Args:
        path: the file.
        output: name of the output to take; None for the only one.

    Raises:
        InputError: it cannot be loaded, or is no network of one picture.
        MissingExtraError: ONNX Runtime is not installed.
    """

    usual_channels_first = True

    def __init__(self, path: Path, output: str | None = None) -> None:
        with needed("networks"):
            import onnxruntime
        options = onnxruntime.SessionOptions()
        # One thread: frames are worked on in several processes.
        options.intra_op_num_threads = 1
        options.log_severity_level = _ERRORS_ALONE
        try:
            self._session = onnxruntime.InferenceSession(
                str(path), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # its errors have no common class
            reason = (str(error).splitlines() or ["damaged"])[0]
            raise InputError(
                f"{path}: expected a whole ONNX file; ONNX Runtime says: {reason}"
            ) from error
        inputs = self._session.get_inputs()
        if len(inputs) != 1:
            names = ", ".join(one.name for one in inputs)
            raise InputError(
                f"{path}: expected a network of one picture, got the inputs {names}"
            )
        # Sides that may be any have a name, or none.
        shape = [side if isinstance(side, int) else None for side in inputs[0].shape]
        kind = inputs[0].type.removeprefix("tensor(").removesuffix(")")
        self.lay_out(path, shape, _KINDS.get(kind, kind))
        self._input = inputs[0].name
        self._dtype = np.dtype(_KINDS.get(kind, kind))
        outputs = [one.name for one in self._session.get_outputs()]
        self._output = choose_output(path, outputs, output)

    def run(self, pictures: np.ndarray) -> np.ndarray:
        """See base class."""
        given = {self._input: pictures.astype(self._dtype)}
        (answer,) = self._session.run([self._output], given)
        return answer
