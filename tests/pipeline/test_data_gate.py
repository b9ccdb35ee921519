import numpy as np
import pytest
import tensorflow_data_validation as tfdv

from pipeline import features, validation
from pipeline.components.data_gate import describe
from pipeline.schema import task_schema
from v2v_tf import config as configuration
from v2v_tf.tasks.registry import task_of

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


def _anomalies(changes, config=CONFIG):
    import pandas as pd

    merged = {**GOOD, **changes}
    values = {name: column for name, column in merged.items() if column is not None}
    frame = pd.DataFrame({name: pd.Series(column) for name, column in values.items()})
    for name in {"mean_luma", "black_fraction", "empty_conditions"} & values.keys():
        frame[name] = frame[name].astype(np.float32)
    task = task_of(config)
    options = tfdv.StatsOptions(feature_allowlist=features.scalar_features(task))
    statistics = tfdv.generate_statistics_from_dataframe(frame, options, n_jobs=1)
    return tfdv.validate_statistics(
        statistics,
        task_schema(task),
        custom_validation_config=validation.of_features(
            validation.custom_validations(config), set(values)
        ),
    )


def _written(tmp_path, anomalies, config=CONFIG, warnings=False):
    folder = tmp_path / "Split-train"
    folder.mkdir(exist_ok=True)
    (folder / "SchemaDiff.pb").write_bytes(anomalies.SerializeToString())
    return describe(tmp_path, validation.reasons(config), warnings)


def test_good_clips_have_no_anomaly(tmp_path):
    assert _written(tmp_path, _anomalies({})) == []


@pytest.mark.parametrize(
    ("changes", "name", "words"),
    [
        ({"max_label": [[7], [9], [6]]}, "max_label", "num_labels is 8"),
        ({"black_fraction": [0.0, 0.51, 0.0]}, "black_fraction", "max_black_fraction"),
        ({"num_frames": [8, 2, 8]}, "num_frames", "data.min_frames is 3"),
        ({"flow_p95": [[0.0], [1.0], [3.0]]}, "flow_p95", "nothing moves"),
        ({"mean_luma": [0.4, 1.7, 0.3]}, "mean_luma", "high"),
        ({"task": ["street", "face", "street"]}, "task", "face"),
        ({"num_planes": [1, 2, 1]}, "num_planes", ""),
    ],
)
def test_every_rule_names_its_feature(tmp_path, changes, name, words):
    (line,) = _written(tmp_path, _anomalies(changes))
    assert line.startswith(f"train: {name}: ") and words in line


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
        ({"empty_conditions": [0.0, 1.5, 0.1]}, ["empty_conditions"], []),
    ],
)
def test_soft_rules_warn_and_let_clips_through(tmp_path, changes, refused, warned):
    found = _anomalies({**OF_EDGES, **changes}, EDGES)
    for warnings, names in ((False, refused), (True, warned)):
        lines = _written(tmp_path, found, EDGES, warnings)
        assert [line.split(": ")[1] for line in lines] == names
        for line in lines if warnings else ():
            assert "a clip has conditions that are (nearly) empty" in line
