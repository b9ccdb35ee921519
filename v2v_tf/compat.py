"""Names what differs between the stacks that v2v_tf runs on.

The pinned stack has TensorFlow 2.15, TF Addons and protobuf 3; the living one has
TensorFlow 2.21 with Keras 2 as a package of its own, protobuf 6, and no TF Addons.
Nothing else asks which it is.
"""

from __future__ import annotations

import os
import platform
import sys
import warnings
from importlib.util import find_spec
from typing import Any

_LEGACY = "TF_USE_LEGACY_KERAS"


def no_tfx_here() -> str | None:
    """Returns why TFX cannot be installed for this Python, and what to do, or None."""
    libc, version = platform.libc_ver()
    if sys.version_info < (3, 11) or libc != "glibc":
        return None
    if tuple(map(int, version.split("."))) >= (2, 39):
        return None
    python = f"{sys.version_info[0]}.{sys.version_info[1]}"
    return (
        f"TFX for Python {python} needs a system with glibc 2.39, such as Debian 13; "
        f"this one has {version}: use Python 3.10 (make setup STACK=pinned)"
    )


def ask_for_keras_2() -> None:
    """Lets `tf.keras` be Keras 2, where TensorFlow would take Keras 3.

    From TensorFlow 2.16 on Keras 2 is the package tf_keras, and which one `tf.keras` is
    is settled when it is first used. TensorFlow 2.15 has it inside, and breaks where
    that package is asked for and missing, such as by the shell or by transformers.

    Raises:
        ImportError: `tf.keras` was used before and is Keras 3, or is told to be.
    """
    if not find_spec("tf_keras"):
        os.environ.pop(_LEGACY, None)
        return
    if os.environ.setdefault(_LEGACY, "1") not in ("1", "true", "True"):
        raise ImportError(
            f"v2v_tf needs Keras 2, and {_LEGACY}={os.environ[_LEGACY]} asks for "
            "Keras 3: unset it, or set it to 1"
        )
    tensorflow = sys.modules.get("tensorflow")
    if tensorflow and tensorflow.keras.__name__.startswith("keras._tf_keras"):
        raise ImportError(
            "tf.keras is Keras 3 in this process, and v2v_tf needs Keras 2: import "
            f"v2v_tf before tf.keras is used, or start Python with {_LEGACY}=1"
        )


def mediapipe_release() -> tuple[str, str]:
    """Returns the release of mediapipe with the networks that are read, and a remedy.

    Several releases hold the same files; each has wheels for some Pythons alone. The
    remedy is empty where the release can be installed.
    """
    if sys.version_info < (3, 11):
        return "0.10.9", ""
    remedy = ""
    if sys.version_info >= (3, 13):
        remedy = (
            "no release with them installs on this Python: unpack a wheel of mediapipe "
            "0.10.21, and name its folder by --network"
        )
    return "0.10.21", remedy


def with_defaults() -> dict[str, bool]:
    """Returns the option of `MessageToDict` that keeps fields at their default."""
    if _has_old_protobuf():
        return {"including_default_value_fields": True}
    return {"always_print_fields_with_no_presence": True}


def message_class(descriptor: Any) -> Any:
    """Returns the class of a protobuf message.

    Args:
        descriptor: a `google.protobuf.descriptor.Descriptor`.
    """
    # Imported where it is used: commands that ask of TFX alone answer at once.
    from google.protobuf import message_factory

    if _has_old_protobuf():
        factory = message_factory.MessageFactory(descriptor.file.pool)
        return factory.GetPrototype(descriptor)
    return message_factory.GetMessageClass(descriptor)


def _has_old_protobuf() -> bool:
    import google.protobuf

    return int(google.protobuf.__version__.split(".")[0]) < 5


def dense_image_warp() -> Any | None:
    """Returns `tfa.image.dense_image_warp`, or None where there are no TF Addons."""
    if not find_spec("tensorflow_addons"):
        return None
    with warnings.catch_warnings():
        # Its last release announces the end of the project on every import.
        warnings.filterwarnings("ignore", category=UserWarning)
        from tensorflow_addons.image import dense_image_warp
    return dense_image_warp


def tflite_interpreter() -> Any:
    """Returns the class that runs `.tflite` files.

    Newer TensorFlow warns that its own goes, and names the package that has it.
    """
    if find_spec("ai_edge_litert"):
        from ai_edge_litert.interpreter import Interpreter

        return Interpreter
    import tensorflow as tf

    return tf.lite.Interpreter
