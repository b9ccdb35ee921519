"""Files whose end is missing, by their container alone."""

from __future__ import annotations

import subprocess
from pathlib import Path

import imageio_ffmpeg
import pytest

from v2v_tf.data.sources.video_contents import video_contents
from v2v_tf.data.sources.video_ending import breaks_off

WAYS = {
    "v.ogv": ("-c:v", "libtheora", "-q:v", "9", "-g", "5"),
    "v.mp4": ("-c:v", "libx264", "-g", "5", "-movflags", "frag_keyframe+empty_moov"),
}


@pytest.mark.parametrize("name", WAYS)
def test_a_file_without_its_end_breaks_off(tmp_path, write_video, name):
    source, path = write_video(tmp_path / "source.mp4", 30), tmp_path / name
    ffmpeg = (imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", source)
    subprocess.run([*ffmpeg, *WAYS[name], path], check=True)
    assert not breaks_off(path) and video_contents(path, "v").problems == ()
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 3 // 5])
    assert breaks_off(path)
    (problem,) = video_contents(path, "v").problems[-1:]
    assert problem.reason.startswith("the file breaks off") and not problem.num_frames


def test_other_files_are_not_judged(tmp_path, write_video):
    assert not breaks_off(write_video(tmp_path / "v.mp4", 4))
    other: Path = tmp_path / "v.bin"
    other.write_bytes(b"\x00\x00\x00\x20abcd")
    assert not breaks_off(other)
    trailing = write_video(tmp_path / "w.mp4", 4)
    trailing.write_bytes(trailing.read_bytes() + bytes(20))
    assert not breaks_off(trailing)
