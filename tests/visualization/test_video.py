"""Real files, written by the real encoder and read back."""

import subprocess

import imageio.v3
import imageio_ffmpeg
import numpy as np
import pytest

from v2v_tf.errors import InputError
from v2v_tf.visualization import video

COLORS = ((200, 30, 40), (20, 170, 60), (30, 60, 210), (128, 128, 128))


def blocks(num_frames: int = 5, height: int = 34, width: int = 46) -> np.ndarray:
    """Returns frames of four flat blocks that get brighter."""
    frames = np.zeros((num_frames, height, width, 3), np.uint8)
    for index, color in enumerate(COLORS):
        y, x = index // 2 * 16, index % 2 * 22
        frames[:, y : y + 18, x : x + 24] = color
    return frames + (np.arange(num_frames) * 6).astype(np.uint8)[:, None, None, None]


def streams(path) -> str:
    """Returns what ffmpeg says of a file."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-i", str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stderr


def test_mp4_is_what_browsers_play_and_keeps_the_colours(tmp_path):
    frames = blocks()
    video.write_video(tmp_path / "new" / "a.mp4", iter(frames), fps=12.5)
    said = streams(tmp_path / "new" / "a.mp4")
    assert "Video: h264" in said and "yuv420p(tv, bt709, progressive)" in said
    assert "46x34" in said and "12.50 fps" in said
    back = video.read_video(tmp_path / "new" / "a.mp4")
    assert back.shape == frames.shape and back.dtype == np.uint8
    inside = np.s_[:, 4:12, 6:16]
    difference = back[inside].astype(int) - frames[inside]
    assert np.abs(difference).mean() < 4
    assert np.abs(back.astype(int) - frames).mean() < 8  # chroma bleeds at borders


def test_odd_sizes_are_padded_with_their_border(tmp_path):
    frames = np.full((3, 15, 21, 3), 60, np.uint8)
    frames[:, -1] = 220
    video.write_video(tmp_path / "odd.mp4", frames, fps=10)
    back = video.read_video(tmp_path / "odd.mp4").astype(int)
    assert back.shape == (3, 16, 22, 3)
    assert np.abs(back[:, 14:] - 220).max() < 12
    assert np.abs(back[:, :12] - 60).max() < 12


def test_gif_keeps_frames_and_rate(tmp_path):
    frames = blocks(4)
    video.write_gif(tmp_path / "a.gif", frames, fps=10)
    data = (tmp_path / "a.gif").read_bytes()
    assert data[:6] == b"GIF89a" and b"NETSCAPE2.0\x03\x01\x00\x00" in data
    assert "10 fps" in streams(tmp_path / "a.gif")
    back = imageio.v3.imread(tmp_path / "a.gif", plugin="pillow", mode="RGB")
    assert back.shape == frames.shape
    assert np.abs(back.astype(int) - frames).mean() < 4


def test_frames_are_consumed_one_by_one(tmp_path):
    appended = []

    def lazily():
        for index, frame in enumerate(blocks()):
            assert len(appended) == index
            yield frame

    with video.open_video(tmp_path / "a.mp4", fps=5) as append:
        for frame in lazily():
            append(frame)
            appended.append(frame)
        assert not (tmp_path / "a.mp4").exists()
    assert len(video.read_video(tmp_path / "a.mp4")) == 5


@pytest.mark.parametrize(
    ("write", "name"),
    [
        (lambda path, frames: video.write_video(path, frames, 5), "a.mp4"),
        (lambda path, frames: video.write_gif(path, frames, 5), "a.gif"),
        (lambda path, frames: video.write_frames(path, frames), "frames"),
    ],
)
def test_a_failure_leaves_nothing_behind(tmp_path, write, name):
    def broken():
        yield blocks()[0]
        raise RuntimeError("the model died")

    with pytest.raises(RuntimeError, match="the model died"):
        write(tmp_path / name, broken())
    with pytest.raises(InputError, match="one frame or more, got none"):
        write(tmp_path / name, [])
    with pytest.raises(InputError, match=r"frames uint8 \[H, W, 3\], got float64"):
        write(tmp_path / name, [np.zeros((8, 8, 3))])
    assert not list(tmp_path.iterdir())


def test_a_failing_encoder_is_reported(tmp_path):
    with pytest.raises(OSError, match="ffmpeg failed"):
        # GIF has 16 bits a side.
        video.write_gif(tmp_path / "a.gif", [np.zeros((2, 70000, 3), np.uint8)], 5)
    assert not list(tmp_path.iterdir())


def test_sizes_must_not_change(tmp_path):
    frames = [np.zeros((16, 16, 3), np.uint8), np.zeros((16, 18, 3), np.uint8)]
    with pytest.raises(InputError, match=r"\[16, 16, 3\] as the first, got \[16, 18"):
        video.write_video(tmp_path / "a.mp4", frames, 5)
    assert not list(tmp_path.iterdir())


def test_nothing_is_overwritten_unasked(tmp_path):
    path = tmp_path / "a.mp4"
    path.write_text("mine")
    with pytest.raises(InputError, match="a.mp4 exists"):
        video.write_video(path, blocks(), 5)
    assert path.read_text() == "mine"
    with pytest.raises(InputError, match="expected one frame"):
        video.write_video(path, [], 5, overwrite=True)
    assert path.read_text() == "mine"
    video.write_video(path, blocks(), 5, overwrite=True)
    assert len(video.read_video(path)) == 5


@pytest.mark.parametrize("fps", [0, -3, float("nan")])
def test_fps_must_be_positive(tmp_path, fps):
    with pytest.raises(InputError, match="fps must be above 0"):
        video.write_video(tmp_path / "a.mp4", blocks(), fps)


def test_endings_are_checked(tmp_path):
    with pytest.raises(InputError, match="must end in .mp4"):
        video.write_video(tmp_path / "a.avi", blocks(), 5)
    with pytest.raises(InputError, match="must end in .gif"):
        video.write_gif(tmp_path / "a.mp4", blocks(), 5)
    with pytest.raises(InputError, match="must end in .png"):
        video.write_png(tmp_path / "a.jpg", blocks()[0])


def test_frames_are_numbered_from_the_start_and_exact(tmp_path):
    frames = np.random.default_rng(4).integers(0, 256, (3, 5, 7, 3), np.uint8)
    (tmp_path / "out").mkdir()  # empty: may be filled
    assert video.write_frames(tmp_path / "out", iter(frames), start=2) == 3
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["00002.png", "00003.png", "00004.png"]
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    for name, frame in zip(names, frames, strict=True):
        back = imageio.v3.imread(tmp_path / "out" / name)
        np.testing.assert_array_equal(back, frame)


def test_frames_do_not_mix_with_other_files(tmp_path):
    (tmp_path / "note.txt").write_text("mine")
    with pytest.raises(InputError, match="is not empty"):
        video.write_frames(tmp_path, blocks())
    with pytest.raises(InputError, match="is not empty"):
        video.write_frames(tmp_path / "note.txt", blocks())
    assert [path.name for path in tmp_path.iterdir()] == ["note.txt"]


def test_png_is_exact_and_not_overwritten(tmp_path):
    image = np.random.default_rng(9).integers(0, 256, (4, 6, 3), np.uint8)
    video.write_png(tmp_path / "a.png", image)
    np.testing.assert_array_equal(imageio.v3.imread(tmp_path / "a.png"), image)
    with pytest.raises(InputError, match="a.png exists"):
        video.write_png(tmp_path / "a.png", image[::-1])
    video.write_png(tmp_path / "a.png", image[::-1], overwrite=True)
    np.testing.assert_array_equal(imageio.v3.imread(tmp_path / "a.png"), image[::-1])


def test_what_is_no_video_is_named(tmp_path):
    with pytest.raises(InputError, match="no video file: .*none.mp4"):
        video.read_video(tmp_path / "none.mp4")
    (tmp_path / "text.mp4").write_text("no video")
    with pytest.raises(InputError, match="text.mp4 is not a video"):
        video.read_video(tmp_path / "text.mp4")
