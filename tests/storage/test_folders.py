"""Output folders: what is refused, and how one replaces another."""

from pathlib import Path

import pytest

from v2v_tf.errors import InputError
from v2v_tf.storage.folders import making, require_replaceable


def _check(folder: Path, overwrite: bool) -> None:
    require_replaceable(
        folder,
        overwrite=overwrite,
        is_ours=lambda path: (path / "mark").is_file(),
        what="run",
        option="--run",
    )


@pytest.mark.parametrize("overwrite", [False, True])
def test_absent_and_empty_folders_are_free(tmp_path: Path, overwrite: bool) -> None:
    _check(tmp_path, overwrite)
    _check(tmp_path / "absent", overwrite)


def test_what_cannot_be_made_is_refused_before_any_work(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="file says: Not a directory.*with --run"):
        _check(tmp_path / "file" / "deep" / "run", overwrite=False)
    with pytest.raises(InputError, match="/proc says: .*name another folder"):
        _check(Path("/proc/run"), overwrite=False)


def test_nothing_is_left_of_the_trial(tmp_path: Path) -> None:
    _check(tmp_path / "a" / "b", overwrite=False)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_there_is_tried_itself(tmp_path: Path) -> None:
    """Its parent may be a disk that nobody can write to, as where it is a mount."""
    (tmp_path / "mount").mkdir()
    before = tmp_path.stat().st_mtime_ns
    _check(tmp_path / "mount", overwrite=False)
    assert tmp_path.stat().st_mtime_ns == before


def test_a_used_folder_needs_overwrite(tmp_path: Path) -> None:
    (tmp_path / "mark").touch()
    with pytest.raises(InputError, match="already holds something.*--run.*--overwrite"):
        _check(tmp_path, overwrite=False)
    _check(tmp_path, overwrite=True)


def test_overwrite_spares_what_is_not_ours(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(InputError, match="is no run and is not replaced"):
        _check(tmp_path, overwrite=True)


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(InputError, match="is a file"):
        _check(file, overwrite=True)


@pytest.mark.parametrize("replaces", [False, True])
def test_a_folder_appears_when_it_is_complete(tmp_path: Path, replaces: bool) -> None:
    folder = tmp_path / "deep" / "new"
    if replaces:
        folder.mkdir(parents=True)
        (folder / "b").write_text("old")
    with making(folder) as working:
        (working / "a").write_text("new")
        assert folder.exists() == replaces and working.parent == folder.parent
    assert [path.name for path in folder.parent.iterdir()] == ["new"]
    assert [path.name for path in folder.iterdir()] == ["a"]


def test_a_failure_leaves_what_was_there(tmp_path: Path) -> None:
    folder = tmp_path / "old"
    folder.mkdir()
    (folder / "b").write_text("old")
    left = tmp_path / ".old.partial"  # of one that was killed
    left.mkdir()
    (left / "c").write_text("half")
    with pytest.raises(RuntimeError), making(folder) as working:
        assert not any(working.iterdir())
        (working / "a").write_text("new")
        raise RuntimeError
    assert [path.name for path in tmp_path.iterdir()] == ["old"]
    assert [path.name for path in folder.iterdir()] == ["b"]


def test_what_is_read_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "mark").touch()
    with pytest.raises(InputError, match="holds .*data, which replacing .* delete"):
        require_replaceable(
            tmp_path,
            overwrite=True,
            is_ours=lambda path: True,
            what="run",
            option="--run",
            inputs=(tmp_path / "data",),
        )
