"""DataGate stops a run whose clips have anomalies; mere warnings it tells.

ExampleValidator writes anomalies down and lets a pipeline go on.
"""

# Not postponed: TFX reads the annotations.
import json
from pathlib import Path

from absl import logging
from tensorflow_metadata.proto.v0 import anomalies_pb2
from tfx.v1.dsl.components import InputArtifact, OutputArtifact, Parameter, component
from tfx.v1.types.standard_artifacts import ExampleAnomalies

from pipeline.artifacts import DataBlessing
from v2v_tf.errors import InputError

_FILE = "SchemaDiff.pb"
_CUSTOM = "Custom validation"


@component
def DataGate(  # noqa: N802
    anomalies: InputArtifact[ExampleAnomalies],
    blessing: OutputArtifact[DataBlessing],
    reasons: Parameter[str],
) -> None:
    """Lets clips without anomalies through, and those that are doubtful with warnings.

    Args:
        anomalies: anomalies that ExampleValidator found.
        blessing: artifact that later components wait for.
        reasons: JSON object that says for each feature what is wrong with clips that
            break its rule, from `validation.reasons`.

    Raises:
        InputError: there are anomalies; the message names features and splits.
    """
    folder, why = Path(anomalies.uri), json.loads(reasons)
    doubts = describe(folder, why, warnings=True)
    for line in doubts:
        logging.warning("%s", line)
    blessing.set_int_custom_property("warnings", len(doubts))
    found = describe(folder, why)
    if found:
        raise InputError(
            "the clips have anomalies, so no model is trained on them:\n"
            + "\n".join(found)
        )
    blessing.set_int_custom_property("blessed", 1)


def describe(
    folder: Path, reasons: dict[str, str], warnings: bool = False
) -> list[str]:
    """Returns a line for each anomaly that ExampleValidator wrote into a folder.

    Args:
        folder: folder of the anomalies artifact.
        reasons: messages for clips that break a rule, by feature.
        warnings: return those that are warnings, in place of those that are not.
    """
    lines = []
    for path in sorted(folder.glob(f"*/{_FILE}")):
        split = path.parent.name.removeprefix("Split-")
        anomalies = anomalies_pb2.Anomalies.FromString(path.read_bytes())
        info = anomalies.dataset_anomaly_info
        if anomalies.HasField("dataset_anomaly_info") and not warnings:
            lines.append(f"{split}: {info.short_description}: {info.description}")
        for name, info in sorted(anomalies.anomaly_info.items()):
            if _is_warning(info) != warnings:
                continue
            text = f"{split}: {name}: {info.description}"
            if _CUSTOM in info.description and name in reasons:
                text += f": a clip has {reasons[name]}"
            lines.append(text)
    return lines


def _is_warning(info: anomalies_pb2.AnomalyInfo) -> bool:
    """Returns whether soft rules alone are broken; all else stops a run."""
    mild = info.severity == anomalies_pb2.AnomalyInfo.WARNING
    return mild and _CUSTOM in info.description
