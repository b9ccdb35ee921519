"""Packs that are fetched: checked in all, and kept out where anything is odd."""

import hashlib
import shutil
import stat
import zipfile

import numpy as np
import pytest

import v2v_tf
from v2v_tf.apps.packs.finding import model_folder
from v2v_tf.apps.packs.pulling import pull
from v2v_tf.errors import InputError
from v2v_tf.storage import packs


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    folder = tmp_path / "cache"
    monkeypatch.setenv("V2V_TF_CACHE", str(folder))
    monkeypatch.delenv("V2V_TF_OFFLINE", raising=False)
    return folder / "packs"


def reference(archive, digest=None):
    found = hashlib.sha256(archive.read_bytes()).hexdigest()
    return f"{archive.as_uri()}#sha256={digest or found}"


@pytest.fixture
def archive(pack, tmp_path):
    shutil.make_archive(
        str(tmp_path / "toy-tiny"), "zip", pack.parent, base_dir=pack.name
    )
    return tmp_path / "toy-tiny.zip"


def test_a_pack_is_fetched_once_and_then_has_a_name(archive, pack, cache):
    named = reference(archive)
    assert pull(named) == cache / "toy-tiny"
    archive.unlink()
    assert model_folder(named) == model_folder("toy-tiny") == cache / "toy-tiny"
    assert packs.check_whole(cache / "toy-tiny") == packs.check_whole(pack)
    model = v2v_tf.from_pretrained("toy-tiny")
    assert model.history == 2
    assert sorted(one.name for one in cache.iterdir()) == [".toy-tiny.from", "toy-tiny"]


def test_the_files_may_lie_at_the_top_of_the_archive(pack, tmp_path, cache):
    shutil.make_archive(str(tmp_path / "flat"), "zip", pack)
    assert packs.check_whole(pull(reference(tmp_path / "flat.zip"))).name == "toy-tiny"


def test_another_hash_is_refused_and_nothing_stays(archive, cache):
    with pytest.raises(InputError, match=f"expected {'0' * 64}: the file was changed"):
        pull(reference(archive, "0" * 64))
    assert not cache.exists() or not list(cache.iterdir())


def test_a_name_that_is_taken_is_not_replaced_unasked(archive, pack, tmp_path, cache):
    pull(reference(archive))
    other = tmp_path / "elsewhere"
    other.mkdir()
    again = shutil.copy(archive, other / "toy-tiny.zip")
    with pytest.raises(InputError, match="fetch this one in its place by --overwrite"):
        pull(reference(again))
    assert pull(reference(again), overwrite=True) == cache / "toy-tiny"


def test_offline_nothing_is_fetched(archive, monkeypatch):
    named = reference(archive)
    monkeypatch.setenv("V2V_TF_OFFLINE", "1")
    with pytest.raises(InputError, match="is not in the cache, and V2V_TF_OFFLINE"):
        pull(named)
    monkeypatch.delenv("V2V_TF_OFFLINE")
    pull(named)
    monkeypatch.setenv("V2V_TF_OFFLINE", "1")
    assert pull(named).is_dir()


@pytest.mark.parametrize(
    "named",
    [
        "https://example.org/toy.zip",
        "https://example.org/toy.zip#sha256=12",
        "https://example.org/toy.tar#sha256=" + "0" * 64,
        "hf:org/toy",
        "hf:org/toy@main",
    ],
)
def test_names_that_are_not_pinned_are_refused(named):
    with pytest.raises(
        InputError, match="expected https://HOST|name the commit|hf:org"
    ):
        pull(named)


def test_what_cannot_be_reached_is_one_line(tmp_path):
    gone = (tmp_path / "toy.zip").as_uri()
    with pytest.raises(InputError, match="cannot be fetched"):
        pull(f"{gone}#sha256={'0' * 64}")


def write_zip(path, entries):
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in entries:
            archive.writestr(name, text)


def linked(name):
    one = zipfile.ZipInfo(name)
    one.external_attr = (stat.S_IFLNK | 0o777) << 16
    return one


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ([("a.txt", "x")], "holds no pack"),
        ([("p/pack.json", "{}"), ("q/b.md", "x")], "holds no pack"),
        ([("pack.json", "{}"), ("../b.md", "x")], "a path outside"),
        ([("pack.json", "{}"), (linked("b.md"), "/etc/passwd")], "a path outside"),
        ([("pack.json", "{}"), ("run.py", "x")], "files of .json, .yaml"),
        ([("pack.json", "{}"), ("w.pkl", "x")], "files of .json, .yaml"),
        ([("pack.json", "{}")], "not what a pack holds"),
    ],
)
def test_archives_of_anything_else_are_refused(tmp_path, cache, entries, message):
    write_zip(tmp_path / "odd.zip", entries)
    with pytest.raises(InputError, match=message):
        pull(reference(tmp_path / "odd.zip"))
    assert not list(cache.iterdir())
    assert not (tmp_path / "b.md").exists()


def test_a_file_that_is_no_archive_is_refused(tmp_path):
    (tmp_path / "odd.zip").write_bytes(np.arange(50, dtype=np.uint8).tobytes())
    with pytest.raises(InputError, match="not a zip archive"):
        pull(reference(tmp_path / "odd.zip"))
