"""Frames that are drawn edges, told from photographs."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from v2v_tf.config import TASKS, load_config
from v2v_tf.tasks.base import DrawnFrame, RawFrame
from v2v_tf.tasks.edges.drawn_frames import is_drawing
from v2v_tf.tasks.images import resize_rgb

CONFIG = load_config("video_edges")
EDGES = TASKS.get("edges")


def drawing(ground: int = 0, line: int = 255) -> np.ndarray:
    page = np.full((96, 128, 3), ground, np.uint8)
    cv2.circle(page, (60, 40), 25, (line, line, line), 1)
    cv2.line(page, (5, 90), (120, 70), (line, line, line), 1)
    return page


def photograph() -> np.ndarray:
    ramp = np.linspace(0, 255, 96 * 128).reshape(96, 128, 1)
    return np.repeat(ramp, 3, axis=-1).astype(np.uint8)


@pytest.mark.parametrize(("ground", "line"), [(0, 255), (255, 0), (250, 90), (8, 200)])
def test_lines_on_one_ground_are_a_drawing(ground, line):
    page = drawing(ground, line)
    assert is_drawing(page)
    assert is_drawing(resize_rgb(page, (48, 64)))
    encoded = cv2.imencode(".jpg", page)[1]
    assert is_drawing(cv2.imdecode(encoded, cv2.IMREAD_COLOR))


def test_photographs_coloured_lines_and_empty_pages_are_none():
    coloured = drawing()
    coloured[..., 2] = 0
    for frame in (photograph(), coloured, drawing(0, 0), drawing(255, 255)):
        assert not is_drawing(frame)


def test_most_frames_must_look_so():
    gathered = EDGES.statistics(CONFIG)
    for frame in (drawing(), drawing(255, 0), photograph()):
        # Made so small that the lines of a drawing are a grey haze.
        small = resize_rgb(frame, (12, 16))
        gathered.add(DrawnFrame(small, np.zeros((12, 16, 1), np.uint8)))
        gathered.add_source(RawFrame(frame), (96, 128))
    assert gathered.counts() == (2, 3)
    (doubt,) = EDGES.doubts(EDGES.summarize((2, 3)), CONFIG)
    assert "2 of 3 frames" in doubt and "conditioning.edges.source=given" in doubt
    assert list(EDGES.doubts(EDGES.summarize((2, 4)), CONFIG)) == []
    assert list(EDGES.doubts(EDGES.summarize(()), CONFIG)) == []
