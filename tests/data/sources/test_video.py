"""Video files, read from front to back."""

from __future__ import annotations

import shutil

import cv2
import numpy as np
import pytest

from v2v_tf.data.sources.base import EndOfSequenceError
from v2v_tf.data.sources.finding import list_sequences
from v2v_tf.errors import InputError


def test_videos_are_read_forward_and_counted_by_decoding(
    tmp_path, write_video, make_config
):
    write_video(tmp_path / "clips/b.mp4", 7)
    write_video(tmp_path / "clips/a.mp4", 4)
    config = make_config("edges")
    sequences = list(list_sequences(tmp_path / "clips", config))
    assert [(s.name, s.count_frames()) for s in sequences] == [("a", 4), ("b", 7)]
    with sequences[1].open() as reader:
        second, sixth = reader.read(1).raw.image, reader.read(5).raw.image
        again = reader.read(1).raw.image
        with pytest.raises(EndOfSequenceError, match=r"b\.mp4: frame 7 is not there"):
            reader.read(7)
    np.testing.assert_array_equal(second, again)
    capture = cv2.VideoCapture(str(tmp_path / "clips/b.mp4"))
    images = [capture.read()[1][..., ::-1] for _ in range(7)]
    np.testing.assert_array_equal(second, images[1])
    np.testing.assert_array_equal(sixth, images[5])
    (single,) = list_sequences(tmp_path / "clips/a.mp4", config)
    assert single.name == "a"


def test_videos_of_one_stem_keep_their_suffix(tmp_path, write_video, make_config):
    video = write_video(tmp_path / "a.mp4", 2)
    shutil.copy(video, tmp_path / "a.avi")
    names = [s.name for s in list_sequences(tmp_path, make_config("edges"))]
    assert names == ["a.avi", "a.mp4"]
    shutil.copy(video, tmp_path / "a.mp4.avi")
    shutil.copy(video, tmp_path / "b.mp4")
    names = [s.name for s in list_sequences(tmp_path, make_config("edges"))]
    assert names == ["a.avi", "a.mp4", "a.mp4.avi", "b"]


def _write_pictures(folder, names):
    for name in names:
        cv2.imwrite(str(folder / name), np.full((32, 48, 3), 7, np.uint8))


def test_few_pictures_beside_videos_are_left_out_by_name(
    tmp_path, write_video, make_config, caplog
):
    write_video(tmp_path / "a.mp4", 4)
    _write_pictures(tmp_path, ["cover.jpg", "f1.png"])
    (sequence,) = list_sequences(tmp_path, make_config("edges"))
    assert (sequence.name, sequence.count_frames()) == ("a", 4)
    assert "left out cover.jpg, f1.png, no videos" in caplog.text


def test_videos_beside_frames_are_left_out_by_name(
    tmp_path, write_video, make_config, caplog
):
    write_video(tmp_path / "video.mp4", 2)
    _write_pictures(tmp_path, [f"f{t}.png" for t in range(6)])
    (sequence,) = list_sequences(tmp_path, make_config("edges"))
    assert (sequence.name, sequence.count_frames()) == (tmp_path.name, 6)
    assert "its 6 pictures are taken as the frames of one" in caplog.text
    assert "left out video.mp4" in caplog.text
    # As many stills as videos are one of each.
    for t in range(6):
        write_video(tmp_path / f"f{t}.mp4", 2)
    assert len(list(list_sequences(tmp_path, make_config("edges")))) == 7


def test_a_zero_byte_video_is_refused(tmp_path, make_config):
    (tmp_path / "a.mp4").write_bytes(b"")
    (sequence,) = list_sequences(tmp_path, make_config("edges"))
    with pytest.raises(InputError, match=r"a\.mp4: not a readable video \(0 bytes\)"):
        sequence.count_frames()
