"""DataGate: stops a run whose clips have anomalies.

ExampleValidator writes anomalies down and lets a pipeline go on.
"""

# Not postponed: TFX reads the annotations.
import json
from pathlib import Path

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
    """Lets clips without anomalies through.

    Args:
        anomalies: of ExampleValidator.
        blessing: for what waits.
        reasons: JSON, what is wrong with clips that break the rule of a feature, see
            `validation.reasons`.

    Raises:
        InputError: there are some; it names features and splits.
    """
    found = describe(Path(anomalies.uri), json.loads(reasons))
    if found:
        raise InputError(
            "the clips have anomalies, so no model is trained on them:\n"
            + "\n".join(found)
        )
    blessing.set_int_custom_property("blessed", 1)


def describe(folder: Path, reasons: dict[str, str]) -> list[str]:
    """Returns a line for each anomaly that ExampleValidator wrote into a folder.

    Args:
        folder: of its artifact.
        reasons: feature to what is wrong with clips that break its rule.
    """
    lines = []
    for path in sorted(folder.glob(f"*/{_FILE}")):
        split = path.parent.name.removeprefix("Split-")
        anomalies = anomalies_pb2.Anomalies.FromString(path.read_bytes())
        if anomalies.HasField("dataset_anomaly_info"):
            info = anomalies.dataset_anomaly_info
            lines.append(f"{split}: {info.short_description}: {info.description}")
        for name, info in sorted(anomalies.anomaly_info.items()):
            text = f"{split}: {name}: {info.description}"
            if _CUSTOM in info.description and name in reasons:
                text += f": a clip has {reasons[name]}"
            lines.append(text)
    return lines
