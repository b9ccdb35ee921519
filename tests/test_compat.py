"""What differs between the stacks."""

from __future__ import annotations

import dataclasses
import os
import platform
import subprocess
import sys
from importlib.util import find_spec

import pytest

from v2v_tf import compat, extras
from v2v_tf.detection.mediapipe import packaged
from v2v_tf.errors import InputError


def with_system(monkeypatch, python: tuple[int, int], libc: tuple[str, str]) -> None:
    monkeypatch.setattr(sys, "version_info", (*python, 0, "final", 0))
    monkeypatch.setattr(platform, "libc_ver", lambda: libc)


@pytest.mark.parametrize(
    ("python", "libc", "told"),
    [
        ((3, 12), ("glibc", "2.36"), True),
        ((3, 13), ("glibc", "2.4"), True),
        ((3, 12), ("glibc", "2.39"), False),
        ((3, 12), ("glibc", "2.41"), False),
        ((3, 10), ("glibc", "2.36"), False),
        ((3, 12), ("", ""), False),
    ],
)
def test_who_lacks_tfx_is_told_where_it_is_to_be_had(monkeypatch, python, libc, told):
    with_system(monkeypatch, python, libc)
    error = str(extras.MissingExtraError("pipeline", "No module named 'tfx'"))
    assert "No module named 'tfx'" in error and "\n" not in error
    if told:
        assert f"Python 3.{python[1]}" in error and libc[1] in error
        assert "make setup STACK=pinned" in error and "pip install" not in error
    else:
        assert "pip install 'v2v_tf[pipeline]'" in error


def test_other_extras_are_installed_anywhere(monkeypatch):
    with_system(monkeypatch, (3, 12), ("glibc", "2.36"))
    assert "pip install 'v2v_tf[report]'" in str(extras.MissingExtraError("report", ""))


@pytest.mark.parametrize(
    ("python", "release"), [((3, 10), "0.10.9"), ((3, 12), "0.10.21")]
)
def test_a_release_of_mediapipe_is_named_that_installs(monkeypatch, python, release):
    with_system(monkeypatch, python, ("glibc", "2.36"))
    assert compat.mediapipe_release() == (release, "")
    missing = str(_found_nowhere())
    assert f"pip install --no-deps absent_one=={release}" in missing


def test_where_no_release_installs_a_folder_is_asked_for(monkeypatch):
    with_system(monkeypatch, (3, 13), ("glibc", "2.36"))
    missing = str(_found_nowhere())
    assert "pip install" not in missing
    assert missing.endswith("0.10.21, and name its folder by --network")


def _found_nowhere() -> InputError:
    """Returns the error of a network that no package here has."""
    model = dataclasses.replace(packaged("a/b.tflite", "0" * 64), package="absent_one")
    with pytest.raises(InputError) as raised:
        model.find()
    return raised.value


def test_messages_are_made_of_their_descriptors():
    from google.protobuf import json_format, wrappers_pb2

    kind = compat.message_class(wrappers_pb2.Int64Value.DESCRIPTOR)
    assert kind(value=7).value == 7
    from tensorflow_serving.apis import model_pb2

    found = json_format.MessageToDict(
        model_pb2.ModelSpec(),
        preserving_proto_field_name=True,
        **compat.with_defaults(),
    )
    assert found == {"name": "", "signature_name": ""}


@pytest.mark.skipif(not find_spec("tf_keras"), reason="Keras 2 is in TensorFlow here")
@pytest.mark.parametrize(
    ("before", "environment", "told"),
    [
        ("", {}, None),
        ("import tensorflow", {}, None),
        ("import tensorflow as tf; tf.keras.layers", {}, "import v2v_tf before"),
        (
            "import tensorflow as tf; tf.keras.layers",
            {"TF_USE_LEGACY_KERAS": "1"},
            None,
        ),
        ("", {"TF_USE_LEGACY_KERAS": "0"}, "unset it, or set it to 1"),
    ],
)
def test_keras_3_is_said_at_the_import(before, environment, told):
    inherited = {k: v for k, v in os.environ.items() if k != "TF_USE_LEGACY_KERAS"}
    code = f"{before}\nimport v2v_tf\nprint(v2v_tf.Vid2Vid.__mro__)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**inherited, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    if told is None:
        assert "tf_keras" in done.stdout, done.stderr
    else:
        assert done.returncode == 1 and told in done.stderr.splitlines()[-1]


@pytest.mark.skipif(bool(find_spec("tf_keras")), reason="Keras 2 is a package here")
def test_a_keras_2_that_is_missing_is_not_asked_for():
    code = "import v2v_tf; v2v_tf.Vid2Vid; import tensorflow as tf; tf.keras.layers"
    environment = {**os.environ, "TF_USE_LEGACY_KERAS": "1"}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)


def test_own_deprecated_uses_are_errors_in_tests():
    code = compile(
        "import warnings\nwarnings.warn('old', DeprecationWarning)", "", "exec"
    )
    for module in ("v2v_tf.layers.warp", "serving.model", "pipeline.dag"):
        with pytest.raises(DeprecationWarning, match="old"):
            exec(code, {"__name__": module})
    exec(code, {"__name__": "tensorflow.python"})
