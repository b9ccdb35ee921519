import json
import shutil
from typing import Any

import numpy as np
import pytest

from v2v_tf.apps.reporting.comparison import read_comparison
from v2v_tf.errors import InputError
from v2v_tf.visualization.video import write_video


def saved() -> dict[str, Any]:
    return {
        "fps": 10.0,
        "methods": ["real", "vid2vid", "copy"],
        "clips": [
            {"clip_id": clip, "videos": {m: f"{clip}.{m}.mp4" for m in methods}}
            for clip, methods in (
                ("a", ("vid2vid", "real", "copy")),
                ("b", ("real", "copy")),
            )
        ],
        "table": {
            "columns": [
                {"name": "psnr", "title": "PSNR", "note": "dB"},
                {"name": "miou", "title": "Mean IoU"},
            ],
            "rows": [
                {"name": "real", "values": {"miou": 0.9}},
                {"name": "vid2vid", "values": {"psnr": 20.1, "miou": 0.6}},
            ],
        },
    }


@pytest.fixture(scope="module")
def video(tmp_path_factory):
    """Three frames."""
    path = tmp_path_factory.mktemp("video") / "a.mp4"
    write_video(path, np.full((3, 16, 16, 3), 9, np.uint8), 10)
    return path


@pytest.fixture
def write(tmp_path, video):
    """Writes what a comparison says, beside the videos of both clips."""

    def make(what: Any):
        for clip, method in ((c, m) for c in "ab" for m in ("real", "vid2vid", "copy")):
            shutil.copy(video, tmp_path / f"{clip}.{method}.mp4")
        (tmp_path / "comparison.json").write_text(json.dumps(what))
        return tmp_path

    return make


def test_a_tile_for_each_method_in_its_order(write):
    player, table = read_comparison(write(saved()), 4)
    tiles = [[tile.name for tile in clip.tiles] for clip in player.clips]
    assert tiles == [["real", "vid2vid", "copy"], ["real", "copy"]]
    assert [clip.name for clip in player.clips] == ["a", "b"]
    assert table.methods == ("real", "vid2vid")
    assert [(line.name, line.values, line.note) for line in table.lines] == [
        ("PSNR", (None, 20.1), "dB"),
        ("Mean IoU", (0.9, 0.6), ""),
    ]


def test_only_so_many_clips(write):
    player, _ = read_comparison(write(saved()), 1)
    assert [clip.name for clip in player.clips] == ["a"]


@pytest.mark.parametrize("name", ["../a.real.mp4", "/a.real.mp4", "x/../../a.mp4"])
def test_videos_must_lie_in_the_folder(write, name):
    what = saved()
    what["clips"][0]["videos"]["real"] = name
    with pytest.raises(InputError, match="must be relative to its folder"):
        read_comparison(write(what), 4)


def test_videos_of_other_lengths(write):
    folder = write(saved())
    longer = np.zeros((5, 16, 16, 3), np.uint8)
    write_video(folder / "b.copy.mp4", longer, 10, overwrite=True)
    with pytest.raises(InputError, match="clip 'b': .*got real 3 at 10, copy 5 at 10"):
        read_comparison(folder, 4)


@pytest.mark.parametrize("missing", ["methods", "clips", "table"])
def test_something_is_missing(write, missing):
    what = saved()
    del what[missing]
    with pytest.raises(InputError, match=f"not as .*compare.* writes it.*{missing}"):
        read_comparison(write(what), 4)


def test_no_clips_or_no_file(tmp_path, write):
    with pytest.raises(InputError, match="no file .*comparison.json: name a folder"):
        read_comparison(tmp_path, 4)
    with pytest.raises(InputError, match="names no clip"):
        read_comparison(write(saved() | {"clips": []}), 4)
    with pytest.raises(InputError, match="not as"):
        read_comparison(write(saved() | {"clips": {"a": 1}}), 4)
