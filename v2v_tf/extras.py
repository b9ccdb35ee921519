"""Names the optional extras, and raises one line where one is missing.

The core trains, generates and evaluates. What needs more asks here, at its door, so
that a missing package is one line that names the extra and not a traceback.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import importlib.util
import sys
from collections.abc import Iterator

from v2v_tf import compat
from v2v_tf.errors import InputError

# The top-level modules that an extra of pyproject.toml brings and the code imports.
_OWN = {
    "prepare": ("apache_beam", "skimage"),
    "report": ("jinja2", "markdown_it"),
    "styles": ("sklearn",),
    "export": ("tensorflow_serving",),
    "serving": (
        *("tensorflow_serving", "grpc_health", "prometheus_client"),
        *("waitress", "werkzeug"),
    ),
}
MODULES = {
    **_OWN,
    # The networks of mediapipe are files, which detectors look for by themselves.
    "annotate": ("scenedetect", *_OWN["prepare"]),
    "networks": ("onnxruntime", "transformers"),
    "pipeline": ("tfx", *dict.fromkeys(sum(_OWN.values(), ()))),
}


# Packages that all install the module cv2, each over the files of the others.
_OPENCV = (
    "opencv-python",
    "opencv-python-headless",
    "opencv-contrib-python",
    "opencv-contrib-python-headless",
)


class MissingExtraError(InputError, ImportError):
    """Names the extra that brings a missing package; also an `ImportError`.

    Attributes:
        extra: name of the extra.
        reason: message: what was not found.
    """

    def __init__(self, extra: str, reason: object) -> None:
        super().__init__(extra, reason)
        self.extra = extra
        self.reason = reason

    def __str__(self) -> str:
        """Returns one line: which extra, what to do, why."""
        install = f"pip install 'v2v_tf[{self.extra}]'"
        if self.extra == "pipeline" and (hint := compat.no_tfx_here()):
            return f"needs the extra [pipeline] ({self.reason}), and {hint}"
        return f"needs the extra [{self.extra}]: {install} ({self.reason})"


def require(extra: str) -> None:
    """Checks that the packages of an extra are installed, without importing them.

    Args:
        extra: name of an extra of the package, such as `prepare`.

    Raises:
        MissingExtraError: a package of the extra is missing.

    Example:
        ```python
        >>> from v2v_tf import extras
        >>> extras.require("prepare")
        ```
    """
    for module in MODULES[extra]:
        if not _is_installed(module):
            raise MissingExtraError(extra, f"No module named '{module}'")


@contextlib.contextmanager
def needed(extra: str, program: str | None = None) -> Iterator[None]:
    """Surrounds the imports of an extra's packages, and checks it first.

    Args:
        extra: name of an extra of the package, such as `prepare`.
        program: name of the program that the module is run as: without the extra it
            ends with one line on its standard error and status 2, as a command does;
            None where the module is imported.

    Raises:
        MissingExtraError: one of its packages is missing, and this is no program.

    Example:
        ```python
        >>> from v2v_tf import extras
        >>> with extras.needed("styles"):
        ...     from sklearn.mixture import GaussianMixture
        ```
    """
    try:
        require(extra)
    except MissingExtraError as error:
        if program is None:
            raise
        print(f"{program}: {error}", file=sys.stderr)
        sys.exit(2)
    yield


def doubt_of_opencv() -> str | None:
    """Returns a sentence where several packages of OpenCV are installed, else None.

    mediapipe asks pip for one of its own, beside that of this package.
    """
    found = {}
    for name in _OPENCV:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found[name] = importlib.metadata.version(name)
    if len(found) < 2:
        return None
    listed = " and ".join(f"{name} {version}" for name, version in found.items())
    ours = "opencv-python-headless"
    return (
        f"{listed} are installed, and each overwrites files of the other: pip "
        f"uninstall -y {' '.join(found)}, then pip install "
        f"{ours}=={found.get(ours, '4.*')}"
    )


def _is_installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ImportError:  # Of a finder that forbids it.
        return False
