"""Damage, gaps and broken promises of videos that are made and then harmed."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterable
from fractions import Fraction
from pathlib import Path

import av
import cv2
import imageio_ffmpeg
import numpy as np
import pytest

from v2v_tf.data.sources.video_contents import video_contents
from v2v_tf.data.sources.video_decoding import decode
from v2v_tf.data.sources.video_journal import Journal

SIZE = (64, 96)
_HARMED = 48
UNREAD = "the decoder could not read all of this frame"


@pytest.fixture(scope="module")
def images() -> list[np.ndarray]:
    """Frames of a texture that moves."""
    rng = np.random.default_rng(5)
    height, width = SIZE
    small = rng.integers(0, 256, (height // 4, width // 2, 3), np.uint8)
    wide = cv2.resize(small, (2 * width, height), interpolation=cv2.INTER_CUBIC)
    return [np.ascontiguousarray(wide[:, t : t + width]) for t in range(30)]


@pytest.fixture
def write(images) -> Callable[..., Path]:
    """Writes the frames at 25 a second; some can be left out, or held as empty."""

    def make(
        path: Path,
        codec: str,
        pix_fmt: str = "yuv420p",
        without: Iterable[int] = (),
        **options: str,
    ) -> Path:
        # What is written depends on the number of threads, by default the cores'.
        options = {"threads": "2", **options}
        with av.open(str(path), "w") as output:
            stream = output.add_stream(codec, rate=25, options=options)
            stream.height, stream.width = SIZE
            stream.pix_fmt = pix_fmt
            for number, image in enumerate(images):
                if number in set(without):
                    continue
                frame = av.VideoFrame.from_ndarray(image, "rgb24")
                frame.pts, frame.time_base = number, Fraction(1, 25)
                output.mux(stream.encode(frame))
            output.mux(stream.encode(None))
        return path

    return make


def _harm(path: Path, number: int, how: Callable[[bytes], bytes]) -> Path:
    """Changes the bytes of one packet, in its place; returns the file."""
    with av.open(str(path)) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
        data = bytes(packets[number])
    whole = path.read_bytes()
    # Transport streams cut packets into pieces.
    for start in range(len(data) // 3, len(data) - _HARMED):
        part = data[start : start + _HARMED]
        if whole.count(part) == 1:
            path.write_bytes(whole.replace(part, how(part)))
            return path
    raise AssertionError(f"{path}: packet {number} does not lie in it")


def _garble(data: bytes) -> bytes:
    return np.random.default_rng(3).integers(0, 255, len(data), np.uint8).tobytes()


def _flip(data: bytes) -> bytes:
    changed = bytearray(data)
    for place in (len(data) // 3, len(data) // 2, 2 * len(data) // 3):
        changed[place] ^= 0x55
    return bytes(changed)


def _reasons(path: Path) -> list[str]:
    return [problem.reason for problem in video_contents(path, "v").problems]


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts"])
@pytest.mark.parametrize("how", [_garble, _flip])
def test_damage_reaches_up_to_the_next_keyframe(tmp_path, write, suffix, how):
    options = {"g": "8", "bf": "0", "sc_threshold": "0", "crf": "12"}
    path = write(tmp_path / f"v.{suffix}", "libx264", **options)
    assert _reasons(path) == []
    contents = video_contents(_harm(path, 8, how), "v")
    assert contents.num_frames == 30 and contents.damaged == tuple(range(8, 16))
    assert contents.runs == (range(8), range(16, 30))
    (problem,) = contents.problems
    assert problem.clip == "v@000008" and problem.num_frames == 8
    assert problem.reason == f"{UNREAD} and 7 frames after it, up to the next keyframe"


def test_damage_after_the_last_keyframe_reaches_to_the_end(tmp_path, write):
    path = write(tmp_path / "v.avi", "mpeg4", g="24", **{"q:v": "2"})
    contents = video_contents(_harm(path, 24, _garble), "v")
    assert contents.runs == (range(24),)
    assert _reasons(path) == [f"{UNREAD} and 5 frames after it, up to the end"]


@pytest.mark.parametrize(
    ("name", "codec", "pix_fmt", "options"),
    [
        ("v.mkv", "ffv1", "yuv420p", {"level": "3", "slicecrc": "1", "g": "1"}),
        ("v.avi", "mjpeg", "yuvj420p", {"qmin": "2", "qmax": "2"}),
    ],
)
def test_damage_that_the_log_alone_tells_is_heard(
    tmp_path, write, name, codec, pix_fmt, options
):
    path = write(tmp_path / name, codec, pix_fmt, **options)
    assert _reasons(path) == []
    contents = video_contents(_harm(path, 17, _garble), "v")
    assert contents.runs == (range(17), range(18, 30))
    assert [p.reason for p in contents.problems] == [UNREAD]


def test_a_part_that_its_container_gives_up_harms_what_builds_on_it(tmp_path, write):
    whole = write(tmp_path / "v.mkv", "ffv1")
    path = tmp_path / "v.ogv"
    ffmpeg = (imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", whole)
    theora = ("-c:v", "libtheora", "-q:v", "9", "-g", "10")
    subprocess.run([*ffmpeg, *theora, path], check=True)
    assert _reasons(path) == []
    # The page of frames 1 to 9: what is left of it, and of its time, is one frame.
    contents = video_contents(_harm(path, 5, _garble), "v")
    assert contents.runs[0] == range(1) and contents.runs[-1].stop == 21
    assert 1 in contents.gaps and _reasons(path)


def test_a_packet_without_a_frame_cuts(tmp_path, write):
    path = write(tmp_path / "v.mov", "png", "rgb24")
    contents = video_contents(_harm(path, 19, _garble), "v")
    assert contents.num_frames == 29 and contents.runs == (range(19), range(19, 29))
    assert [p.reason.partition(",")[0] for p in contents.problems] == [
        "frames are missing before this one",
        "the file promises 30 frames",
    ]


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
def test_one_frame_that_was_left_out_cuts(tmp_path, write, suffix):
    path = write(tmp_path / f"v.{suffix}", "libx264", without=[12], bf="0")
    contents = video_contents(path, "v")
    assert contents.runs == (range(12), range(12, 29))
    (problem,) = contents.problems
    assert problem.num_frames == 0 and "before this one, at 0.52 s" in problem.reason


def test_frames_that_are_held_are_not_lost(tmp_path, write):
    path = write(tmp_path / "v.avi", "mjpeg", "yuvj420p", without=[12, 13])
    contents = video_contents(path, "v")
    assert contents.num_frames == 28 and not contents.damaged
    assert sum(problem.num_frames or 0 for problem in contents.problems) == 0


def test_a_file_that_is_shorter_than_it_says_is_named(tmp_path, write):
    path = write(tmp_path / "v.mkv", "ffv1", g="1")
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    (problem,) = video_contents(path, "v").problems
    assert (
        "the file says that it lasts 1.20 s, its last frame ends at" in problem.reason
    )
    assert problem.num_frames == 0


def test_frames_that_are_missing_at_the_start_are_named(tmp_path, write):
    path = write(tmp_path / "v.mkv", "libx264", g="7", bf="0", sc_threshold="0")
    with av.open(str(path)) as source, av.open(str(tmp_path / "w.mkv"), "w") as output:
        stream = output.add_stream_from_template(source.streams.video[0])
        for packet in list(source.demux(video=0))[1:]:
            if packet.size:
                packet.stream = stream
                output.mux(packet)
    contents = video_contents(tmp_path / "w.mkv", "v")
    assert contents.num_frames == 23 and contents.runs == (range(23),)
    reasons = [problem.reason for problem in contents.problems]
    assert reasons == [
        "the first 6 frames cannot be decoded: the video begins later, at 0.28 s"
    ]


def test_what_an_edit_list_hides_is_not_promised(tmp_path, write):
    path = write(tmp_path / "v.mp4", "libx264", g="12", bf="2")
    trimmed = tmp_path / "trimmed.mp4"
    ffmpeg = (imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-ss", "0.2")
    subprocess.run([*ffmpeg, "-i", path, "-c", "copy", trimmed], check=True)
    contents = video_contents(trimmed, "v")
    assert contents.num_frames == 25 and contents.problems == ()


def test_a_variable_rate_is_named_and_not_cut(tmp_path, write):
    half = range(15, 30, 2)
    path = write(tmp_path / "v.mp4", "libx264", without=half, bf="0")
    contents = video_contents(path, "v")
    assert contents.runs == (range(22),)
    (problem,) = contents.problems
    assert problem.num_frames == 0
    assert problem.reason.startswith(
        "variable frame rate: frames are shown for 0.040 to 0.080 s; records keep one"
    )


def test_videos_that_are_read_side_by_side_do_not_disturb_each_other(tmp_path, write):
    path = write(tmp_path / "walk.mp4", "libx264", bf="2")
    alone = [frame.order for frame in decode(path, Journal())]
    assert sorted(alone) == list(range(30)) and alone != sorted(alone)
    mine, other = decode(path, Journal()), decode(path, Journal())
    seen = [next(mine).order for _ in range(3)]
    assert [frame.order for frame in other] == alone
    assert seen + [frame.order for frame in mine] == alone
