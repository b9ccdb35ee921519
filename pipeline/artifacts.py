"""Defines the artifact types that TFX does not have.

Kubeflow finds a class by its type name: one package, a dot, and the class.
"""

from tfx.v1.dsl import Artifact


class DataBlessing(Artifact):
    """Says that the clips passed the gate; later components wait for it."""

    TYPE_NAME = "pipeline.DataBlessing"


class VideoMetrics(Artifact):
    """Holds metrics of a set of generated clips, with their videos and pictures."""

    TYPE_NAME = "pipeline.VideoMetrics"
