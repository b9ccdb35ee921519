import dataclasses

import cv2
import numpy as np
import pytest

from v2v_tf.data.prepare.prepare import prepare
from v2v_tf.data.records.clip import ClipSummary
from v2v_tf.data.records.rules import (
    check_summary,
    clip_rules,
    doubts_of,
    soft_rules,
)
from v2v_tf.errors import InputError

GOOD = ClipSummary(
    mean_luma=0.4,
    black_fraction=0.1,
    flow_p95=1.5,
    confident_fraction=0.9,
    task_scalars={"max_label": 4, "label_fractions": (0.5, 0.0, 0.2, 0.1, 0.2)},
)


def test_a_good_clip_passes(make_config):
    check_summary(GOOD, make_config())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"black_fraction": 0.5}, "data.max_black_fraction, which is 0.5"),
        ({"flow_p95": 0.0}, "data.min_flow, which is 0"),
        ({"task_scalars": {"max_label": 5}}, "conditioning.street.num_labels is 5"),
    ],
)
def test_a_rule_names_the_feature_and_the_setting(make_config, change, words):
    (name,) = change.get("task_scalars", change)
    with pytest.raises(InputError, match=f"^{name} .*{words}"):
        check_summary(dataclasses.replace(GOOD, **change), make_config())


def test_a_single_frame_has_no_flow_to_judge(make_config):
    check_summary(dataclasses.replace(GOOD, flow_p95=None), make_config())


def test_bounds_come_from_the_configuration(make_config):
    config = make_config("street", "data.min_flow=2", "data.max_black_fraction=0.05")
    broken = [r.feature for r in clip_rules(config) if _breaks(r)]
    assert broken == ["black_fraction", "flow_p95"]


def test_labels_are_of_streets_alone(make_config):
    assert "max_label" not in {rule.feature for rule in clip_rules(make_config("face"))}


def test_black_and_still_clips_are_quarantined(tmp_path, write_street, make_config):
    source = write_street(tmp_path / "source", {"a": 4, "black": 4, "still": 4})
    for number in (1, 3):
        path = source / f"train_B/black/black_{number:04d}.png"
        cv2.imwrite(str(path), np.zeros_like(cv2.imread(str(path))))
    frames = sorted((source / "train_B/still").iterdir())
    for path in frames[1:]:
        path.write_bytes(frames[0].read_bytes())
    summary = prepare(source, tmp_path / "out", make_config())
    assert summary.num_clips == {"train": 1}
    reasons = {bad.clip: bad.reason for bad in summary.bad}
    assert reasons["black@000000"].startswith("black_fraction 0.5")
    assert reasons["still@000000"].startswith("flow_p95 0: nothing moves")


def _breaks(rule):
    value = getattr(GOOD, rule.feature, None)
    return value is not None and not rule.holds(value)


def test_soft_rules_are_noted_and_never_refused(make_config):
    config = make_config("face")
    bad = dataclasses.replace(GOOD, task_scalars={"points_outside": 0.75})
    check_summary(bad, config)
    (doubt,) = doubts_of(bad, config)
    assert "outside of the picture" in doubt
    assert doubts_of(GOOD, config) == []
    assert {rule.feature for rule in soft_rules(config)} == {
        *("empty_conditions", "points_outside", "points_reach")
    }
