import numpy as np
import pytest
import tensorflow_data_validation as tfdv

from pipeline import features, validation
from pipeline.components.data_gate import describe
from v2v_tf import config as configuration

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


def _anomalies(changes):
    import pandas as pd

    values = {**GOOD, **changes}
    frame = pd.DataFrame({name: pd.Series(column) for name, column in values.items()})
    for name in ("mean_luma", "black_fraction"):
        frame[name] = frame[name].astype(np.float32)
    options = tfdv.StatsOptions(feature_allowlist=features.scalar_features())
    statistics = tfdv.generate_statistics_from_dataframe(frame, options, n_jobs=1)
    return tfdv.validate_statistics(
        statistics,
        features.read_schema("street"),
        custom_validation_config=validation.custom_validations(CONFIG),
    )


def _written(tmp_path, anomalies):
    folder = tmp_path / "Split-train"
    folder.mkdir()
    (folder / "SchemaDiff.pb").write_bytes(anomalies.SerializeToString())
    return describe(tmp_path, validation.reasons(CONFIG))


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


def test_every_task_has_a_schema_with_every_feature():
    from v2v_tf.config import TASKS
    from v2v_tf.data.records import clip

    for task in TASKS.names():
        names = {feature.name for feature in features.read_schema(task).feature}
        assert names == set(clip.feature_spec()), task


def test_statistics_leave_images_out():
    names = features.scalar_features()
    assert "frames" not in names and "flow_p95" in names and "task" in names
