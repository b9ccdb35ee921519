"""Networks of each kind of file read frames, and what is wrong is one line."""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from tests.detection.networks import small_networks as small
from v2v_tf.detection.networks.loading import load_network
from v2v_tf.errors import InputError
from v2v_tf.extras import MissingExtraError

FRAME = small.stripes()


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The folder of every small network, with its description."""
    root = tmp_path_factory.mktemp("networks")

    def folder(name: str, **said) -> Path:
        path = root / name
        path.mkdir()
        small.describe(path, **said)
        return path

    free, fixed = [1, None, None, 3], [1, 12, 20, 3]
    small.saved_model(folder("saved"), small.half, free)
    small.saved_model(
        folder("levels"), lambda x: small.half(tf.cast(x, tf.float32)), fixed, tf.uint8
    )
    small.saved_model(
        folder("ids", labels={"5": "red", "6": "green", "9": "blue"}),
        lambda x: tf.gather([5, 6, 9], tf.argmax(small.half(x), axis=-1)),
        free,
    )
    small.saved_model(
        folder("depths", depth={"kind": "depth"}),
        lambda x: tf.reduce_sum(small.half(x), axis=-1, keepdims=True),
        [None, None, None, 3],
    )
    small.saved_model(
        folder("two", output="right"),
        lambda x: {"left": -x, "right": x},
        free,
    )
    small.tflite(folder("tflite") / "small.tflite", fixed)
    small.tflite(folder("tflite_free") / "small.tflite", free)
    small.tflite(folder("tflite_levels") / "small.tflite", fixed, tf.uint8)
    small.onnx_file(folder("onnx_first") / "small.onnx", True)
    small.onnx_file(folder("onnx_last") / "small.onnx", False, (12, 20))
    return root


@pytest.mark.parametrize(
    "name",
    [
        *("saved", "levels", "two", "tflite/small.tflite"),
        *("tflite_free/small.tflite", "tflite_levels/small.tflite"),
        *("onnx_first/small.onnx", "onnx_last/small.onnx"),
    ],
)
def test_each_kind_of_file_tells_the_classes_of_a_frame(made, name):
    loaded = load_network(str(made / name), "labels")
    np.testing.assert_array_equal(loaded.classes(FRAME), small.classes_of_stripes())
    assert loaded.labels == {0: "red", 1: "green", 2: "blue"}
    assert loaded.files[0].licences.weights == "CC0-1.0"
    for one in loaded.files:
        assert one.sha256 == hashlib.sha256(one.path.read_bytes()).hexdigest()
    names = {one.path.name for one in loaded.files}
    assert "network.json" in names and len(names) > 1


def test_ids_are_enlarged_by_the_nearest(made):
    loaded = load_network(str(made / "ids"), "labels")
    expected = np.array([5, 6, 9])[small.classes_of_stripes()]
    np.testing.assert_array_equal(loaded.classes(FRAME), expected)


def test_depths_are_numbers_of_the_frame(made):
    loaded = load_network(str(made / "depths"), "depth")
    found = loaded.depths(FRAME)
    assert found.shape == (24, 40) and found.dtype == np.float32
    np.testing.assert_allclose(found[:15, :15], 280 / 255, atol=1e-5)
    np.testing.assert_allclose(found[17:, 17:], 260 / 255, atol=1e-5)


def test_numbers_are_put_in_the_range_that_the_description_says(tmp_path):
    def answer(x):
        # Red where the picture is as the description says, else green.
        wanted = ([40.0, 3.0, -1.0] - tf.constant([2.0, 1.0, 0.0])) / [2.0, 4.0, 8.0]
        near = tf.reduce_max(tf.abs(x - wanted), -1, keepdims=True) < 1e-4
        return tf.cast(tf.concat([near, ~near], -1), tf.float32)

    small.saved_model(tmp_path, answer, [1, None, None, 3])
    frame = np.zeros((6, 9, 3), np.uint8)
    frame[:] = (205, 20, 0)
    rules = {"range": [-1, 50], "mean": [2, 1, 0], "std": [2, 4, 8]}
    small.describe(tmp_path, labels=["right", "wrong"], input=rules)
    assert (load_network(str(tmp_path), "labels").classes(frame) == 0).all()
    small.describe(tmp_path, labels=["right", "wrong"], input={"range": [-1, 49]})
    assert (load_network(str(tmp_path), "labels").classes(frame) == 1).all()


def test_a_description_may_stand_elsewhere_and_name_its_network(made, tmp_path):
    shutil.copy(made / "onnx_first/small.onnx", tmp_path / "a.onnx")
    (tmp_path / "elsewhere").mkdir()
    said = small.describe(tmp_path / "elsewhere", network="../a.onnx")
    loaded = load_network(str(said), "labels")
    np.testing.assert_array_equal(loaded.classes(FRAME), small.classes_of_stripes())
    folder = load_network(str(tmp_path / "elsewhere"), "labels")
    np.testing.assert_array_equal(folder.classes(FRAME), small.classes_of_stripes())
    small.describe(tmp_path / "elsewhere")
    with pytest.raises(InputError, match=r"it names no network: give one as"):
        load_network(str(said), "labels")
    small.describe(tmp_path, network="b.onnx")
    with pytest.raises(InputError, match=r"is of b.onnx and not of a.onnx"):
        load_network(str(tmp_path / "a.onnx"), "labels")


def test_a_network_without_licences_is_refused_with_the_remedy(made, tmp_path):
    path = tmp_path / "small.onnx"
    shutil.copy(made / "onnx_first/small.onnx", path)
    with pytest.raises(InputError) as caught:
        load_network(str(path), "labels")
    message = str(caught.value)
    assert "\n" not in message and "nothing says its licences" in message
    # What it says to write is read.
    said = json.loads(message[message.index("{") : message.rindex("}") + 1])
    (tmp_path / "network.json").write_text(json.dumps(said))
    assert load_network(str(path), "labels").files[0].licences.code == "..."


def test_what_is_no_network_is_refused_in_one_line(tmp_path):
    def refused(name, text):
        with pytest.raises(InputError, match=text) as caught:
            load_network(str(name), "labels")
        assert "\n" not in str(caught.value)

    refused(
        tmp_path / "nothing", "no such file or folder; expected a folder of a Saved"
    )
    refused(tmp_path, "no network in it; expected")
    small.describe(tmp_path)
    for name, text in (
        ("a.pt", "may run code when it is read: export it to ONNX"),
        ("a.keras", "export it by model.export"),
        ("a.txt", "files of this kind are not read: expected a folder"),
        ("a.onnx", "expected a whole ONNX file; ONNX Runtime says"),
        ("a.tflite", "not a network to run"),
        ("saved_model.pb", "files of this kind"),
    ):
        (tmp_path / name).write_text("no network")
        refused(tmp_path / name, text)
    refused(tmp_path, "expected a whole SavedModel; TensorFlow says")


def test_answers_of_another_kind_are_refused(made):
    depths = load_network(str(made / "depths"), "labels")
    with pytest.raises(
        InputError, match=r"expected logits \[H, W, N\], .* got float32"
    ):
        depths.classes(FRAME)
    classes = load_network(str(made / "saved"), "depth")
    with pytest.raises(
        InputError, match=r"expected depths .* got float32 \[12, 20, 3\]"
    ):
        classes.depths(FRAME)


def test_inputs_and_outputs_of_another_kind_are_refused(tmp_path):
    def refused(function, shape, text, dtype=tf.float32, **said):
        shutil.rmtree(tmp_path, ignore_errors=True)
        tmp_path.mkdir()
        small.describe(tmp_path, **said)
        small.saved_model(tmp_path, function, shape, dtype)
        with pytest.raises(InputError, match=text):
            load_network(str(tmp_path), "labels")

    two = {"left": 1, "right": 2}

    def both(x):
        return dict.fromkeys(two, x)

    free = [1, None, None, 3]
    refused(
        both, free, 'it has several among its outputs left, right: name one as "out'
    )
    refused(both, free, "it has no 'top' among its outputs", output="top")
    refused(small.half, [1, 8, 8, 4], r"got an input \[1, 8, 8, 4\]")
    refused(tf.identity, [None, 3], r"one picture, .* got an input \[any, 3\]")
    refused(tf.identity, free, "uint8 or float32, got int32", tf.int32)
    refused(
        *(tf.identity, free, "leave range, mean and std out", tf.uint8),
        input={"range": [-1, 1]},
    )


def test_without_the_extra_one_line_names_it(made, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'v2v_tf\[networks\]'"):
        load_network(str(made / "onnx_first/small.onnx"), "labels")
    assert load_network(str(made / "saved"), "labels").labels
