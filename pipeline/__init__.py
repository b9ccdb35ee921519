"""Runs v2v_tf as a production pipeline of TFX, locally and on Kubeflow."""

from typing import Any


def __getattr__(name: str) -> Any:
    """Returns an artifact type, by the name under which metadata refer to it."""
    # Not imported at once: importing TFX takes many seconds.
    if name in ("DataBlessing", "VideoMetrics"):
        from pipeline import artifacts

        return getattr(artifacts, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
