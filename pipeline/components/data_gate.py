"""DataGate stops a run whose clips have anomalies; mere warnings it tells.

ExampleValidator writes anomalies down and lets a pipeline go on, and knows the schema
alone: the rules of the configuration are checked here.
"""

# Not postponed: TFX reads the annotations.
from collections.abc import Iterator
from pathlib import Path

from absl import logging
from tensorflow_metadata.proto.v0 import anomalies_pb2, statistics_pb2
from tfx.v1.dsl.components import InputArtifact, OutputArtifact, Parameter, component
from tfx.v1.types.standard_artifacts import ExampleAnomalies, ExampleStatistics

from pipeline.artifacts import DataBlessing
from pipeline.validation import broken_rules, read_rules
from v2v_tf.errors import InputError

_ANOMALIES = "SchemaDiff.pb"
_STATISTICS = "FeatureStats.pb"


@component
def DataGate(  # noqa: N802
    anomalies: InputArtifact[ExampleAnomalies],
    statistics: InputArtifact[ExampleStatistics],
    blessing: OutputArtifact[DataBlessing],
    rules: Parameter[str],
) -> None:
    """Lets clips without anomalies through, and those that are doubtful with warnings.

    Args:
        anomalies: anomalies that ExampleValidator found.
        statistics: statistics of the clips' scalars.
        blessing: artifact that later components wait for.
        rules: rules for clips, from `validation.rules_json`.

    Raises:
        InputError: there are anomalies; the message names features and splits.
    """
    scalars = Path(statistics.uri)
    doubts = describe_rules(scalars, rules, "soft")
    for line in doubts:
        logging.warning("%s", line)
    blessing.set_int_custom_property("warnings", len(doubts))
    found = [*describe(Path(anomalies.uri)), *describe_rules(scalars, rules, "strict")]
    if found:
        raise InputError(
            "the clips have anomalies, so no model is trained on them:\n"
            + "\n".join(found)
        )
    blessing.set_int_custom_property("blessed", 1)


def describe(folder: Path) -> list[str]:
    """Returns a line for each anomaly that ExampleValidator wrote.

    Args:
        folder: folder of the anomalies artifact.
    """
    lines = []
    for split, content in _files(folder, _ANOMALIES):
        anomalies = anomalies_pb2.Anomalies.FromString(content)
        info = anomalies.dataset_anomaly_info
        if anomalies.HasField("dataset_anomaly_info"):
            lines.append(f"{split}: {info.short_description}: {info.description}")
        for name, info in sorted(anomalies.anomaly_info.items()):
            lines.append(f"{split}: {name}: {info.description}")
    return lines


def describe_rules(folder: Path, rules: str, kind: str) -> list[str]:
    """Returns a line for each rule that clips break.

    Args:
        folder: folder of the statistics artifact.
        rules: from `validation.rules_json`.
        kind: `strict` or `soft`.

    Raises:
        InputError: there are no statistics, so nothing could be checked.
    """
    lines, bounds = [], read_rules(rules, kind)
    files = list(_files(folder, _STATISTICS))
    if not files:
        raise InputError(f"no statistics of clips in {folder}: nothing can be checked")
    for split, content in files:
        found = statistics_pb2.DatasetFeatureStatisticsList.FromString(content)
        lines += [
            f"{split}: {broken.feature}: {broken.value:g}: a clip has {broken.reason}"
            for broken in broken_rules(found, bounds)
        ]
    return lines


def _files(folder: Path, name: str) -> Iterator[tuple[str, bytes]]:
    """Yields the name of each split, and its file."""
    for path in sorted(folder.glob(f"*/{name}")):
        yield path.parent.name.removeprefix("Split-"), path.read_bytes()
