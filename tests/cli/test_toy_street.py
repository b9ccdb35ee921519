import pytest

from v2v_tf.cli import toy_street
from v2v_tf.cli.main import main


def _run(*argv):
    return main(["toy-street", *map(str, argv)])


def test_writes_clips(tmp_path, capsys):
    out = tmp_path / "toy"
    assert _run("--output", out, "--clips", 2, "--frames", 3, "--size", "64x32") == 0
    assert len(list(out.glob("train_A/*/*.png"))) == 6
    assert len(list(out.glob("train_flow/*/*.png"))) == 4
    assert "2 clips of 3 frames" in capsys.readouterr().out


def test_used_folder_needs_overwrite(tmp_path, capsys):
    few = ("--output", tmp_path, "--clips", 1, "--frames", 2, "--size", "64x32")
    assert _run(*few) == 0
    before = (tmp_path / "train_B/toy_0000/000001.png").read_bytes()
    assert _run(*few, "--seed", 4) == 2
    assert "--overwrite" in capsys.readouterr().err
    assert (tmp_path / "train_B/toy_0000/000001.png").read_bytes() == before
    assert _run(*few, "--seed", 4, "--overwrite") == 0
    assert (tmp_path / "train_B/toy_0000/000001.png").read_bytes() != before


@pytest.mark.parametrize("text", ["256", "256x", "axb", "256x128x3", "-64x32", ""])
def test_bad_sizes(tmp_path, capsys, text):
    assert _run("--output", tmp_path / "out", f"--size={text}") == 2
    assert "256x128" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_too_small_a_size(tmp_path, capsys):
    assert _run("--output", tmp_path / "out", "--size", "64x31") == 2
    assert "64x31" in capsys.readouterr().err


def test_size_is_width_by_height():
    assert toy_street.parse_size("256x128") == (128, 256)
