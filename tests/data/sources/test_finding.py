"""Which layout a folder has, and what is said where it has none."""

from __future__ import annotations

import pytest

from v2v_tf.data.sources.base import count_reasons
from v2v_tf.data.sources.finding import list_sequences
from v2v_tf.errors import InputError


@pytest.mark.parametrize("task", ["street", "face", "pose", "edges", "depth"])
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


def test_a_reason_that_names_its_file_names_it_once():
    lines = count_reasons([("a/b: no frames", "a/b"), ("a/c: no frames", "a/c")])
    assert lines == ["2 x no frames: a/b"]
