"""Runs a network of a `.tflite` file on the processor."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from v2v_tf import compat
from v2v_tf.errors import InputError


class TFLiteNetwork:
    """Runs a network that reads one picture.

    Args:
        path: the `.tflite` file.
        outputs: number of outputs that it must have.

    Raises:
        InputError: the file holds no network that can be run, or another.

    Attributes:
        size: (height, width) of the picture that it reads.
    """

    def __init__(self, path: Path, outputs: int) -> None:
        self._network = load_interpreter(path)
        (self._input, *more) = self._network.get_input_details()
        self._outputs = self._network.get_output_details()
        shape = [int(side) for side in self._input["shape"]]
        pictures = len(shape) == 4 and shape[0] == 1 and shape[3] == 3
        if more or not pictures or len(self._outputs) != outputs:
            raise InputError(
                f"{path}: expected a network of one picture [1, H, W, 3] and {outputs} "
                f"outputs, got {1 + len(more)} inputs, the first {shape}, and "
                f"{len(self._outputs)} outputs"
            )
        self.size = (shape[1], shape[2])

    def __call__(self, picture: np.ndarray) -> list[np.ndarray]:
        """Returns the outputs without their batch axis, in the order of the file.

        Args:
            picture: float [H, W, 3], in the range that the network reads.
        """
        self._network.set_tensor(
            self._input["index"], picture[np.newaxis].astype(np.float32)
        )
        self._network.invoke()
        return [self._network.get_tensor(one["index"])[0] for one in self._outputs]


def load_interpreter(path: Path) -> Any:
    """Returns what runs the network of a `.tflite` file, ready to run.

    Raises:
        InputError: the file holds no network that can be run.
    """
    interpreter = compat.tflite_interpreter()
    try:
        # One thread: frames are worked on in several processes.
        with _silence():
            network = interpreter(str(path), num_threads=1)
            network.allocate_tensors()
    except (ValueError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"{path}: not a network to run: {reason}") from error
    return network


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Keeps the library from saying on standard error by what it runs networks.

    It writes to the file descriptor, whatever the level of logging.
    """
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
