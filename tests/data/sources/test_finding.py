"""Which layout a folder has, and what is said where it has none."""

from __future__ import annotations

import os

import cv2
import numpy as np
import pytest

from v2v_tf.data.sources.base import BadClip, count_reasons
from v2v_tf.data.sources.finding import list_sequences
from v2v_tf.errors import InputError


@pytest.mark.parametrize(
    "task", ["street", "face", "pose", "edges", "depth", "silhouette"]
)
def test_an_empty_folder_names_the_layout(tmp_path, make_config, task):
    with pytest.raises(InputError, match=f"no sequences for task {task}: expected"):
        list_sequences(tmp_path, make_config(task))
    with pytest.raises(InputError, match="no source at"):
        list_sequences(tmp_path / "nothing", make_config(task))


@pytest.mark.parametrize("task", ["street", "face", "pose"])
def test_videos_are_for_edges_only(tmp_path, write_video, make_config, task):
    video = write_video(tmp_path / "a.mp4", 2)
    with pytest.raises(InputError, match="--task edges"):
        list_sequences(video, make_config(task))


def _write_frames(folder, num_frames=3):
    folder.mkdir(parents=True)
    for t in range(num_frames):
        cv2.imwrite(str(folder / f"f{t}.png"), np.full((32, 48, 3), 9 * t, np.uint8))


def test_digits_of_all_scripts_are_names(tmp_path, make_config):
    for name in ("①", "x²3", "٣"):
        _write_frames(tmp_path / "train_img" / name)
    found = list_sequences(tmp_path, make_config("edges"))
    assert sorted(one.name for one in found) == sorted(["①", "x²3", "٣"])


def test_a_name_that_is_no_utf8_is_put_aside_and_the_others_stay(tmp_path, make_config):
    _write_frames(tmp_path / "train_img/a")
    _write_frames(tmp_path / "plain")
    other = os.fsencode(tmp_path / "train_img") + b"/stra\xdfe"
    os.rename(tmp_path / "plain", other)
    good, bad = list_sequences(tmp_path, make_config("edges"))
    assert good.name == "a" and isinstance(bad, BadClip)
    assert bad.reason.startswith("the name stra\\xdfe is not UTF-8: rename it")
    assert bad.path.endswith("train_img/stra\\xdfe") and bad.clip == "stra\\xdfe"


def test_a_reason_that_names_its_file_names_it_once():
    lines = count_reasons([("a/b: no frames", "a/b"), ("a/c: no frames", "a/c")])
    assert lines == ["2 x no frames: a/b"]
