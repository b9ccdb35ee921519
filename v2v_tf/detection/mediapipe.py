"""The networks inside the package mediapipe, of which no code is run."""

from __future__ import annotations

from v2v_tf import compat
from v2v_tf.detection.model_files import Licences, PackagedModel

_LICENCES = Licences(
    code="Apache-2.0",
    weights="Apache-2.0",
    training_data="not published with the package",
)


def packaged(name: str, sha256: str) -> PackagedModel:
    """Returns the place of a network in the package.

    Args:
        name: folder and file, below the package's modules.
        sha256: hash of its bytes, hexadecimal.
    """
    inside = f"mediapipe/modules/{name}"
    version, remedy = compat.mediapipe_release()
    return PackagedModel("mediapipe", version, inside, sha256, _LICENCES, remedy)
