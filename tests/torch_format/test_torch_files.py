"""Both containers, every element type and view; files made here byte by byte."""

from __future__ import annotations

import random
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.torch_format.torch_bytes import (
    group,
    mapping,
    name,
    number,
    state_dict,
    storage,
    tensor,
    text,
    write_legacy,
    write_zip,
)
from v2v_tf.errors import InputError
from v2v_tf.torch_format.files import read_tensors

WRITERS = pytest.mark.parametrize("write", [write_zip, write_legacy])
Write = Callable[..., Path]


def network() -> tuple[bytes, dict[str, bytes]]:
    items = {
        "up.weight": tensor(storage("Float", "k7", 24), (2, 3, 4), (12, 4, 1)),
        "steps": tensor(storage("Float", "k8", 2), (), (), 1),
    }
    data = np.arange(24, dtype="<f4").tobytes()
    return state_dict(items), {"k7": data, "k8": np.float32([5, 17]).tobytes()}


def refusal(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_tensors(path)
    assert str(path) in str(caught.value)
    return str(caught.value)


@WRITERS
def test_reads_names_order_and_values(tmp_path: Path, write: Write):
    arrays = read_tensors(str(write(tmp_path / "net.pth", *network())))
    assert list(arrays) == ["up.weight", "steps"]
    expected = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    np.testing.assert_array_equal(arrays["up.weight"], expected)
    assert type(arrays["steps"]) is np.ndarray and arrays["steps"].shape == ()
    assert arrays["steps"] == 17 and arrays["steps"].dtype == np.float32


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("Double", np.float64([1.25, -3e200, np.inf])),
        ("Float", np.float32([1.25, -3e30, np.nan])),
        ("Half", np.float16([1.25, -3e4, 6e-8])),
        ("Long", np.int64([-(2**62), 5, 7])),
        ("Int", np.int32([-(2**30), 5, 7])),
        ("Short", np.int16([-30000, 5, 7])),
        ("Char", np.int8([-128, 5, 7])),
        ("Byte", np.uint8([255, 5, 7])),
        ("Bool", np.bool_([True, False, True])),
    ],
)
@WRITERS
def test_element_types(tmp_path: Path, write: Write, kind: str, values: np.ndarray):
    pickle = state_dict({"x": tensor(storage(kind, "0", 3), (3,), (1,))})
    more = {"size": values.itemsize} if write is write_legacy else {}
    path = write(tmp_path / "net.pth", pickle, {"0": values.tobytes()}, **more)
    array = read_tensors(path)["x"]
    assert array.dtype == values.dtype
    np.testing.assert_array_equal(array, values)


def test_bfloat16_becomes_float32(tmp_path: Path):
    stored = storage("BFloat16", "0", 3)
    items = {"x": tensor(stored, (3,), (1,)), "y": tensor(stored, (), (), 2)}
    bits = np.array([0x3FC0, 0xC2F7, 0x0001], "<u2")
    arrays = read_tensors(
        write_zip(tmp_path / "net.pth", state_dict(items), {"0": bits.tobytes()})
    )
    np.testing.assert_array_equal(arrays["x"], np.float32([1.5, -123.5, 2.0**-133]))
    assert arrays["x"].dtype == arrays["y"].dtype == np.float32
    assert arrays["y"].shape == () and arrays["y"] == arrays["x"][2]


@WRITERS
def test_views_of_one_storage(tmp_path: Path, write: Write):
    values = np.arange(60, dtype="<f4")
    stored = storage("Float", "0", 60)
    items = {
        "all": tensor(stored, (60,), (1,)),
        "transposed": tensor(stored, (10, 6), (1, 10)),
        "part": tensor(stored, (2, 3, 4), (12, 4, 1), 7),
        "stepped": tensor(stored, (20,), (3,), 1),
        "single": tensor(stored, (1, 5), (10**12, 2), 3),
        "none": tensor(stored, (0, 5), (5, 1), 60),
    }
    path = write(tmp_path / "net.pth", state_dict(items), {"0": values.tobytes()})
    arrays = read_tensors(path)
    expected = {
        "all": values,
        "transposed": values.reshape(6, 10).T,
        "part": values[7:31].reshape(2, 3, 4),
        "stepped": values[1::3],
        "single": values[None, 3:13:2],
        "none": np.zeros((0, 5)),
    }
    for key, array in arrays.items():
        np.testing.assert_array_equal(array, expected[key], err_msg=key)
        assert array.flags.c_contiguous and array.flags.writeable
    arrays["all"][:] = -1
    assert arrays["part"].min() == 7


def test_old_views_parameters_and_texts(tmp_path: Path):
    view = storage("Float", "5", 9, group(text("6"), number(2), number(4)))
    parameter = group(tensor(view, (3,), (1,), 1, "_rebuild_tensor"), b"\x88", b"N")
    pair = b"](U\x05old.w" + name("torch._utils", "_rebuild_parameter") + parameter
    # A list of pairs, and text that is bytes: an ordered dict of Python 2.
    ordered = name("collections", "OrderedDict") + group(b"](" + pair + b"Ree") + b"R."
    data = np.arange(10, 19, dtype="<f4").tobytes()
    path = write_legacy(tmp_path / "net.pth", b"\x80\x02" + ordered, {"5": data})
    np.testing.assert_array_equal(read_tensors(path)["old.w"], [13, 14, 15])


@pytest.mark.parametrize(
    ("shape", "strides", "offset"),
    [
        ((5,), (1,), 5),
        ((3, 3), (3, 2), 0),
        ((1000,), (0,), 0),
        ((2**40, 2**40), (1, 1), 0),
        ((0, 2**62), (1, 1), 0),
        ((2**62,), (2**62,), 0),
        ((3,), (-1,), 5),
        ((-3,), (1,), 5),
        ((3,), (1,), -1),
        ((3,), (1, 1), 0),
        ((2**66,), (1,), 0),
        ((1,) * 33, (1,) * 33, 0),
        ((3,), (2**61,), 0),
    ],
)
def test_refuses_tensors_outside_their_storage(tmp_path: Path, shape, strides, offset):
    pickle = state_dict({"x": tensor(storage("Float", "0", 9), shape, strides, offset)})
    path = write_zip(tmp_path / "net.pth", pickle, {"0": bytes(36)})
    assert "has a tensor" in refusal(path)


def test_refuses_a_view_outside_its_storage(tmp_path: Path):
    view = storage("Float", "5", 9, group(text("6"), number(7), number(3)))
    pickle = state_dict({"x": tensor(view, (1,), (1,))})
    path = write_legacy(tmp_path / "net.pth", pickle, {"5": bytes(36)})
    assert "exceeds storage" in refusal(path)


@WRITERS
@pytest.mark.parametrize("numel", [8, 10, 2**62])
def test_refuses_storages_of_another_size(tmp_path: Path, write: Write, numel: int):
    pickle = state_dict({"x": tensor(storage("Float", "0", numel), (2,), (1,))})
    path = write(tmp_path / "net.pth", pickle, {"0": bytes(36)})
    assert "bytes of storage '0'" in refusal(path)


@WRITERS
def test_refuses_absent_storages(tmp_path: Path, write: Write):
    pickle = state_dict({"x": tensor(storage("Float", "0", 9), (2,), (1,))})
    assert "storage" in refusal(write(tmp_path / "net.pth", pickle, {"1": bytes(36)}))


def test_refuses_a_storage_of_two_types(tmp_path: Path):
    kinds = {k: tensor(storage(k, "0", 9), (2,), (1,)) for k in ("Float", "Int")}
    path = write_zip(tmp_path / "net.pth", state_dict(kinds), {"0": bytes(36)})
    assert "declares storage '0' twice" in refusal(path)


def test_refuses_a_storage_read_a_thousand_times(tmp_path: Path):
    stored = tensor(storage("Byte", "0", 2**17), (2**17,), (1,)) + b"q\x01"
    items = {"x": stored} | {f"x{k}": b"h\x01" for k in range(1000)}
    path = write_zip(tmp_path / "net.pth", state_dict(items), {"0": bytes(2**17)})
    assert "exceed the file" in refusal(path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (mapping({"epoch": b"K\x03", "net": mapping({})}), "'epoch', 'net'"),
        (mapping({"net": mapping({})}), "'net' is a dict"),
        (b"](NNe", "holds a list"),
        (b"}K\x03" + tensor(storage("Float", "0", 1), (), ()) + b"s", "numbers"),
    ],
)
def test_says_what_other_checkpoints_hold(tmp_path: Path, content: bytes, said: str):
    path = write_zip(tmp_path / "net.pth", b"\x80\x02" + content + b".", {"0": b"1234"})
    assert said in refusal(path)
    assert "torch.save(" in refusal(path)


def test_refuses_big_endian(tmp_path: Path):
    path = tmp_path / "net.pth"
    assert "big-endian" in refusal(write_zip(path, *network(), byteorder=b"big"))
    machine = b"}X\x0d\x00\x00\x00little_endian\x89s."
    assert "big-endian" in refusal(write_legacy(path, *network(), machine=machine))
    assert read_tensors(write_zip(path, *network(), byteorder=b"little"))


def test_refuses_odd_zip_archives(tmp_path: Path):
    pickle, storages = network()
    path = tmp_path / "net.pth"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/data.pkl", pickle)
    assert "compressed" in refusal(path)
    write_zip(path, pickle, storages)
    with (
        zipfile.ZipFile(path, "a") as archive,
        pytest.warns(UserWarning, match="Duplicate"),
    ):
        archive.writestr("any name/data.pkl", pickle)
    assert "two entries" in refusal(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a/weights.pkl", pickle)
    assert "without the one data.pkl" in refusal(path)
    write_zip(path, bytes(5 * 2**20), {})
    assert "at most" in refusal(path)


def test_refuses_overlapping_zip_entries(tmp_path: Path):
    path = write_zip(tmp_path / "net.pth", network()[0], {"k7": bytes(4000)})
    data = bytearray(path.read_bytes())
    entry = data.index(b"PK\x01\x02", data.index(b"any name/version"))
    data[entry + 20 : entry + 28] = struct.pack("<II", 10**6, 10**6)
    path.write_bytes(data)
    assert "exceed the file" in refusal(path)


@WRITERS
def test_refuses_other_files(tmp_path: Path, write: Write):
    path = tmp_path / "net.pth"
    assert "no file" in refusal(path)
    for other in (b"", b"not a checkpoint", b"\x89PNG\r\n", b"\x80\x02K\x07."):
        path.write_bytes(other)
        assert "zip or legacy format" in refusal(path)
    path.write_bytes(b"sys_info".ljust(257, b"\0") + b"ustar" + bytes(250))
    assert "tar archive" in refusal(path)
    whole = write(path, *network()).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert "zip or legacy format" in refusal(path)


@WRITERS
def test_mutated_files_are_refused_or_read(tmp_path: Path, write: Write):
    path = write(tmp_path / "net.pth", *network())
    whole = path.read_bytes()
    chance = random.Random(11)
    outcomes = {True: 0, False: 0}
    for _ in range(400):
        data = bytearray(whole)
        for _ in range(chance.choice((1, 1, 2, 6))):
            data[chance.randrange(len(data))] = chance.randrange(256)
        if chance.random() < 0.25:
            del data[chance.randrange(len(data)) :]
        path.write_bytes(data)
        try:
            arrays = read_tensors(path)
        except InputError:
            outcomes[False] += 1
        else:
            outcomes[True] += 1
            assert all(isinstance(array, np.ndarray) for array in arrays.values())
    assert outcomes[False] > 100 and outcomes[True] > 10


@pytest.mark.reference
@pytest.mark.parametrize(
    ("file", "num_tensors", "key", "shape"),
    [
        ("street_2scale/latest_net_G1.pth", 155, "indv_down.1.weight", (4, 108, 7, 7)),
        ("encoder/net.pth", 37, "model.1.weight", (4, 3, 7, 7)),
    ],
)
def test_checkpoints_of_pytorch(reference: Path, file, num_tensors, key, shape):
    arrays = read_tensors(reference / "fixtures" / file)
    assert len(arrays) == num_tensors
    assert arrays[key].shape == shape and arrays[key].dtype == np.float32
    assert 0 < np.abs(arrays[key]).max() < 10
    assert all(np.isfinite(array).all() for array in arrays.values())
