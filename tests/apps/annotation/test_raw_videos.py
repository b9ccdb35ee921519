"""Raw videos are annotated on their way to the records."""

import json

import pytest

from v2v_tf.apps.annotation.raw_videos import annotated, is_raw
from v2v_tf.cli.main import main
from v2v_tf.config import load_config
from v2v_tf.errors import InputError


@pytest.fixture
def carphone(reference):
    return reference / "data/video/carphone_pristine.mp4"


def test_only_videos_whose_conditions_can_be_found_are_raw(
    tmp_path, write_face, carphone
):
    face, edges, silhouette = (
        load_config(None, (f"task={task}",)) for task in ("face", "edges", "silhouette")
    )
    assert is_raw(carphone, face) and is_raw(carphone.parent, face)
    assert is_raw(carphone, silhouette) and not is_raw(carphone, edges)
    source = write_face(tmp_path / "source", 3)
    assert not is_raw(source, face)
    assert not is_raw(source / "train_keypoints/a", face)
    assert not is_raw(tmp_path / "nowhere", face)


@pytest.mark.needs("mediapipe")
def test_a_video_becomes_records_in_one_command(tmp_path, carphone, capsys):
    output = tmp_path / "data"
    command = [
        *("prepare", "--config", "test/face_256_single_gpu"),
        *("--source", str(carphone), "--output", str(output)),
    ]
    assert main(command) == 0
    said = capsys.readouterr().out
    assert "carphone_pristine: found in 120 of 120 frames" in said
    assert "train: 1 clips, 120 frames" in said
    manifest = json.loads((output / "manifest.json").read_text())
    assert manifest["splits"]["train"]["clips"][0]["num_frames"] == 120
    folder = tmp_path / "data_annotated"
    assert len(list((folder / "train_keypoints/carphone_pristine").iterdir())) == 120
    assert main(command) == 2
    assert f"{folder} holds annotations already" in capsys.readouterr().err


def test_what_nothing_finds_is_said_before_work(tmp_path, carphone):
    with pytest.raises(InputError, match="nothing finds train_densepose/, which this"):
        annotated(
            *(carphone, tmp_path / "data", load_config("test/pose_256_single_gpu")),
            *(False, print),
        )
    assert not list(tmp_path.iterdir())
