import base64

import numpy as np
import pytest

from v2v_tf.errors import InputError
from v2v_tf.visualization.players import (
    EmbeddedVideo,
    Player,
    PlayerClip,
    Tile,
    embed_file,
    embed_frames,
)
from v2v_tf.visualization.video import write_gif, write_video

FRAMES = np.arange(7, dtype=np.uint8)[:, None, None, None] * np.full(
    (1, 18, 30, 3), 30, np.uint8
)


def tile(name: str, num_frames: int = 7, fps: float = 12.0) -> Tile:
    return Tile(name, EmbeddedVideo(b"mp4", (30, 18), fps, num_frames))


def test_frames_are_encoded_with_their_length_rate_and_size():
    video = embed_frames(FRAMES, 12.5)
    assert (video.size, video.fps, video.num_frames) == ((30, 18), 12.5, 7)
    kind, _, text = video.uri.partition(",")
    assert kind == "data:video/mp4;base64"
    assert base64.b64decode(text) == video.data and video.data[4:8] == b"ftyp"


def test_a_file_is_taken_as_it_is(tmp_path):
    write_video(tmp_path / "a.mp4", FRAMES, 24)
    video = embed_file(tmp_path / "a.mp4")
    assert video.data == (tmp_path / "a.mp4").read_bytes()
    assert (video.fps, video.num_frames) == (24, 7)


def test_files_that_no_browser_plays(tmp_path):
    write_gif(tmp_path / "a.gif", FRAMES, 10)
    (tmp_path / "text.mp4").write_text("no video")
    for name, message in (
        ("a.gif", "expected an MP4 file of codec h264.*got gif"),
        ("text.mp4", "text.mp4 is not a video"),
        ("absent.mp4", "no video file: .*absent.mp4"),
    ):
        with pytest.raises(InputError, match=message):
            embed_file(tmp_path / name)


def test_tiles_of_a_clip_have_one_length_and_rate():
    clip = PlayerClip("a", [tile("real"), tile("fake")])
    assert (clip.num_frames, clip.fps) == (7, 12.0)
    for other in (tile("fake", num_frames=6), tile("fake", fps=10.0)):
        with pytest.raises(InputError, match="clip 'a': .*got real 7 at 12, fake"):
            PlayerClip("a", [tile("real"), other])


def test_a_clip_without_tiles_or_with_two_of_one_name():
    with pytest.raises(InputError, match="clip 'a' has no video"):
        PlayerClip("a", [])
    with pytest.raises(InputError, match="two videos of one name in real, real"):
        PlayerClip("a", [tile("real"), tile("real")])


def test_a_player_knows_all_tiles():
    clips = [
        PlayerClip("a", [tile("real"), tile("mask")]),
        PlayerClip("b", [tile("flow"), tile("real")]),
    ]
    assert Player("p", clips).tile_names == ("real", "mask", "flow")
