"""Videos as players show them: upright, square pixels, times, and what is damaged."""

from __future__ import annotations

import gc
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.stream import Disposition

from v2v_tf.data.sources.finding import list_sequences
from v2v_tf.data.sources.video import VideoSequence
from v2v_tf.data.sources.video_file import decode, is_video, video_facts
from v2v_tf.data.sources.video_folder import find_videos
from v2v_tf.errors import InputError
from v2v_tf.visualization.video import write_video

STORED = "data.orientation=stored"


def _frame(t: int) -> np.ndarray:
    image = np.full((32, 48, 3), 40, np.uint8)
    image[4:12, 3 * t : 3 * t + 8] = (220, 30, 30)
    return image


def _write(
    path: Path,
    times: list[float],
    aspect: Fraction | None = None,
    container: str | None = None,
    codec: str = "libx264",
) -> Path:
    """Writes a frame at each time, seconds, by PyAV."""
    with av.open(str(path.absolute()), "w", format=container) as output:
        stream = output.add_stream(codec, rate=10)
        stream.width, stream.height, stream.pix_fmt = 48, 32, "yuv420p"
        stream.codec_context.time_base = stream.time_base = Fraction(1, 1000)
        stream.codec_context.options = {"crf": "10", "bf": "0", "g": "4"}
        if aspect is not None:
            stream.codec_context.sample_aspect_ratio = aspect
        for t, time in enumerate(times):
            frame = av.VideoFrame.from_ndarray(_frame(t), format="rgb24")
            frame.pts, frame.time_base = round(time * 1000), Fraction(1, 1000)
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return path


def _steady(num_frames: int) -> list[float]:
    return [t / 10 for t in range(num_frames)]


def _left(image: np.ndarray) -> int:
    """Returns the first column of the red square."""
    return int(np.flatnonzero((image[8, :, 0] > 150) & (image[8, :, 1] < 90))[0])


def test_frames_come_in_order_with_their_times(tmp_path):
    path = _write(tmp_path / "a.mp4", [0.0, 0.1, 0.25, 0.3])
    frames = list(decode(path))
    assert [round(f.time, 3) for f in frames] == [0.0, 0.1, 0.25, 0.3]
    assert [abs(_left(f.pixels()) - 3 * t) <= 1 for t, f in enumerate(frames)] == [
        True
    ] * 4
    facts = video_facts(path)
    assert facts.num_frames == 4 and not facts.has_audio


def test_pixels_become_square_unless_stored_ones_are_asked_for(tmp_path):
    path = _write(tmp_path / "wide.mp4", _steady(3), aspect=Fraction(4, 3))
    frame = next(decode(path))
    assert frame.pixels().shape == (32, 64, 3)
    assert frame.pixels(stored=True).shape == (32, 48, 3)


def test_any_name_will_do_and_what_is_no_video_is_said(tmp_path, caplog):
    _write(tmp_path / "12:30:45.mp4", _steady(3))
    _write(tmp_path / "clip.strange", _steady(4), container="mpegts")
    (tmp_path / "notes.txt").write_text("no video")
    (tmp_path / "Thumbs.db").write_bytes(b"x")
    found = find_videos(tmp_path)
    assert [path.name for path in found] == ["12:30:45.mp4", "clip.strange"]
    assert "left out notes.txt, no videos" in caplog.text
    assert VideoSequence("x", str(tmp_path / "12:30:45.mp4")).count_frames() == 3
    assert not is_video(tmp_path / "notes.txt")


def test_a_picture_is_no_video(tmp_path):
    from PIL import Image

    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    assert not is_video(tmp_path / "a.png")
    with pytest.raises(InputError, match="not a readable video"):
        list(decode(tmp_path / "none.mp4"))


def test_a_gap_in_time_cuts_the_video_and_is_said(tmp_path):
    times = [0.0, 0.1, 0.2, 0.9, 1.0, 1.1]
    contents = VideoSequence("v", str(_write(tmp_path / "v.mp4", times))).contents()
    assert contents.runs == (range(3), range(3, 6)) and contents.num_frames == 6
    (problem,) = contents.problems
    assert problem.clip == "v@000003" and problem.num_frames == 0
    assert "at 0.90 s" in problem.reason


def test_a_file_that_breaks_off_gives_what_is_whole_and_says_so(tmp_path):
    path = _write(tmp_path / "v.mp4", _steady(40))
    data = path.read_bytes()
    # The index of an MP4 lies at its end; a hole in the middle damages pictures.
    middle = data.index(b"mdat") + 500
    path.write_bytes(data[:middle] + b"\xff" * 400 + data[middle + 400 :])
    contents = VideoSequence("v", str(path)).contents()
    assert 0 < contents.num_frames < 40
    said = [p for p in contents.problems if "promises 40 frames" in p.reason]
    assert said and said[0].num_frames == 40 - contents.num_frames


def test_stored_pixels_follow_the_configuration(tmp_path, make_config):
    _write(tmp_path / "wide.mp4", _steady(3), aspect=Fraction(2, 1))
    for changes, width in (((), 96), ((STORED,), 48)):
        (sequence,) = list_sequences(tmp_path, make_config("edges", *changes))
        with sequence.open() as reader:
            assert reader.read(1).raw.image.shape == (32, width, 3)
            assert reader.read(0).time == 0.0
            assert len(list(reader.frames())) == 3


def test_reference_videos_are_read_as_players_show_them(reference):
    cases = reference / "cases/video"
    if not cases.is_dir():
        pytest.skip("reference data absent: V2V_REFERENCE has no cases/")
    sizes = {
        name: next(decode(cases / name)).pixels().shape[:2]
        for name in ("rot/phone.mp4", "sar/a.mp4")
    }
    # 64x128 stored, turned by a quarter; 128 columns of pixels 16:11 wide.
    assert sizes == {"rot/phone.mp4": (64, 128), "sar/a.mp4": (64, 186)}
    suffixes = {path.suffix for path in find_videos(cases / "suffix")}
    assert suffixes == {".ts", ".flv", ".MTS", ".3gp", ".ogv", ".MP4"}
    (folder,) = [cases / "interlaced/a.avi"]
    problems = VideoSequence("a", str(folder)).contents().problems
    assert [p.reason.partition(":")[0] for p in problems] == ["interlaced"]
    damaged = VideoSequence("d", str(cases / "damaged_mpg/mpeg2.mpg")).contents()
    # No keyframe follows the damaged frame, and its ghosts stay to the end.
    assert damaged.runs == (range(7),) and damaged.damaged == tuple(range(7, 19))


def _write_song(path: Path, times: list[float]) -> Path:
    """Writes sound with the picture of a cover, and frames where times are given."""
    with av.open(str(path), "w", format="mp4") as output:
        cover = output.add_stream("mjpeg", rate=1)
        cover.width, cover.height, cover.pix_fmt = 48, 32, "yuvj420p"
        cover.disposition = Disposition.attached_pic
        sound = output.add_stream("aac", rate=8000)
        moving = output.add_stream("libx264", rate=10) if times else None
        if moving is not None:
            moving.width, moving.height, moving.pix_fmt = 48, 32, "yuv420p"
        picture = av.VideoFrame.from_ndarray(_frame(9), format="rgb24")
        picture.pts, picture.time_base = 0, Fraction(1)
        output.mux([*cover.encode(picture), *cover.encode(None)])
        silence = np.zeros((1, 1024), np.float32)
        heard = av.AudioFrame.from_ndarray(silence, format="fltp", layout="mono")
        heard.sample_rate, heard.pts = 8000, 0
        output.mux([*sound.encode(heard), *sound.encode(None)])
        if moving is not None:
            for t, _ in enumerate(times):
                frame = av.VideoFrame.from_ndarray(_frame(t), format="rgb24")
                output.mux(moving.encode(frame))
            output.mux(moving.encode(None))
    return path


def test_a_song_with_a_cover_is_no_video(tmp_path, caplog):
    song = _write_song(tmp_path / "song.m4a", [])
    _write(tmp_path / "a.mp4", _steady(3))
    assert [path.name for path in find_videos(tmp_path)] == ["a.mp4"]
    assert "left out song.m4a, no videos that FFmpeg reads" in caplog.text
    with pytest.raises(InputError, match="no moving pictures, only.* of a cover"):
        VideoSequence("s", str(song)).count_frames()


def test_the_cover_of_a_video_is_not_its_frames(tmp_path):
    video = _write_song(tmp_path / "v.mp4", _steady(5))
    sequence = VideoSequence("v", str(video))
    assert sequence.count_frames() == 5 and sequence.has_audio()
    assert abs(_left(next(decode(video)).pixels())) <= 1


@pytest.mark.parametrize("taken", [1, 5])
def test_two_videos_may_be_read_at_once(tmp_path, taken):
    """What travels with the packets of one is not forgotten with those of the other."""
    path = tmp_path / "v.mp4"
    pictures = np.random.default_rng(0).integers(0, 255, (20, 48, 64, 3))
    write_video(path, pictures.astype(np.uint8), 12)
    first = decode(path)
    kept = [next(first) for _ in range(taken)]
    second = decode(path)
    orders = [next(second).order for _ in range(2)]
    first.close()
    kept.clear()
    gc.collect()
    orders += [frame.order for frame in second]
    assert orders == list(range(20))
