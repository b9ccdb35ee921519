"""Labels that training never showed."""

import numpy as np

from v2v_tf.config import load_config
from v2v_tf.inference.label_watch import LabelWatch

TOY = load_config("toy_street")


def _planes(*labels: int) -> np.ndarray:
    return np.uint8(labels).reshape(1, -1, 1)


def test_each_new_label_is_warned_of_once_by_name(caplog):
    watch = LabelWatch(TOY, (0, 1, 4))
    assert watch.look(_planes(0, 4, 1), "frame 3") == []
    assert caplog.text == ""
    assert watch.look(_planes(7, 0, 2), "frame 5") == [2, 7]
    assert "frame 5 shows label 2 (" in caplog.text
    assert "label 7 (person), which no clip shows" in caplog.text
    assert watch.look(_planes(7, 3), "frame 6") == [3]


def test_pixels_without_a_label_are_none():
    # Eight labels; the id after them is that of what nobody labelled.
    assert LabelWatch(TOY, (0,)).look(_planes(0, 8), "a frame") == []


def test_nothing_is_said_where_nobody_knows():
    assert LabelWatch(TOY, None).look(_planes(5), "a frame") == []
    edges = load_config("test/video_edges")
    assert LabelWatch(edges, (0,)).look(_planes(255), "a frame") == []
