import cv2
import numpy as np
import pytest

from v2v_tf.data.flow import read_flow
from v2v_tf.errors import InputError
from v2v_tf.toy_street.street import ToyStreet
from v2v_tf.toy_street.writer import FOLDERS, write_clips


def _tree(folder):
    return {
        str(p.relative_to(folder)): p.read_bytes()
        for p in folder.rglob("*")
        if p.is_file()
    }


def test_written_clips_read_back(tmp_path):
    write_clips(tmp_path / "out", 2, 3, (32, 64), seed=5)
    files = _tree(tmp_path / "out")
    names = {
        f"{folder}/toy_{clip:04d}/{t:06d}.png"
        for folder in FOLDERS
        for clip in (0, 1)
        for t in ((1, 2) if folder in ("train_flow", "train_visible") else (0, 1, 2))
    }
    assert set(files) == names

    truth = ToyStreet((5, 1), (32, 64), 3).frame(2)

    def read(folder):
        path = tmp_path / "out" / folder / "toy_0001" / "000002.png"
        return cv2.imread(str(path), cv2.IMREAD_UNCHANGED)

    for folder, expected in (
        ("train_A", truth.label_map),
        ("train_B", truth.frame[..., ::-1]),
        ("train_inst", truth.instance_map),
        ("train_visible", truth.visible.astype(np.uint8) * 255),
    ):
        assert read(folder).dtype == expected.dtype
        np.testing.assert_array_equal(read(folder), expected)
    flow, valid = read_flow(tmp_path / "out/train_flow/toy_0001/000002.png")
    np.testing.assert_array_equal(valid, truth.visible)
    np.testing.assert_allclose(
        flow[truth.visible], truth.flow[truth.visible], atol=1 / 128 + 1e-6
    )


def test_clips_of_one_call_and_of_two_seeds_differ(tmp_path):
    write_clips(tmp_path / "a", 2, 2, (32, 64), seed=0)
    write_clips(tmp_path / "b", 1, 2, (32, 64), seed=1)
    frames = [
        (tmp_path / "a/train_B/toy_0000/000000.png").read_bytes(),
        (tmp_path / "a/train_B/toy_0001/000000.png").read_bytes(),
        (tmp_path / "b/train_B/toy_0000/000000.png").read_bytes(),
    ]
    assert len(set(frames)) == 3


def test_writer_touches_no_used_folder(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match="--overwrite"):
        write_clips(tmp_path, 1, 2, (32, 64), seed=0)
    assert _tree(tmp_path) == {"notes.txt": b"mine"}


def test_overwrite_replaces_the_clips_and_nothing_else(tmp_path):
    write_clips(tmp_path, 2, 2, (32, 64), seed=0)
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / ".toy_0001.left").mkdir()
    write_clips(tmp_path, 1, 3, (32, 64), seed=1, overwrite=True)
    files = _tree(tmp_path)
    assert files.pop("notes.txt") == b"mine"
    assert not (tmp_path / ".toy_0001.left").exists()
    write_clips(tmp_path / "fresh", 1, 3, (32, 64), seed=1)
    assert files == _tree(tmp_path / "fresh")


def test_overwrite_spares_clips_of_others(tmp_path):
    clip = tmp_path / "train_A" / "aachen"
    clip.mkdir(parents=True)
    (clip / "0.png").write_bytes(b"x")
    with pytest.raises(InputError, match="aachen"):
        write_clips(tmp_path, 1, 2, (32, 64), seed=0, overwrite=True)
    assert _tree(tmp_path) == {"train_A/aachen/0.png": b"x"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, 2, (32, 64), 0), "1 clip"),
        ((1, 1, (32, 64), 0), "2 frames"),
        ((1, 2, (16, 64), 0), "64x16"),
        ((1, 2, (32, 64), -1), "seed"),
    ],
)
def test_writer_checks_before_it_makes_anything(tmp_path, arguments, message):
    with pytest.raises(InputError, match=message):
        write_clips(tmp_path / "out", *arguments)
    assert not (tmp_path / "out").exists()


def test_writer_refuses_a_file(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="is a file"):
        write_clips(tmp_path / "file", 1, 2, (32, 64), seed=0)
