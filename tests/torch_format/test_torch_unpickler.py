"""Hostile pickles: refused by name, and nothing of them runs."""

from __future__ import annotations

import builtins
import copyreg
import encodings.cp437  # noqa: F401  zip files need it, and below nothing can be imported
import io
import os
import zipfile
from pathlib import Path

import pytest

from v2v_tf.errors import InputError
from v2v_tf.torch_format import unpickler as torch_unpickler
from v2v_tf.torch_format.files import read_tensors
from v2v_tf.torch_format.tensors import Storages

ORDERED = b"ccollections\nOrderedDict\n"
FLOATS = b"ctorch\nFloatStorage\n"
REBUILD = b"ctorch._utils\n_rebuild_tensor_v2\n"


def text(value: str) -> bytes:
    return b"\x8c" + bytes([len(value)]) + value.encode()


def refusal(folder: Path, program: bytes) -> str:
    path = folder / "net.pth"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("net/data.pkl", b"\x80\x04" + program + b".")
    with pytest.raises(InputError) as caught:
        read_tensors(path)
    assert str(path) in str(caught.value)
    return str(caught.value)


@pytest.fixture
def nothing_runs(monkeypatch, tmp_path: Path):
    """Fails the test where something was run or imported."""
    log: list = []
    monkeypatch.chdir(tmp_path)
    for module, attribute in ((os, "system"), (builtins, "eval"), (builtins, "exec")):
        monkeypatch.setattr(module, attribute, lambda *a: log.append(a))
    monkeypatch.setattr(builtins, "__import__", _logging(builtins.__import__, log))
    yield
    assert log == []
    assert not Path("marker").exists()


def _logging(real_import, log: list):
    watched = ("posix", "torch", "functools.partial")

    def watch(name, *arguments, **options):
        if name in watched:
            log.append(name)
        return real_import(name, *arguments, **options)

    return watch


@pytest.mark.parametrize(
    ("module", "attribute"),
    [
        ("os", "system"),
        ("posix", "system"),
        ("nt", "system"),
        ("builtins", "eval"),
        ("builtins", "getattr"),
        ("__builtin__", "eval"),
        ("functools", "partial"),
        ("torch", "load"),
        ("torch._utils", "_rebuild_tensor_v2.__globals__"),
        ("torch", "FloatStorage.stored"),
        ("collections", "OrderedDict.fromkeys"),
        ("collections", "namedtuple"),
        ("numpy.core.multiarray", "_reconstruct"),
        ("v2v_tf.torch_format.tensors", "rebuild_tensor"),
        ("torch.nn.modules.container", "Sequential"),
    ],
)
@pytest.mark.usefixtures("nothing_runs")
@pytest.mark.parametrize("how", ["GLOBAL", "STACK_GLOBAL", "INST"])
def test_other_names_are_refused(tmp_path: Path, module, attribute, how):
    argument = text("touch marker")
    program = {
        "GLOBAL": f"c{module}\n{attribute}\n".encode() + argument + b"\x85R",
        "STACK_GLOBAL": text(module) + text(attribute) + b"\x93" + argument + b"\x85R",
        "INST": b"(" + argument + f"i{module}\n{attribute}\n".encode(),
    }[how]
    assert f"'{module}.{attribute}'" in refusal(tmp_path, program)
    # Also where it is never called, and inside a state dict.
    assert f"'{module}.{attribute}'" in refusal(
        tmp_path, b"}" + text("x") + program + b"s"
    )


@pytest.mark.usefixtures("nothing_runs")
@pytest.mark.parametrize("code", [b"\x82\xf0", b"\x83\xf0\0", b"\x84\xf0\0\0\0"])
def test_extension_codes_are_refused(tmp_path: Path, code: bytes):
    copyreg.add_extension("os", "system", 0xF0)
    copyreg._extension_cache[0xF0] = os.system
    try:
        said = refusal(tmp_path, code + text("touch marker") + b"\x85R")
    finally:
        copyreg.remove_extension("os", "system", 0xF0)
        copyreg._extension_cache.pop(0xF0, None)
    assert "instruction EXT" in said


@pytest.mark.parametrize(
    ("program", "said"),
    [
        (ORDERED + b")\x81", "instruction NEWOBJ"),
        (ORDERED + b")}\x92", "instruction NEWOBJ_EX"),
        (b"(" + ORDERED + b"o", "instruction OBJ"),
        (b"P12\n", "instruction PERSID '12'"),
        (b"\x96" + bytes(8), "instruction BYTEARRAY8"),
        (b"\x97", "instruction NEXT_BUFFER"),
        (FLOATS + b")R", "no function"),
        (text("eval") + b")R", "no function"),
        (REBUILD + b"}R", "no function"),
        (REBUILD + b"(" + b"N" * 9 + b"tR", "more than 8 arguments"),
        (REBUILD + b"(NNNNtR", "no storage"),
        (ORDERED + text("ab") + b"\x85R", "no list"),
        (b"ctorch._utils\n_rebuild_parameter\nN\x85R", "no tensor"),
        (text("storage") + b"Q", "no storage"),
        (b"(" + text("module") + FLOATS + b"NNNtQ", "no storage"),
        (b"(" + text("storage") + text("Float") + b"NNNtQ", "no storage"),
        (b"}" + text("x") + b"\x85Ns", "neither text nor a number"),
        (b"]Na" + text("x") + b"Ns", "no dict"),
        (b"}Na", "no list"),
        (text("x") + b"K\x03\x93", "no text"),
    ],
)
def test_other_instructions_are_refused(tmp_path: Path, program: bytes, said: str):
    assert said in refusal(tmp_path, program)


@pytest.mark.parametrize("target", [ORDERED, FLOATS, REBUILD, b"N", b")", b"]"])
def test_no_state_is_set(tmp_path: Path, target: bytes):
    before = {key: vars(torch_unpickler)[key] for key in vars(torch_unpickler)}
    state = b"}" + text("call") + b"Ns"
    for states in (state, b"N" + state + b"\x86"):
        assert "no dict" in refusal(tmp_path, target + states + b"b")
    assert vars(torch_unpickler) == before


def test_state_of_a_dict_is_dropped(tmp_path: Path):
    path = tmp_path / "net.pth"
    state = b"}" + text("__class__") + b"Ns"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("net/data.pkl", b"\x80\x04" + ORDERED + b")R" + state + b"b.")
    assert read_tensors(path) == {}


@pytest.mark.parametrize(
    "program",
    [
        b"",
        b"h\x07",
        b"0",
        b"t",
        b"R",
        b"K",
        b"\x8a\xff\x01",
        b"X\xff\xff\xff\xffx",
        b"\x8d" + b"\xff" * 8,
        b"}(Ku",
        b"}(" + text("x") + b"u",
        b"I" + b"9" * 100_000 + b"\n",
        b"\xff",
        b"X\x01\0\0\0\xff",
    ],
)
def test_broken_pickles_are_refused(tmp_path: Path, program: bytes):
    assert "zip or legacy format" in refusal(tmp_path, program)


@pytest.mark.parametrize(
    "program",
    [
        b"}r\xff\xff\xff\xff",
        b")" + b"\x85" * 100_000,
        b"}" + b")" + b"\x85" * 100_000 + b"Ns",
        b"]" * 50_000 + b"a" * 49_999,
        b"]q\x01h\x01a",
    ],
)
def test_deep_and_endless_pickles_are_read_flat(tmp_path: Path, program: bytes):
    # A dict alone is an empty state dict; something follows to be refused.
    assert str(tmp_path) in refusal(tmp_path, program + b"N")


def test_a_list_is_copied_once():
    # Else a small file could fill the memory: as many copies as it has calls.
    pairs = b"".join(text(str(k)) + b"N\x86" for k in range(200))
    calls = (ORDERED + b"h\x01\x85R") * 3
    program = b"](" + pairs + b"eq\x01(" + calls + b"t."
    made = torch_unpickler.load(io.BytesIO(program), Storages())
    assert [len(pairs) for pairs in made] == [200, 0, 0]
