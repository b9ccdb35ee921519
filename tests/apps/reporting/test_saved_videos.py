import json

import numpy as np
import pytest

from v2v_tf.apps.reporting.saved_videos import (
    generated_tables,
    read_generated,
    read_samples,
)
from v2v_tf.errors import InputError
from v2v_tf.visualization.video import write_video


def frames(count: int) -> np.ndarray:
    return np.full((count, 16, 24, 3), 90, np.uint8)


def write_generated(folder, clips: dict[str, int], psnr: float):
    for clip_id, count in clips.items():
        write_video(folder / clip_id / "panels.mp4", frames(count), 10)
    each = {clip_id: {"psnr": psnr} for clip_id in clips}
    saved = {"mean": {"psnr": psnr}, "clips": each}
    (folder / "metrics.json").write_text(json.dumps(saved))
    return folder


def test_panels_of_the_first_clips_and_metrics_of_all(tmp_path):
    clips = {"b@0": 4, "a@0": 3, "c@0": 5}
    found = read_generated(write_generated(tmp_path / "mine", clips, 20.5), 2)
    assert [clip.name for clip in found.player.clips] == ["a@0", "b@0"]
    assert [clip.num_frames for clip in found.player.clips] == [3, 4]
    assert found.player.title == "Generated: mine"
    assert found.mean == {"psnr": 20.5}
    assert found.clip_ids == {"a@0", "b@0", "c@0"}


def test_folders_of_the_same_clips_share_a_table(tmp_path):
    made = (
        ("ours", {"a": 3}, 20.5),
        ("other", {"b": 3}, 7.0),
        ("base", {"a": 2}, 18.0),
    )
    folders = [
        read_generated(write_generated(tmp_path / name, clips, psnr), 4)
        for name, clips, psnr in made
    ]
    first, second = generated_tables(folders)
    assert first.methods == ("ours", "base", "Real")
    assert first.lines[0].values == (20.5, 18.0, None)
    assert second.methods == ("other", "Real")


def test_two_folders_of_one_name(tmp_path):
    for parent in ("x", "y"):
        write_generated(tmp_path / parent / "out", {"a": 3}, 1.0)
    folders = [read_generated(tmp_path / parent / "out", 1) for parent in ("x", "y")]
    with pytest.raises(InputError, match="two --generated folders .* 'out': rename"):
        generated_tables(folders)


def test_no_folder_of_generate(tmp_path):
    with pytest.raises(InputError, match="metrics.json: name a folder that"):
        read_generated(tmp_path, 4)
    for saved in ({"psnr": 3.0}, {"mean": {}, "clips": {}}, {"mean": {}, "clips": [1]}):
        (tmp_path / "metrics.json").write_text(json.dumps(saved))
        with pytest.raises(InputError, match="expected the metrics of clips"):
            read_generated(tmp_path, 4)


def test_a_video_that_is_gone(tmp_path):
    folder = write_generated(tmp_path / "mine", {"a": 3}, 1.0)
    (folder / "a/panels.mp4").unlink()
    with pytest.raises(InputError, match="no video file: .*panels.mp4"):
        read_generated(folder, 4)


def test_the_newest_previews(tmp_path):
    assert read_samples(tmp_path) is None
    for epoch, name, count in ((9, "a@0", 3), (10, "b_1@0", 4), (10, "a@0", 5)):
        path = tmp_path / "samples" / f"epoch_{epoch:04d}_{name}.mp4"
        write_video(path, frames(count), 10)
    player = read_samples(tmp_path)
    assert "After epoch 10" in player.explanation
    found = [(clip.name, clip.num_frames) for clip in player.clips]
    assert found == [("a@0", 5), ("b_1@0", 4)]
