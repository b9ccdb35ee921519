"""All ways in which memory runs out become one error; nothing else does."""

from __future__ import annotations

import errno

import numpy as np
import pytest

from v2v_tf.memory.exhaustion import OutOfMemory, explaining, is_out_of_memory


class OpError(Exception):
    """As TensorFlow's, by which its errors are told."""


class ResourceExhaustedError(OpError):
    """As TensorFlow's."""


class InternalError(OpError):
    """As TensorFlow's."""


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        ResourceExhaustedError("OOM when allocating tensor with shape[7,3]"),
        InternalError("Dst tensor is not initialized: failed to allocate 3 bytes"),
        InternalError("CUDA_ERROR_OUT_OF_MEMORY: out of memory"),
        OpError("Operation received an exception: could not create a memory object"),
        RuntimeError("can't start new thread"),
        RuntimeError("std::bad_alloc"),
        OSError(errno.ENOMEM, "Cannot allocate memory"),
    ],
)
def test_memory_is_the_cause(error):
    assert is_out_of_memory(error)


@pytest.mark.parametrize(
    "error",
    [
        ResourceExhaustedError("write: No space left on device"),
        ResourceExhaustedError("/data/a; Too many open files"),
        ResourceExhaustedError("write: Disk quota exceeded"),
        FileNotFoundError(errno.ENOENT, "No such file or directory", "/home/oom/x"),
        InternalError("Blas GEMM launch failed"),
        ValueError("out of memory"),  # of this code, and about something else
        OSError(errno.ENOSPC, "No space left on device"),
        KeyError("x"),
    ],
)
def test_something_else_is_the_cause(error):
    assert not is_out_of_memory(error)
    silent = explaining(lambda: pytest.fail("nobody asked"))
    with pytest.raises(type(error)) as raised, silent:
        raise error
    assert raised.value is error


def test_numpys_own_error_is_one():
    told = pytest.raises(OutOfMemory, match="^out of memory: take 7$")
    with told as raised, explaining(lambda: "take 7"):
        np.ones(1 << 50, np.uint8)
    assert isinstance(raised.value.__cause__, MemoryError)


def test_the_inner_advice_stays():
    told = pytest.raises(OutOfMemory, match="^out of memory: inner$")
    with told, explaining(lambda: "outer"), explaining(lambda: "inner"):
        raise MemoryError


def test_tensorflows_own_error_is_one():
    import tensorflow as tf

    assert is_out_of_memory(tf.errors.ResourceExhaustedError(None, None, "OOM"))
    assert not is_out_of_memory(tf.errors.InvalidArgumentError(None, None, "shapes"))
