"""ServingValidator proves that a server loads a model and answers, before it is pushed.

TFX's InfraValidator needs Docker or Kubernetes for that. This one starts the embedded
server in a process of its own, and gives the same InfraBlessing.
"""

# Not postponed: TFX reads the annotations.
import itertools
import math
import shutil
import sys
import tempfile
from pathlib import Path

import grpc
import numpy as np
import tensorflow as tf
from absl import logging
from tfx import v1 as tfx
from tfx.v1.dsl.components import InputArtifact, OutputArtifact, Parameter, component
from tfx.v1.types.standard_artifacts import Examples, InfraBlessing, Model

from pipeline import tfx_private
from pipeline.configs import MODEL_NAME
from pipeline.server_process import ServerProcess
from serving.client import Vid2VidClient
from v2v_tf.errors import InputError

_SIGNATURE = "evaluate"
_SPLIT = "eval"


@component
def ServingValidator(  # noqa: N802
    model: InputArtifact[Model],
    examples: InputArtifact[Examples],
    blessing: OutputArtifact[InfraBlessing],
    num_examples: Parameter[int] = 1,
    seconds: Parameter[int] = 300,
) -> None:
    """Blesses a model that a server loads and that answers clips with finite numbers.

    Args:
        model: model of the Trainer.
        examples: clips; those of the split `eval` are sent.
        blessing: InfraBlessing, with the reason where the model does not serve.
        num_examples: number of clips to send.
        seconds: seconds that loading may take, and as long again the answers.
    """
    records = tfx_private.split_folder(examples, _SPLIT)
    try:
        folder = tfx_private.serving_model(model)
        validate(folder, _first(records, num_examples), seconds)
    except InputError as error:
        logging.error("the model does not serve: %s", error)
        _mark(blessing, False, str(error))
    else:
        _mark(blessing, True, "")


def validate(model: Path, records: list[bytes], seconds: float) -> None:
    """Starts a server with a model and asks it about clips.

    Args:
        model: folder of a SavedModel.
        records: serialized clip records to send.
        seconds: seconds that loading may take, and as long again the answers.

    Raises:
        InputError: the server cannot load the model, refuses the clips, or answers with
            numbers that are not finite.
    """
    with tempfile.TemporaryDirectory() as name:
        # A copy, so that whatever a server does leaves the artifact as it is.
        base = Path(name) / MODEL_NAME
        shutil.copytree(model, base / "1")
        command = [sys.executable, "-m", "serving.server"]
        with ServerProcess(command, MODEL_NAME, base, seconds) as server:
            _ask(server.address, records, seconds)


def _ask(address: str, records: list[bytes], seconds: float) -> None:
    with Vid2VidClient(address, timeout=seconds) as client:
        try:
            outputs = client.predict(_SIGNATURE, {"examples": np.array(records)})
        except grpc.RpcError as error:
            raise InputError(f"{error.code().name}: {error.details()}") from error
    for metric, values in outputs.items():
        if len(values) != len(records) or not all(map(math.isfinite, values)):
            raise InputError(
                f"{_SIGNATURE}: expected {len(records)} finite values of {metric}, got "
                f"{values.tolist()}"
            )


def _first(folder: Path, number: int) -> list[bytes]:
    files = sorted(str(path) for path in folder.iterdir())
    records = tf.data.TFRecordDataset(files).as_numpy_iterator()
    return list(itertools.islice(records, number))


def _mark(blessing: tfx.dsl.Artifact, blessed: bool, reason: str) -> None:
    """Blesses as InfraValidator does."""
    folder = Path(blessing.uri)
    folder.mkdir(parents=True, exist_ok=True)
    name = "INFRA_BLESSED" if blessed else "INFRA_NOT_BLESSED"
    (folder / name).write_text(reason, encoding="utf-8")
    blessing.set_int_custom_property("blessed", int(blessed))
    if reason:
        blessing.set_string_custom_property("reason", reason[:1000])
