"""Streamed frames are drawn as `prepare` draws and evaluation crops them."""

from __future__ import annotations

import numpy as np
import pytest

from v2v_tf import config as configuration
from v2v_tf.data.input.dataset import read_clips
from v2v_tf.data.input.stream import draw_frames, find_sequence, stack_frames
from v2v_tf.data.prepare.prepare import prepare
from v2v_tf.errors import InputError
from v2v_tf.tasks.base import DrawnFrame

STREET = ("data.resize.load_size=64", "conditioning.street.num_labels=8")


def drawn_and_read(source, config, tmp_path):
    prepare(source, tmp_path / "records", config)
    clip = next(iter(read_clips(tmp_path / "records", config)))
    frames = list(draw_frames(find_sequence(source, config, None), config))
    return frames, clip


@pytest.mark.parametrize(
    "crop", [(), ("data.resize.crop=square", "data.resize.fine_size=32")]
)
def test_street(write_street, tmp_path, crop):
    source = write_street(tmp_path / "source", {"a": 4}, size=(32, 64))
    config = configuration.load_config("toy_street", (*STREET, *crop))
    frames, clip = drawn_and_read(source, config, tmp_path)
    assert len(frames) == 4
    for index, drawn in enumerate(frames):
        np.testing.assert_array_equal(drawn.planes, clip.conditions[index])
        np.testing.assert_array_equal(drawn.instances, clip.instances[index])
        np.testing.assert_array_equal(drawn.frame, clip.frames[index])
    assert drawn.planes.shape[:2] == ((32, 32) if crop else (32, 64))


def test_pose_keeps_its_central_half(write_pose, tmp_path):
    source = write_pose(tmp_path / "source", 3)
    config = configuration.load_config("test/pose_256")
    frames, clip = drawn_and_read(source, config, tmp_path)
    for index, drawn in enumerate(frames):
        np.testing.assert_array_equal(drawn.planes, clip.conditions[index])


def test_edges_of_a_video(write_video, tmp_path):
    source = write_video(tmp_path / "clip.mp4", 4, size=(64, 96))
    config = configuration.load_config("test/video_edges")
    frames, clip = drawn_and_read(source, config, tmp_path)
    np.testing.assert_array_equal(frames[3].planes, clip.conditions[3])
    np.testing.assert_array_equal(frames[3].frame, clip.frames[3])


def test_which_sequence(write_street, tmp_path):
    source = write_street(tmp_path / "source", {"a": 3, "b": 4})
    config = configuration.load_config("toy_street", STREET)
    assert find_sequence(source, config, "b").count_frames() == 4
    with pytest.raises(InputError, match="several sequences: .* by --sequence: a, b"):
        find_sequence(source, config, None)
    with pytest.raises(InputError, match="no sequence 'c': there are a, b"):
        find_sequence(source, config, "c")


def test_frames_after_a_missing_one_stand_for_no_other_condition():
    def drawn(value, frame=True):
        image = np.full((4, 6, 3), value, np.uint8) if frame else None
        return DrawnFrame(image, np.full((4, 6, 1), value, np.uint8))

    clip = stack_frames([drawn(1), drawn(2), drawn(3, frame=False), drawn(4)], "c")
    assert clip.conditions[:, 0, 0, 0].tolist() == [1, 2, 3, 4]
    assert clip.frames[:, 0, 0, 0].tolist() == [1, 2]
    assert stack_frames([drawn(3, frame=False), drawn(4)]).frames is None
