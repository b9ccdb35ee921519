"""Packs by name, and what is wrong with damaged ones."""

import json
import shutil

import pytest

from v2v_tf.errors import InputError
from v2v_tf.storage import packs
from v2v_tf.storage.packs import PackFacts


@pytest.fixture
def pack(tmp_path, monkeypatch):
    """A pack in the cache whose weights are some bytes."""
    monkeypatch.setenv("V2V_TF_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "cache/packs/toy"
    (folder / "first_frame").mkdir(parents=True)
    for name in ("weights.safetensors", "config.yaml", "first_frame/config.yaml"):
        (folder / name).write_text(name)
    packs.write_facts(folder, PackFacts("toy", "A toy.", {"weights": "MIT"}))
    return folder


def test_names_are_looked_up_and_paths_stay(pack, tmp_path, monkeypatch):
    assert packs.located("toy") == pack
    assert packs.known_packs()["toy"] == pack
    assert packs.located("./toy").name == "toy"
    assert packs.located("runs/toy") == packs.Path("runs/toy")
    assert packs.located("other") == packs.Path("other")
    assert "there are: " in packs.hint(packs.Path("other"))
    assert packs.hint(pack) == packs.hint(packs.Path("a/b")) == ""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "toy").mkdir()
    assert packs.located("toy") == packs.Path("toy")  # what is here comes first


def test_the_cache_is_the_user_s_own(monkeypatch):
    monkeypatch.delenv("V2V_TF_CACHE", raising=False)
    monkeypatch.setenv("HOME", "/home/someone")
    assert str(packs.cache_folder()) == "/home/someone/.cache/v2v_tf"


def test_a_whole_pack_says_what_it_is(pack):
    facts = packs.check_whole(pack)
    assert (facts.name, facts.licences) == ("toy", {"weights": "MIT"})
    assert len(facts.files) == 3
    assert packs.is_pack(pack) and not packs.is_pack(pack.parent)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda p: (p / "config.yaml").write_text("x"), "config.yaml is missing, or"),
        (lambda p: (p / "config.yaml").unlink(), "config.yaml is missing, or"),
        (lambda p: (p / "more.pkl").write_text("x"), "holds more.pkl, which"),
        (lambda p: (p / "pack.json").unlink(), "is no pack: it has no pack.json"),
        (lambda p: (p / "pack.json").write_text("[]"), "not what a pack holds"),
        (lambda p: rewrite(p, format_version=2), "format_version 2, expected 1"),
        (lambda p: rewrite(p, files={}), "names no weights"),
        (lambda p: rewrite(p, colour="red"), "unknown key 'colour'"),
        (lambda p: rewrite(p, files=["config.yaml"]), "'files' expected a mapping"),
        (lambda p: rewrite(p, step="many"), "'step' expected int"),
        (lambda p: outside(p, "../secret"), "names ../secret, outside"),
        (lambda p: outside(p, "/etc/passwd"), "names /etc/passwd, outside"),
        (lambda p: link(p), "outside of the pack"),
    ],
)
def test_damage_is_named(pack, damage, message):
    damage(pack)
    with pytest.raises(InputError, match=message):
        packs.check_whole(pack)


def rewrite(pack, **changes):
    values = json.loads((pack / "pack.json").read_text())
    (pack / "pack.json").write_text(json.dumps({**values, **changes}))


def outside(pack, name):
    values = json.loads((pack / "pack.json").read_text())
    rewrite(pack, files={**values["files"], name: "0" * 64})


def link(pack):
    shutil.move(pack / "config.yaml", pack.parent / "elsewhere")
    (pack / "config.yaml").symlink_to(pack.parent / "elsewhere")


@pytest.mark.parametrize("name", ["", "Toy", "a/b", "..", "-a", "a b", "a" * 65])
def test_names_that_no_pack_has(name):
    with pytest.raises(InputError, match="is no name of a pack"):
        packs.check_name(name)
