"""Artifact types that TFX does not have.

Kubeflow finds their classes by their names, of one package and a class.
"""

from tfx.v1.dsl import Artifact


class DataBlessing(Artifact):
    """Clips that passed the gate; empty, for what waits for it."""

    TYPE_NAME = "pipeline.DataBlessing"


class VideoMetrics(Artifact):
    """Metrics of a set of generated clips, with videos and pictures of them."""

    TYPE_NAME = "pipeline.VideoMetrics"
