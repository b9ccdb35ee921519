"""Edge maps as conditions, in place of edges that are found."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from v2v_tf.config import TASKS, load_config
from v2v_tf.data.input.stream import draw_pictures, find_sequence
from v2v_tf.data.prepare.prepare import prepare
from v2v_tf.data.sources.finding import list_sequences
from v2v_tf.errors import InputError
from v2v_tf.tasks import registry
from v2v_tf.tasks.base import RawFrame

GIVEN = load_config("test/video_edges", ("conditioning.edges.source=given",))


def _write(root, folder, num_frames=3, size=(64, 96), shift=0):
    for t in range(num_frames):
        page = np.zeros((*size, 3), np.uint8)
        page[10 + t + shift, 20:60] = 200
        path = root / folder / "clip" / f"{t:04d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), page)


@pytest.mark.parametrize("folder", ["train_edges", "train_A", "test_edges"])
def test_edge_maps_alone_are_conditions(tmp_path, folder):
    _write(tmp_path, folder)
    pictures = list(draw_pictures(find_sequence(tmp_path, GIVEN, None), GIVEN))
    assert len(pictures) == 3
    planes = pictures[1].drawn.planes
    assert pictures[1].drawn.frame is None and planes.shape[-1] == 1
    rows = np.nonzero(planes[..., 0].sum(axis=1))[0]
    assert rows.mean() == pytest.approx(11.5 * planes.shape[0] / 64 - 0.5, abs=0.6)
    assert planes.max() > 60


def test_a_folder_of_edge_maps_is_a_source(tmp_path):
    _write(tmp_path, "maps")
    (sequence,) = list_sequences(tmp_path / "maps/clip", GIVEN, need_frames=False)
    assert sequence.count_frames() == 3


def test_grey_levels_are_the_plane():
    task = registry.create(
        load_config(
            "test/video_edges",
            ("conditioning.edges.source=given", "data.resize.load_size=64"),
        )
    )
    edges = np.tile(np.arange(64, dtype=np.uint8), (64, 1))
    raw = RawFrame(edge_map=edges)
    drawn = task.draw(raw, task.plan(raw))
    np.testing.assert_array_equal(drawn.planes[..., 0], edges)
    channel = task.encode(drawn.planes, None).numpy()
    np.testing.assert_allclose(channel[0, :, 0], np.arange(64) / 255, rtol=1e-6)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "needs `edge_map`"),
        ({"edge_map": np.zeros((64, 96, 3), np.uint8)}, "edge_map must be uint8"),
        ({"edge_map": np.zeros((64, 96), np.float32)}, "got float32"),
        ({"edge_map": np.zeros((64, 95), np.uint8)}, "edge_map must be 96x64"),
        (
            {
                "edge_map": np.zeros((64, 96), np.uint8),
                "image": np.zeros((63, 96, 3), np.uint8),
            },
            "image must be 96x64",
        ),
    ],
)
def test_what_is_no_edge_map_is_named(values, words):
    task = registry.create(GIVEN)
    geometry = task.plan(RawFrame(edge_map=np.zeros((64, 96), np.uint8)))
    with pytest.raises(InputError, match=words):
        task.draw(RawFrame(**values), geometry)


def test_training_needs_the_frames_too(tmp_path):
    _write(tmp_path, "train_edges")
    with pytest.raises(InputError, match="needs the folder .*train_img"):
        list_sequences(tmp_path, GIVEN)
    _write(tmp_path, "train_img", shift=20)
    (sequence,) = list_sequences(tmp_path, GIVEN)
    assert sequence.contents().runs == (range(3),)


def test_frames_without_edge_maps_say_where_these_belong(tmp_path):
    _write(tmp_path, "train_img")
    words = "needs the folder .*train_edges: put the edge maps there, or .*=canny"
    with pytest.raises(InputError, match=words):
        list_sequences(tmp_path, GIVEN)


def test_videos_hold_no_edge_maps(tmp_path):
    (tmp_path / "a.mp4").write_bytes(b"no matter")
    with pytest.raises(InputError, match="source=canny"):
        list_sequences(tmp_path / "a.mp4", GIVEN)
    assert not TASKS.get("edges").takes_videos(GIVEN)


def test_drawn_frames_are_doubted_and_the_record_keeps_given_edges(tmp_path):
    _write(tmp_path / "source", "train_img")
    still = ("data.min_flow=-1", "data.max_black_fraction=2", "data.min_frames=3")
    canny = load_config("test/video_edges", still)
    (doubt,) = prepare(tmp_path / "source", tmp_path / "a", canny).doubts
    assert "3 of 3 frames look like drawn edges" in doubt
    _write(tmp_path / "source", "train_edges")
    given = load_config("test/video_edges", (*still, "conditioning.edges.source=given"))
    summary = prepare(tmp_path / "source", tmp_path / "b", given)
    assert summary.doubts == () and summary.num_frames == {"train": 3}


def test_drawn_frames_are_doubted_also_where_a_rule_refuses_them(tmp_path):
    _write(tmp_path / "source", "train_img")
    config = load_config("test/video_edges", ("data.min_flow=-1",))
    summary = prepare(tmp_path / "source", tmp_path / "out", config)
    assert [bad.reason[:14] for bad in summary.bad] == ["black_fraction"]
    assert len(summary.doubts) == 1 and not summary.accepted
