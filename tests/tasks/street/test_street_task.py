"""The task street: ids without a label, tables, and what is doubted of all clips."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from v2v_tf.config import TASKS, Config, load_config, to_yaml
from v2v_tf.data.records.manifest import Manifest
from v2v_tf.errors import InputError
from v2v_tf.tasks.base import DrawnFrame
from v2v_tf.tasks.registry import ignored_label_of

STREET = TASKS.get("street")
KEY = "conditioning.street"


def config(*changes: str) -> Config:
    base = (f"{KEY}.use_instances=false",)
    return load_config("cityscapes_512", (*base, *changes))


def manifest(**conditioning) -> Manifest:
    return Manifest(
        task="street",
        num_planes=1,
        has_instances=False,
        has_keypoints=False,
        splits={},
        label_histogram=(3, 0, 5),
        config={"conditioning": conditioning},
    )


def histogram(*labels: int) -> dict:
    return {"label_histogram": [int(i in labels) for i in range(35)]}


def test_a_table_becomes_part_of_the_configuration(tmp_path):
    changed = STREET.with_label_map(config(), "cityscapes-train-ids")
    table = changed.conditioning.street.label_map
    assert table[13] == (13, 26)
    (tmp_path / "a.yaml").write_text(to_yaml(changed))
    assert load_config(tmp_path / "a.yaml") == changed
    assert STREET.files(changed)[0].read.table == table
    assert STREET.with_label_map(changed, "none") == config()


def test_a_table_must_fit_the_labels(tmp_path):
    (tmp_path / "table.txt").write_text("3,1\n4,35\n")
    with pytest.raises(InputError, match="id 4 becomes 35, and labels are 0 .. 34"):
        STREET.with_label_map(config(), str(tmp_path / "table.txt"))
    with pytest.raises(InputError, match="label_map: id 4 becomes 35"):
        config(f"{KEY}.label_map=[[4, 35]]")


def test_other_tasks_read_no_label_maps():
    with pytest.raises(InputError, match="task edges reads no label maps"):
        TASKS.get("edges").with_label_map(load_config("video_edges"), "none")


def test_pixels_without_a_label_are_black_and_have_no_name():
    ignoring = config(f"{KEY}.ignore_label=255")
    labels = STREET.labels(ignoring)
    assert (labels.num_labels, labels.ignored, len(labels.names)) == (35, 35, 35)
    assert ignored_label_of(ignoring) == 35 and ignored_label_of(config()) is None
    painted = labels.colorize(np.array([[35, 26]]))
    np.testing.assert_array_equal(painted, [[[0, 0, 0], [0, 0, 142]]])
    with pytest.raises(InputError, match="255 or less with an ignore_label"):
        config(f"{KEY}.ignore_label=255", f"{KEY}.num_labels=256")


def test_pixels_without_a_label_are_not_counted():
    few = (f"{KEY}.num_labels=4", f"{KEY}.foreground_labels=[2]")
    ignoring = config(f"{KEY}.ignore_label=255", *few)
    counted = STREET.statistics(ignoring)
    planes = np.array([[4, 4, 4], [4, 2, 0], [2, 2, 4]], np.uint8)
    counted.add(DrawnFrame(None, planes[..., None]))
    assert counted.counts() == (1, 0, 3, 0)
    fractions = (0.25, 0, 0.75, 0)
    assert counted.scalars() == {"max_label": 2, "label_fractions": fractions}


def test_a_run_reads_sources_as_its_records_were_made():
    prepared = manifest(label_map=[[9, 2], [3, 0]], ignore_label=255, num_labels=35)
    street = STREET.resolve(config(), prepared).conditioning.street
    assert (street.label_map, street.ignore_label) == (((9, 2), (3, 0)), 255)
    own = config(f"{KEY}.label_map=[[8, 2]]", f"{KEY}.ignore_label=77")
    assert STREET.resolve(own, prepared) == own
    assert STREET.resolve(config(), manifest()) == config()


def test_records_with_pixels_without_a_label_need_the_option():
    prepared = manifest(ignore_label=255, num_labels=35)
    for changes in ((), (f"{KEY}.ignore_label=255", f"{KEY}.num_labels=36")):
        with pytest.raises(InputError, match="street.ignore_label=255"):
            STREET.check_records(prepared, config(*changes), Path("records"))
    STREET.check_records(prepared, config(f"{KEY}.ignore_label=7"), Path("records"))


def doubts(statistics: dict, *changes: str) -> list[str]:
    return list(STREET.doubts(statistics, config(*changes)))


def test_ids_that_look_like_train_ids_are_doubted():
    first, second = doubts(histogram(0, 10, 13))
    assert "below 19 (0, 10, 13)" in first and "--label-map cityscapes-train" in first
    assert "no frame shows a foreground label, 26 (car)" in second
    assert len(doubts(histogram(0, 13), "generator.use_foreground=false")) == 1


def test_a_model_with_a_foreground_branch_needs_foreground():
    assert doubts(histogram(7, 23, 26)) == []
    (doubt,) = doubts(histogram(7, 23, 24))
    assert "there are 7, 23, 24" in doubt and "use_foreground=false" in doubt
    assert doubts(histogram(7, 23), "generator.use_foreground=false") == []


def test_nothing_is_doubted_of_other_palettes_and_of_nothing():
    no_branch = "generator.use_foreground=false"
    other = (f"{KEY}.palette=generic", f"{KEY}.num_labels=19")
    for change in other:
        assert doubts(histogram(0, 10, 13), change, no_branch) == []
    assert doubts({"label_histogram": ()}) == []
    assert doubts({}) == []


def test_every_task_doubts_nothing_by_default():
    depth = TASKS.get("depth")
    assert list(depth.doubts({}, load_config("depth_256"))) == []
