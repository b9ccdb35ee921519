"""The task `depth`: its files, options, statistics, and the range of its depths."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from PIL import Image

from v2v_tf import config as configuration
from v2v_tf.errors import InputError
from v2v_tf.tasks.base import DrawnFrame
from v2v_tf.tasks.depth.task import TASK, DepthStatistics, read_depth


def load(*overrides: str) -> configuration.Config:
    return configuration.load_config("test/depth_256", overrides)


def frame(*depths: int) -> DrawnFrame:
    return DrawnFrame(None, np.array(depths, np.uint16)[None, :, None])


# Files


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_depth_maps_are_read_as_they_are_stored(tmp_path, dtype):
    depth = np.array([[0, 7, 200], [255, 1, 3]], dtype)
    if dtype == np.uint16:
        depth[1, 2] = 65535
    assert cv2.imwrite(str(tmp_path / "d.png"), depth)
    found = read_depth(tmp_path / "d.png")
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, depth)


def _write(folder: Path, mode: str) -> Path:
    path = folder / "depth.png"
    Image.new(mode, (6, 4)).save(path)
    return path


@pytest.mark.parametrize(
    ("mode", "kind"),
    [
        ("RGB", "8 bits, RGB"),
        ("RGBA", "8 bits, RGBA"),
        ("LA", "8 bits, grey and alpha"),
        ("P", "bits, palette"),
        ("1", "1 bits, grey"),
    ],
)
def test_other_pngs_are_named(tmp_path, mode, kind):
    path = _write(tmp_path, mode)
    message = f"depth.png: expected a depth map, a PNG of one channel.*{kind}"
    with pytest.raises(InputError, match=message):
        read_depth(path)


def test_sixteen_bits_of_colour_are_named(tmp_path):
    assert cv2.imwrite(str(tmp_path / "d.png"), np.zeros((4, 6, 3), np.uint16))
    with pytest.raises(InputError, match="16 bits, RGB: store one depth a pixel"):
        read_depth(tmp_path / "d.png")


@pytest.mark.parametrize("name", ["d.exr", "d.png", "d.tiff"])
@pytest.mark.parametrize("content", [b"v/1\x01\x02\x00\x00\x00 float", b"", b"\x89PNG"])
def test_other_files_are_named(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=f"{name}: expected.*another kind of file"):
        read_depth(tmp_path / name)


def test_broken_pngs_are_named(tmp_path):
    data = cv2.imencode(".png", np.arange(6400, dtype=np.uint16).reshape(80, 80))[1]
    (tmp_path / "d.png").write_bytes(data.tobytes()[:500])
    with pytest.raises(InputError, match=r"d.png: not a readable depth map \("):
        read_depth(tmp_path / "d.png")
    with pytest.raises(InputError, match="no.png: cannot be read"):
        read_depth(tmp_path / "no.png")


def test_float_files_are_listed_so_that_they_are_refused():
    depth, frames = TASK.files(load())
    assert (depth.folder, depth.field, frames.folder) == ("depth", "depth", "img")
    assert {".png", ".exr", ".pfm", ".npy", ".tiff"} <= depth.suffixes
    assert frames.other_folder == "B"


# Options


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (("scaling=range", "near=500", "far=500"), "near < far.*got 500 and 500"),
        (("scaling=range", "near=700", "far=500"), "near < far.*got 700 and 500"),
        (("scaling=range", "near=-1"), "0 <= near < far.*got -1 and"),
        (("scaling=range", "inverse=true"), "near must be above 0"),
        (("low=99",), "low < high.*got 99 and 99"),
        (("low=-0.1",), "0 <= low"),
        (("high=100.1",), "high <= 100"),
        (("low=1.25",), "steps of 0.1, got 1.25"),
        (("missing=-2",), "missing must be -1 .*got -2"),
        (("missing=65536",), "got 65536"),
        (("scaling=log",), "one of range, percentile"),
    ],
)
def test_bad_options_are_named(overrides, message):
    with pytest.raises(InputError, match=message):
        load(*(f"conditioning.depth.{override}" for override in overrides))


def test_options_that_can_be():
    load("conditioning.depth.scaling=range", "conditioning.depth.far=90.5")
    load("conditioning.depth.inverse=true", "conditioning.depth.low=0.1")
    load("conditioning.depth.missing=65535", "conditioning.depth.high=99.9")


# Statistics


def test_statistics_leave_missing_depths_out():
    statistics = DepthStatistics(missing=0)
    statistics.add(frame(0, 0, 0, 700))
    statistics.add(frame(0, 900, 650, 700))
    assert statistics.scalars() == {"depth_spread": 250, "missing_depth": 0.5}
    counts = np.array(statistics.counts())
    assert counts.size == 65536
    assert {i: int(counts[i]) for i in np.flatnonzero(counts)} == {
        650: 1,
        700: 2,
        900: 1,
    }


def test_statistics_where_nothing_is_missing():
    statistics = DepthStatistics(missing=-1)
    statistics.add(frame(0, 65535))
    assert statistics.scalars() == {"depth_spread": 65535, "missing_depth": 0.0}


@pytest.mark.parametrize("depths", [(0, 0), (5, 5), (0, 5)])
def test_a_clip_without_two_depths_breaks_the_rule(depths):
    statistics = DepthStatistics(missing=0)
    statistics.add(frame(*depths))
    (rule,) = TASK.rules(load())
    assert rule.feature in statistics.scalars()
    assert not rule.holds(statistics.scalars()[rule.feature])
    assert rule.holds(1)
    assert "the same everywhere, or missing" in rule.reason


def test_scalars_are_what_is_declared():
    found = DepthStatistics(missing=0).scalars()
    assert set(found) == {scalar.name for scalar in TASK.scalars}
    for scalar in TASK.scalars:
        assert isinstance(found[scalar.name], scalar.kind)


# The range


def _counts(**depths: int) -> tuple[int, ...]:
    counts = np.zeros(65536, np.int64)
    for name, count in depths.items():
        counts[int(name[1:])] = count
    return tuple(counts.tolist())


def manifest(**depths: int) -> SimpleNamespace:
    return SimpleNamespace(statistics=TASK.summarize(_counts(**depths)))


def test_percentiles_are_depths_that_came():
    # Of 1000 depths 10 are 30, 980 are 400, 10 are 6000.
    (table,) = manifest(d30=10, d400=980, d6000=10).statistics.values()
    assert len(table) == 1001
    assert [table[i] for i in (0, 10, 11, 500, 990, 991, 1000)] == [
        *(30, 30, 400, 400, 400, 6000, 6000)
    ]


def test_nothing_counted_is_no_table():
    assert TASK.summarize(()) == {}
    assert TASK.summarize(_counts()) == {}


def test_training_takes_the_range_from_the_percentiles():
    config = load("conditioning.depth.low=1", "conditioning.depth.high=99.1")
    found = TASK.resolve(config, manifest(d30=10, d400=980, d6000=10))
    depth = found.conditioning.depth
    assert (depth.scaling, depth.near, depth.far) == ("range", 30.0, 6000.0)
    assert (depth.low, depth.high) == (1.0, 99.1)
    rest = dataclasses.replace(found, conditioning=config.conditioning)
    assert rest == config
    # What a run holds is fixed, whatever records come later.
    assert TASK.resolve(found, manifest(d7=5, d8=5)) is found
    assert TASK.resolve(found, SimpleNamespace(statistics={})) is found


def test_a_resolved_configuration_reads_back(tmp_path):
    found = TASK.resolve(load(), manifest(d31=10, d4001=980))
    (tmp_path / "c.yaml").write_text(configuration.to_yaml(found), encoding="utf-8")
    assert configuration.load_config(tmp_path / "c.yaml") == found


def test_percentiles_that_give_no_range_are_named():
    with pytest.raises(InputError, match="1 and 99 .* are 400 and 400, between"):
        TASK.resolve(load(), manifest(d30=9, d400=982, d6000=9))
    inverse = load("conditioning.depth.inverse=true", "conditioning.depth.missing=-1")
    with pytest.raises(InputError, match="0 and 400.*inversely: set .*=range"):
        TASK.resolve(inverse, manifest(d0=30, d400=970))
    with pytest.raises(InputError, match="hold no percentiles of depths: prepare"):
        TASK.resolve(load(), SimpleNamespace(statistics={}))
