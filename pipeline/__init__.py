"""The production pipeline: TFX components around v2v_tf, locally and on Kubeflow."""

from typing import Any


def __getattr__(name: str) -> Any:
    """Finds the artifact types, by the names that metadata have of them."""
    # Not imported at once: TFX takes many seconds.
    if name in ("DataBlessing", "VideoMetrics"):
        from pipeline import artifacts

        return getattr(artifacts, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
