"""Edges of raw videos written as edge maps, to be edited."""

from __future__ import annotations

import json

import numpy as np
import pytest

from v2v_tf.cli.main import main
from v2v_tf.config import load_config
from v2v_tf.data.input.stream import draw_pictures, find_sequence
from v2v_tf.detection.detector import DetectorOptions
from v2v_tf.errors import InputError
from v2v_tf.storage.maps import read_map
from v2v_tf.tasks.edges.detector import CannyEdges
from v2v_tf.tasks.files import read_rgb
from v2v_tf.tasks.images import resize_rgb
from v2v_tf.visualization.video import read_video, write_video


def scene(shift: int) -> np.ndarray:
    """Returns a bright block on a dark ground, uint8 [64, 96, 3]."""
    frame = np.full((64, 96, 3), 30, np.uint8)
    frame[12 + shift : 40, 20 + 2 * shift : 70] = (200, 180, 60)
    return frame


@pytest.fixture
def annotated(tmp_path):
    write_video(tmp_path / "block.mp4", [scene(t) for t in range(5)], 10)
    source = ("--source", str(tmp_path / "block.mp4"))
    output = ("--output", str(tmp_path / "out"))
    assert main(["annotate", "--task", "edges", *source, *output]) == 0
    return tmp_path / "out"


def test_edge_maps_are_those_that_the_task_draws(annotated):
    canny = load_config("video_edges", ("data.resize.load_size=96",))
    given = load_config("video_edges", ("conditioning.edges.source=given",))
    given_same = load_config(
        "video_edges",
        ("conditioning.edges.source=given", "data.resize.load_size=96"),
    )
    drawn = list(draw_pictures(find_sequence(annotated, canny, None), canny))
    read = list(draw_pictures(find_sequence(annotated, given_same, None), given_same))
    assert len(drawn) == len(read) == 5
    for one, other in zip(drawn, read, strict=True):
        assert one.drawn.planes.max() == 255
        np.testing.assert_array_equal(one.drawn.planes, other.drawn.planes)
        np.testing.assert_array_equal(one.drawn.frame, other.drawn.frame)
    # At another size edges that are given are resized, grey levels and all.
    resized = next(draw_pictures(find_sequence(annotated, given, None), given))
    assert len(np.unique(resized.drawn.planes)) > 2


def test_an_edited_edge_map_is_what_is_read(annotated):
    from v2v_tf.storage.maps import write_map

    path = annotated / "train_edges/block/000002.png"
    edges = read_map(path)
    assert edges.shape == (64, 96) and set(np.unique(edges)) == {0, 255}
    edges[:] = 0
    edges[50:53] = 255
    write_map(path, edges)
    options = ("conditioning.edges.source=given", "data.resize.load_size=96")
    given = load_config("video_edges", options)
    third = list(draw_pictures(find_sequence(annotated, given, None), given))[2]
    np.testing.assert_array_equal(third.drawn.planes[..., 0], edges)


def test_what_found_them_and_a_preview_lie_beside(annotated):
    said = json.loads((annotated / "annotations.json").read_text())
    assert (said["detector"], said["networks"]) == ("canny-edges", [])
    assert said["smooth"] == "off"
    preview = read_video(annotated / "previews/block.mp4")
    assert len(preview) == 5


def test_options_of_the_task_are_those_of_the_detector():
    options = ("task=edges", "conditioning.edges.low_threshold=900")
    more = ("conditioning.edges.high_threshold=1000",)
    config = load_config(None, (*options, *more))
    assert CannyEdges().detect(scene(1))[0].value.any()
    (blind,) = CannyEdges(DetectorOptions(config=config)).detect(scene(1))
    # An empty map is a map too: `prepare` says where there are too many of them.
    assert not blind.value.any() and blind.box == (0.0, 0.0, 96.0, 64.0)
    wrong = load_config(None, options)
    with pytest.raises(InputError, match="low_threshold <= high_threshold"):
        CannyEdges(DetectorOptions(config=wrong))


def test_networks_and_medians_are_refused(tmp_path):
    with pytest.raises(InputError, match="--network hed.h5: canny-edges runs no"):
        CannyEdges(DetectorOptions(network="hed.h5"))
    write_video(tmp_path / "v.mp4", [scene(0)] * 3, 10)
    arguments = ["--source", str(tmp_path / "v.mp4"), "--output", str(tmp_path / "o")]
    assert main(["annotate", "--task", "edges", "--smooth", "3", *arguments]) == 2
    assert not (tmp_path / "o").exists()


@pytest.mark.reference
def test_a_real_frame_has_the_edges_of_its_size(reference):
    frame = read_rgb(reference / "data/face/train_img/clip/00000.jpg")
    frame = resize_rgb(frame, (180, 243))
    (found,) = CannyEdges().detect(frame)
    assert found.value.shape == (180, 243)
    assert 0.01 < (found.value > 0).mean() < 0.2
