import doctest
import subprocess
import sys
from pathlib import Path

import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2
from tfx.v1.types.standard_artifacts import Schema

from pipeline import features, schema
from pipeline.components.task_schema import TaskSchemaGen
from v2v_tf.config import TASKS
from v2v_tf.data.records import clip as clip_record
from v2v_tf.tasks import Task
from v2v_tf.tasks.rules import Scalar

# The schemas of version 0.1, which were written by hand.
WRITTEN = Path(__file__).with_name("schemas")


class FogTask(Task):
    """What another package could bring."""

    name = "fog"
    config_class = dict
    default_preset = "video_edges"
    plane_counts = (2, 5)
    scalars = (
        Scalar("thickness", float, 0.25, 7.5),
        Scalar("layers", int, -3, float("inf"), max_count=6),
    )
    conditioning = files = picture = None


# What came after version 0.1.
SINCE = {"fps", "empty_conditions", "points_outside", "points_reach"}


def _by_name(made):
    return {feature.name: feature for feature in made.feature}


@pytest.mark.parametrize("task", sorted(path.stem for path in WRITTEN.iterdir()))
def test_it_is_the_one_that_was_written_by_hand(task):
    text = (WRITTEN / f"{task}.pbtxt").read_text(encoding="utf-8")
    expected = text_format.Parse(text, schema_pb2.Schema())
    made = schema.task_schema(TASKS.get(task))
    assert len(_by_name(made)) == len(made.feature)
    kept = {n: f for n, f in _by_name(made).items() if n not in SINCE}
    assert kept == _by_name(expected)


@pytest.mark.parametrize("task", ["street", "face", "edges"])
def test_what_came_after_version_0_1_may_be_missing(task):
    made = _by_name(schema.task_schema(TASKS.get(task)))
    for name in SINCE & set(made):
        assert not made[name].HasField("presence"), name
        assert (made[name].value_count.min, made[name].value_count.max) == (0, 1)
    assert ("empty_conditions" in made) == (task != "street")


def test_every_feature_of_a_record_is_in_it():
    for task in TASKS.names():
        made = _by_name(schema.task_schema(TASKS.get(task)))
        assert set(clip_record.feature_spec()) <= set(made), task


def test_a_task_of_another_package_brings_planes_and_scalars():
    made = _by_name(schema.task_schema(FogTask()))
    assert list(made["task"].string_domain.value) == ["fog"]
    planes = made["num_planes"].int_domain
    assert (planes.min, planes.max) == (2, 5)
    thickness, layers = made["thickness"], made["layers"]
    assert thickness.type == schema_pb2.FLOAT and layers.type == schema_pb2.INT
    assert thickness.presence.min_fraction == layers.presence.min_fraction == 1.0
    assert (thickness.float_domain.min, thickness.float_domain.max) == (0.25, 7.5)
    assert (thickness.value_count.min, thickness.value_count.max) == (1, 1)
    assert layers.int_domain.min == -3 and not layers.int_domain.HasField("max")
    assert (layers.value_count.min, layers.value_count.max) == (1, 6)
    # Scalars of the street are in every record, and empty here.
    assert made["max_label"].value_count.max == 0
    assert not made["max_label"].HasField("presence")


def test_its_scalars_are_looked_at():
    names = features.scalar_features(FogTask())
    assert {"thickness", "layers", "flow_p95", "task"} <= set(names)
    assert not {"frames", "conditions", "clip_id"} & set(names)
    assert len(names) == len(set(names))
    assert "thickness" not in features.scalar_features(TASKS.get("street"))


def test_the_component_writes_the_one_file_that_is_looked_for(tmp_path):
    artifact = Schema()
    artifact.uri = str(tmp_path / "schema")
    TaskSchemaGen.test_call(schema=artifact, text=schema.schema_text(FogTask()))
    (path,) = (tmp_path / "schema").iterdir()
    read = text_format.Parse(path.read_text(encoding="utf-8"), schema_pb2.Schema())
    assert read == schema.task_schema(FogTask())


def test_the_text_is_the_same_in_another_process():
    program = (
        "from pipeline.schema import schema_text\n"
        "from v2v_tf.config import TASKS\n"
        "print(schema_text(TASKS.get('pose')), end='')"
    )
    command = [sys.executable, "-W", "ignore", "-c", program]
    text = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    assert text == schema.schema_text(TASKS.get("pose"))


def test_examples_of_the_documentation():
    failed, run = doctest.testmod(schema)
    assert run > 0 and failed == 0
