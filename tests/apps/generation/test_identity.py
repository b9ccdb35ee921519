"""What a generation is made of, by content."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from v2v_tf.apps.generation.beginning import Beginning
from v2v_tf.apps.generation.identity import identity, require_same
from v2v_tf.apps.generation.steppers import model_files
from v2v_tf.apps.generation.wishes import Wishes
from v2v_tf.data.sources.video import VideoSequence
from v2v_tf.errors import InputError


@pytest.fixture
def run(tmp_path) -> Path:
    """What counts of a run: its files, not what is in them."""
    folder = tmp_path / "run"
    for part in (folder, folder / "first_frame"):
        (part / "checkpoints").mkdir(parents=True)
        (part / "config.yaml").write_text("task: street")
        for step in (3, 12):
            for ending in ("index", "data-00000-of-00001"):
                (part / f"checkpoints/ckpt-{step}.{ending}").write_bytes(b"%d" % step)
    (folder / "history.json").write_text("[]")
    return folder


@dataclass(frozen=True)
class _Files(VideoSequence):
    """A sequence of all files of a folder."""

    def files(self):
        for path in sorted(Path(self.path).iterdir()):
            yield path.name, path


@pytest.fixture
def source(tmp_path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "a.png").write_bytes(b"a" * 50)
    (folder / "b.png").write_bytes(bytes(3 << 20))
    return folder


def _of(run, source, **options):
    return identity(run, [_Files("one", str(source))], {"wishes": Wishes(**options)})


def test_a_copy_elsewhere_is_the_same(run, source, tmp_path):
    before = _of(run, source)
    for folder in (run, source):
        shutil.copytree(folder, tmp_path / "moved" / folder.name)
    copied = _of(tmp_path / "moved/run", tmp_path / "moved/source")
    assert copied == before
    # Times do not count, nor what is not read.
    os.utime(source / "a.png", (1, 1))
    (run / "history.json").write_text("[1]")
    (run / "checkpoints/ckpt-3.index").write_bytes(b"older")
    assert _of(run, source) == before
    require_same(before, copied, tmp_path)


@pytest.mark.parametrize(
    ("file", "position", "named"),
    [
        ("source/a.png", 7, "sequence one"),
        ("source/b.png", 0, "sequence one"),
        ("source/b.png", (3 << 20) - 1, "sequence one"),
        ("run/checkpoints/ckpt-12.data-00000-of-00001", 0, "model"),
        ("run/first_frame/checkpoints/ckpt-12.index", 1, "model"),
        ("run/config.yaml", 2, "model"),
    ],
)
def test_another_byte_is_refused_and_named(
    run, source, tmp_path, file, position, named
):
    before = _of(run, source)
    content = bytearray((tmp_path / file).read_bytes())
    content[position] ^= 1
    (tmp_path / file).write_bytes(content)
    with pytest.raises(InputError, match=f"not as they were: {named}. Give"):
        require_same(before, _of(run, source), tmp_path)


def test_other_options_files_and_sequences_are_refused(run, source, tmp_path):
    before = _of(run, source)
    with pytest.raises(InputError, match="not as they were: options"):
        require_same(before, _of(run, source, fps=7.0), tmp_path)
    (source / "c.png").write_bytes(b"")
    with pytest.raises(InputError, match="not as they were: sequence one"):
        require_same(before, _of(run, source), tmp_path)
    with pytest.raises(InputError, match="not as they were: sequence two"):
        require_same({**before, "sequence two": "x"}, before, tmp_path)


def test_a_photograph_counts_by_its_content(run, source, tmp_path):
    one, other = tmp_path / "one.jpg", tmp_path / "other/one.jpg"
    other.parent.mkdir()
    one.write_bytes(b"me")
    other.write_bytes(b"me")
    before, moved = (
        _of(run, source, first_frames=Beginning("image", path)) for path in (one, other)
    )
    assert before == moved
    other.write_bytes(b"us")
    assert before != _of(run, source, first_frames=Beginning("image", other))


def test_files_of_a_model_are_named_without_its_place(run, tmp_path):
    names = [name for name, _ in model_files(run)]
    assert names == [
        "config.yaml",
        *("checkpoints/ckpt-12.data-00000-of-00001", "checkpoints/ckpt-12.index"),
        "first_frame/config.yaml",
        "first_frame/checkpoints/ckpt-12.data-00000-of-00001",
        "first_frame/checkpoints/ckpt-12.index",
    ]
    with pytest.raises(InputError, match="neither a run"):
        list(model_files(tmp_path))
