"""Display matrices: turned and mirrored as FFmpeg itself shows a file."""

from __future__ import annotations

import io
import subprocess

import imageio_ffmpeg
import numpy as np
import pytest
from PIL import Image

from v2v_tf.data.sources.video_decoding import decode
from v2v_tf.data.sources.video_display import turned

ONE = 1 << 16


@pytest.mark.parametrize(
    "turn",
    [
        "-display_hflip",
        "-display_vflip",
        "-display_rotation 90",
        "-display_rotation 180",
        "-display_rotation 270 -display_hflip",
    ],
)
def test_frames_come_as_ffmpeg_shows_them(tmp_path, write_video, turn):
    ffmpeg = (imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error")
    stored, path = write_video(tmp_path / "s.mp4", 3), tmp_path / "t.mp4"
    subprocess.run(
        [*ffmpeg, *turn.split(), "-i", stored, "-c", "copy", path], check=True
    )
    last = ("-frames:v", "1", "-f", "image2pipe", "-c:v", "png", "-")
    shown = subprocess.run(
        [*ffmpeg, "-i", path, *last], check=True, capture_output=True
    )
    expected = np.array(Image.open(io.BytesIO(shown.stdout)).convert("RGB"))
    frame = next(decode(path))
    image = frame.pixels()
    assert image.shape == expected.shape and image.flags.c_contiguous
    assert np.abs(image.astype(int) - expected).mean() < 2
    assert np.abs(frame.pixels(stored=True).mean() - expected.mean()) < 2


def test_a_matrix_moves_each_pixel_where_it_says():
    image = np.arange(6).reshape(2, 3, 1)
    mirrored = turned(image, np.array([-ONE, 0, 0, 0, ONE, 0, 0, 0, 1 << 30]))
    assert mirrored[..., 0].tolist() == [[2, 1, 0], [5, 4, 3]]
    clockwise = turned(image, np.array([0, ONE, 0, -ONE, 0, 0, 0, 0, 1 << 30]))
    assert clockwise[..., 0].tolist() == [[3, 0], [4, 1], [5, 2]]
