"""Edited labels, as a user calls for them."""

import shutil

import cv2
import numpy as np
import pytest

from v2v_tf.config import load_config
from v2v_tf.visualization.video import read_video

TOY = ("--config", "test/toy_street")


def _labels(folder, clip, number):
    path = folder / f"train_A/{clip}/{number:06d}.png"
    return cv2.imread(str(path), cv2.IMREAD_UNCHANGED)


def test_an_edited_source_is_one_that_prepare_takes(tmp_path, call, cli_clips):
    out = tmp_path / "out"
    status = call(
        *("edit", *TOY, "--source", cli_clips, "--sequence", "toy_0001"),
        *("--swap", "sky=road", "--frames", "2:5", "--output", out),
    )
    assert status == 0
    for number in (1, 2, 4, 5):
        before = _labels(cli_clips, "toy_0001", number)
        after = _labels(out / "source", "toy_0001", number)
        expected = before.copy()
        if 2 <= number < 5:
            sky, road = _ids("sky"), _ids("road")
            assert (before == sky).any()
            expected[before == sky] = road
        np.testing.assert_array_equal(after, expected)
    frame = cv2.imread(str(out / "source/train_B/toy_0001/000003.png"))
    same = cv2.imread(str(cli_clips / "train_B/toy_0001/000003.png"))
    np.testing.assert_array_equal(frame, same)
    data = tmp_path / "data"
    assert call("prepare", *TOY, "--source", out / "source", "--output", data) == 0


@pytest.mark.slow
def test_a_model_makes_four_panels(tmp_path, call, cli_clips, toy_run):
    out = tmp_path / "out"
    status = call(
        *("edit", "--model", toy_run, "--source", cli_clips, "--sequence", "toy_0000"),
        *("--swap", "building=tree", "--output", out),
    )
    assert status == 0
    assert read_video(out / "edited.mp4").shape == (6, 32, 64, 3)
    assert len(read_video(out / "panels.mp4")) == 6
    assert cv2.imread(str(out / "panels.png")).ndim == 3
    assert sorted(path.name for path in out.iterdir()) == [
        *("edited.mp4", "panels.mp4", "panels.png", "source")
    ]


@pytest.mark.slow
def test_labels_alone_are_generated_from_a_photograph(
    tmp_path, call, cli_clips, toy_run, capsys
):
    for kind in ("train_A", "train_inst"):
        shutil.copytree(cli_clips / kind, tmp_path / "labels" / kind)
    command = (
        *("edit", "--model", toy_run, "--source", tmp_path / "labels"),
        *("--sequence", "toy_0000", "--swap", "building=tree"),
        *("--output", tmp_path / "out"),
    )
    assert call(*command) == 2
    assert "give --first-frames image:PATH" in capsys.readouterr().err
    photograph = cli_clips / "train_B/toy_0001/000002.png"
    assert call(*command, "--first-frames", f"image:{photograph}") == 0
    assert "begins with the photograph" in capsys.readouterr().out
    # With a photograph every frame is made.
    assert read_video(tmp_path / "out/edited.mp4").shape == (8, 32, 64, 3)
    assert len(read_video(tmp_path / "out/panels.mp4")) == 8
    assert not (tmp_path / "out/source/train_B").exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--swap", "skye=road"), "did you mean 'sky'"),
        (("--swap", "sky=road", "--frames", "5:2"), "expected A:B, A below B"),
        (("--swap", "sky=road", "--region", "0,0,8"), "expected X0,Y0,X1,Y1"),
        (("--swap", "sky=road", "--frames", "90:99"), "shows no sky where"),
        (("--swap", "sky=road", "--first-frames", "zeros"), "goes with --model"),
        (("--swap", "sky=road", "--sequence", "toy_9"), "holds no sequence 'toy_9'"),
    ],
)
def test_what_cannot_be_edited_is_said(
    tmp_path, call, cli_clips, capsys, options, words
):
    out = tmp_path / "out"
    options = ("--sequence", "toy_0000", *options)
    assert call("edit", *TOY, "--source", cli_clips, "--output", out, *options) == 2
    assert words in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_nothing_is_overwritten_unasked(tmp_path, call, cli_clips, capsys):
    (tmp_path / "mine.txt").write_text("mine")
    command = (
        *("edit", *TOY, "--source", cli_clips, "--sequence", "toy_0000"),
        *("--swap", "sky=road", "--output", tmp_path),
    )
    assert call(*command) == 2 and call(*command, "--overwrite") == 2
    assert (tmp_path / "mine.txt").read_text() == "mine"


def _ids(name):
    from v2v_tf.toy_street.street import LABEL_NAMES

    return LABEL_NAMES.index(name)


def test_what_another_command_wrote_is_not_replaced(tmp_path, call, cli_clips, capsys):
    source = tmp_path / "out/source"
    (source / "train_openpose").mkdir(parents=True)
    (source / "config.yaml").write_text("task: pose")
    status = call(
        *("edit", *TOY, "--source", cli_clips, "--sequence", "toy_0001"),
        *("--swap", "sky=road", "--output", tmp_path / "out", "--overwrite"),
    )
    assert status == 2 and "is no result of edit" in capsys.readouterr().err
    assert (source / "train_openpose").is_dir()


def test_a_source_with_ids_of_its_own_is_edited_by_its_table(tmp_path, call, cli_clips):
    source, plain = tmp_path / "mine", tmp_path / "plain"
    shutil.copytree(cli_clips, source)
    for path in source.glob("train_A/*/*.png"):
        cv2.imwrite(str(path), cv2.imread(str(path), cv2.IMREAD_UNCHANGED) + 100)
    table = tmp_path / "table.csv"
    table.write_text("".join(f"{100 + label},{label}\n" for label in range(8)))
    edit = ("edit", *TOY, "--sequence", "toy_0001", "--swap", "sky=road")
    given = ("--source", source, "--label-map", table)
    assert call(*edit, *given, "--output", tmp_path / "out") == 0
    assert call(*edit, "--source", cli_clips, "--output", plain) == 0
    edited = _labels(tmp_path / "out/source", "toy_0001", 3)
    np.testing.assert_array_equal(edited, _labels(plain / "source", "toy_0001", 3))
    # What is written are labels, which no table is for any more.
    config = load_config(tmp_path / "out/source/config.yaml")
    assert config.conditioning.street.label_map == ()
