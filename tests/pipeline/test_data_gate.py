import numpy as np
import pytest
import tensorflow_data_validation as tfdv
from tensorflow_metadata.proto.v0 import statistics_pb2

from pipeline import features, validation
from pipeline.components.data_gate import describe, describe_rules
from pipeline.schema import task_schema
from v2v_tf import config as configuration
from v2v_tf.data.records.rules import clip_rules
from v2v_tf.errors import InputError
from v2v_tf.tasks.registry import task_of
from v2v_tf.tasks.rules import ClipRule

GOOD = {
    "num_frames": [8, 9, 8],
    "height": [32, 32, 32],
    "width": [64, 64, 64],
    "num_planes": [1, 1, 1],
    "frame_stride": [1, 1, 1],
    "source_height": [32, 32, 32],
    "source_width": [64, 64, 64],
    "crop": [[0, 32, 0, 64]] * 3,
    "mean_luma": [0.4, 0.5, 0.3],
    "black_fraction": [0.0, 0.1, 0.0],
    "flow_p95": [[2.0], [1.0], [3.0]],
    "confident_fraction": [[0.9], [0.8], [0.9]],
    "max_label": [[7], [7], [6]],
    "label_fractions": [[0.125] * 8] * 3,
    "task": ["street"] * 3,
}
CONFIG = configuration.load_config("toy_street")


def _validated(folder, changes, config=CONFIG):
    """Writes what StatisticsGen and ExampleValidator write of changed clips."""
    import pandas as pd

    merged = {**GOOD, **changes}
    values = {name: column for name, column in merged.items() if column is not None}
    frame = pd.DataFrame({name: pd.Series(column) for name, column in values.items()})
    for name in {"mean_luma", "black_fraction", "empty_conditions"} & values.keys():
        frame[name] = frame[name].astype(np.float32)
    task = task_of(config)
    options = tfdv.StatsOptions(feature_allowlist=features.scalar_features(task))
    statistics = tfdv.generate_statistics_from_dataframe(frame, options, n_jobs=1)
    anomalies = tfdv.validate_statistics(statistics, task_schema(task))
    split = folder / "Split-train"
    split.mkdir()
    (split / "SchemaDiff.pb").write_bytes(anomalies.SerializeToString())
    (split / "FeatureStats.pb").write_bytes(statistics.SerializeToString())


def _found(folder, kind="strict", config=CONFIG):
    """What stops a run, or what is warned of."""
    lines = describe_rules(folder, validation.rules_json(config), kind)
    return lines if kind == "soft" else [*describe(folder), *lines]


def test_good_clips_have_no_anomaly(tmp_path):
    _validated(tmp_path, {})
    assert _found(tmp_path) == []


@pytest.mark.parametrize(
    ("changes", "name", "words"),
    [
        ({"max_label": [[7], [9], [6]]}, "max_label: 9", "num_labels is 8"),
        (
            {"black_fraction": [0.0, 0.51, 0.0]},
            "black_fraction: 0.51",
            "max_black_fraction",
        ),
        ({"num_frames": [8, 2, 8]}, "num_frames: 2", "data.min_frames is 3"),
        ({"flow_p95": [[0.0], [1.0], [3.0]]}, "flow_p95: 0", "nothing moves"),
        ({"mean_luma": [0.4, 1.7, 0.3]}, "mean_luma", "high"),
        ({"task": ["street", "face", "street"]}, "task", "face"),
        ({"num_planes": [1, 2, 1]}, "num_planes", ""),
    ],
)
def test_every_rule_names_its_feature(tmp_path, changes, name, words):
    _validated(tmp_path, changes)
    (line,) = _found(tmp_path)
    assert line.startswith(f"train: {name}: ") and words in line


def test_both_ends_of_a_rule_are_checked():
    """Bounds are excluded, as `prepare` has them; a broken rule is named once."""
    rule = ClipRule("max_label", "wrong", above=2, below=9)
    for values, expected in (
        ((3, 8), []),
        ((2, 8), [2]),
        ((3, 9), [9]),
        ((1, 12), [1]),
    ):
        statistics = statistics_pb2.DatasetFeatureStatisticsList()
        found = statistics.datasets.add().features.add()
        found.path.step.append("max_label")
        found.num_stats.min, found.num_stats.max = values
        found.num_stats.common_stats.num_non_missing = 4
        broken = list(validation.broken_rules(statistics, [rule]))
        assert broken == [("max_label", value, "wrong") for value in expected]


def test_rules_of_features_that_no_record_has_are_left_out(tmp_path):
    """Records of earlier versions lack what came since."""
    _validated(tmp_path, {"flow_p95": None})
    assert not any("flow_p95" in line for line in _found(tmp_path, "strict"))


def test_rules_cross_to_another_process_as_they_are():
    text = validation.rules_json(CONFIG)
    assert tuple(validation.read_rules(text, "strict")) == clip_rules(CONFIG)


def test_without_statistics_nothing_passes(tmp_path):
    with pytest.raises(InputError, match="nothing can be checked"):
        _found(tmp_path)


EDGES = configuration.load_config("video_edges")
OF_EDGES = {"task": ["edges"] * 3, "max_label": None, "label_fractions": None}


@pytest.mark.parametrize(
    ("changes", "refused", "warned"),
    [
        ({}, [], []),
        ({"fps": [[25.0], [29.97], [25.0]]}, [], []),
        ({"empty_conditions": [0.0, 0.4, 0.1]}, [], []),
        ({"empty_conditions": [0.0, 0.75, 0.1]}, [], ["empty_conditions"]),
        (
            {"empty_conditions": [0.9, 0.0, 0.0], "black_fraction": [0.0, 0.6, 0.0]},
            ["black_fraction"],
            ["empty_conditions"],
        ),
        (
            {"empty_conditions": [0.0, 1.5, 0.1]},
            ["empty_conditions"],
            ["empty_conditions"],
        ),
    ],
)
def test_soft_rules_warn_and_let_clips_through(tmp_path, changes, refused, warned):
    _validated(tmp_path, {**OF_EDGES, **changes}, EDGES)
    for kind, names in (("strict", refused), ("soft", warned)):
        lines = _found(tmp_path, kind, EDGES)
        assert [line.split(": ")[1] for line in lines] == names
        for line in lines if kind == "soft" else ():
            assert "a clip has conditions that are (nearly) empty" in line
