"""Soft edges: edge maps of all grey levels."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from v2v_tf.config import TASKS, load_config
from v2v_tf.data.prepare.prepare import prepare
from v2v_tf.data.sources.finding import list_sequences
from v2v_tf.errors import InputError
from v2v_tf.tasks import registry
from v2v_tf.tasks.base import DrawnFrame, RawFrame

CONFIG = load_config("test/softedge_256", ("data.min_frames=3",))
SOFT = TASKS.get("softedge")


def _write(root, folder, level=200, num_frames=4):
    """Writes frames with noise, or edge maps with a ramp that ends at `level`."""
    for t in range(num_frames):
        page = np.zeros((64, 96), np.uint8)
        page[10 + 2 * t : 20 + 2 * t, 20:60] = np.linspace(0, level, 40)
        if folder == "train_img":
            noise = np.random.default_rng(3).integers(0, 200, (64, 96, 3))
            page = np.roll(noise, t, axis=1).astype(np.uint8)
        path = root / folder / "clip" / f"{t:04d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), page)


def test_grey_levels_are_the_plane_and_become_0_to_1():
    task = registry.create(load_config("softedge_256", ("data.resize.load_size=64",)))
    edges = np.tile(4 * np.arange(64, dtype=np.uint8), (64, 1))
    raw = RawFrame(edge_map=edges)
    drawn = task.draw(raw, task.plan(raw))
    assert drawn.frame is None and drawn.planes.dtype == np.uint8
    np.testing.assert_array_equal(drawn.planes[..., 0], edges)
    channel = task.encode(drawn.planes, None).numpy()
    np.testing.assert_allclose(channel[5, :, 0], 4 * np.arange(64) / 255, rtol=1e-6)
    assert task.resizing() == ("smooth",)


def test_they_are_resized_smoothly():
    task = registry.create(load_config("softedge_256", ("data.resize.load_size=64",)))
    edges = np.zeros((128, 128), np.uint8)
    edges[:, 70] = 240  # a line of one pixel, half of one where two become one
    raw = RawFrame(edge_map=edges)
    plane = task.draw(raw, task.plan(raw)).planes[..., 0]
    assert plane.shape == (64, 64)
    np.testing.assert_array_equal(np.unique(plane[:, 35]), [120])
    assert not np.delete(plane, 35, axis=1).any()


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "task softedge needs `edge_map`"),
        ({"edge_map": np.zeros((64, 96, 3), np.uint8)}, "edge_map must be uint8"),
        ({"edge_map": np.zeros((64, 96), np.uint16)}, "got uint16"),
        ({"edge_map": np.zeros((64, 95), np.uint8)}, "edge_map must be 96x64"),
    ],
)
def test_what_is_no_edge_map_is_named(values, words):
    task = registry.create(CONFIG)
    geometry = task.plan(RawFrame(edge_map=np.zeros((64, 96), np.uint8)))
    with pytest.raises(InputError, match=words):
        task.draw(RawFrame(**values), geometry)


@pytest.mark.parametrize("folder", ["train_softedge", "train_A"])
def test_its_folders_are_edge_maps_and_frames(tmp_path, folder):
    _write(tmp_path, "train_img")
    with pytest.raises(InputError, match="train_softedge: put the edge .* annotate"):
        list_sequences(tmp_path, CONFIG)
    _write(tmp_path, folder)
    (sequence,) = list_sequences(tmp_path, CONFIG)
    assert sequence.count_frames() == 4
    with sequence.open() as reader:
        raw = reader.read(1).raw
    assert raw.get("edge_map").max() == 200 and raw.image.shape == (64, 96, 3)


def test_records_hold_it_and_faint_edges_are_noted(tmp_path):
    options = ("data.min_flow=-1", "data.max_black_fraction=2", "data.min_frames=3")
    config = load_config("test/softedge_256", options)
    for name, level, noted in (("sure", 200, 0), ("faint", 60, 1)):
        _write(tmp_path / name, "train_img")
        _write(tmp_path / name, "train_softedge", level)
        summary = prepare(tmp_path / name, tmp_path / f"{name}_data", config)
        assert summary.num_frames == {"train": 4}
        assert len(summary.bad) == noted, name
        for note in summary.bad:
            assert note.path.endswith("train_softedge/clip/0000.png")
            assert "(nearly) empty, in half of its frames or more" in note.reason


def test_pictures_are_grey_and_files_too():
    planes = np.array([[[[0], [77], [255]]]], np.uint8)
    picture = SOFT.picture(planes, CONFIG)
    assert picture.shape == (1, 1, 3, 3)
    np.testing.assert_array_equal(picture[0, 0, :, 2], [0, 77, 255])
    form = SOFT.found_pictures(CONFIG)
    assert (form.folder, form.smoothing, form.can_smooth) == ("softedge", 1, True)
    np.testing.assert_array_equal(form.paint(planes[0, ..., 0]), picture[0])


def test_what_is_shown_is_above_a_quarter():
    plane = np.array([[[63], [64], [255]]], np.uint8)
    shown = SOFT.is_shown(DrawnFrame(None, plane))
    np.testing.assert_array_equal(shown, [[False, True, True]])
