"""Builds what a pickled state dict holds: storages, and tensors that view them.

Everything here is checked as it is built, against the storage's element count that
the pickle declares; the containers check that count against the bytes of the file.
Nothing is allocated before `Tensor.to_array`, and that no more than the storage has.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

# What NumPy 1 can hold.
_MAX_RANK = 32
ADVICE = "in PyTorch, save the tensors alone: torch.save(net.state_dict(), path)"


class Refused(ValueError):
    """Says why a checkpoint is not read, as what follows the file's name in a sentence.

    Attributes:
        advice: what the reader of the message can do.
    """

    def __init__(self, reason: str, advice: str = ADVICE) -> None:
        super().__init__(reason)
        self.advice = advice


@dataclass(frozen=True)
class StorageType:
    """Describes an element type.

    Attributes:
        stored: type of the bytes in the file; for bfloat16 its bits, uint16.
        loaded: type of the arrays made of them.
    """

    stored: np.dtype
    loaded: np.dtype


STORAGE_TYPES = {
    name: StorageType(np.dtype(stored), np.dtype(loaded))
    for name, stored, loaded in (
        ("Double", "<f8", np.float64),
        ("Float", "<f4", np.float32),
        ("Half", "<f2", np.float16),
        ("BFloat16", "<u2", np.float32),
        ("Long", "<i8", np.int64),
        ("Int", "<i4", np.int32),
        ("Short", "<i2", np.int16),
        ("Char", "i1", np.int8),
        ("Byte", "u1", np.uint8),
        ("Bool", "u1", np.bool_),
    )
}


@dataclass(frozen=True)
class Storage:
    """Names a run of elements in the bytes of one key.

    Attributes:
        key: key of the storage in the file.
        kind: element type.
        start: first element of the run; not 0 only in a view of old files.
        numel: elements of the run.
    """

    key: str
    kind: StorageType
    start: int
    numel: int


@dataclass
class Storages:
    """Collects the storages that a pickle declares.

    Attributes:
        declared: by key, the whole of each storage.
    """

    declared: dict[str, Storage] = field(default_factory=dict)

    def load(self, identity: object) -> Storage:
        """Returns the storage that a persistent id names.

        Args:
            identity: (`storage`, type, key, device, numel), and in old files a sixth:
                None, or a view (key, first element, numel) of it.

        Raises:
            Refused: it is anything else, or contradicts an earlier one.
        """
        if type(identity) is not tuple or len(identity) not in (5, 6):
            raise Refused("names something by a persistent id that is no storage")
        tag, kind, key, _, numel = identity[:5]
        if (
            type(tag) is not str
            or tag != "storage"
            or type(kind) is not StorageType
            or type(key) is not str
        ):
            raise Refused("names something by a persistent id that is no storage")
        whole = Storage(key, kind, 0, _count(numel))
        if self.declared.setdefault(key, whole) != whole:
            raise Refused(f"declares storage {key[:40]!r} twice, in different ways")
        if len(identity) == 5 or identity[5] is None:
            return whole
        _, start, length = _sequence(identity[5], 3)
        view = Storage(key, kind, _count(start), _count(length))
        if view.start + view.numel > whole.numel:
            raise Refused(f"has a view that exceeds storage {key[:40]!r}")
        return view


@dataclass(frozen=True)
class Tensor:
    """Views a storage, inside its bounds.

    Attributes:
        storage: storage that the tensor views.
        offset: position of its first element in the bytes of the key, elements.
        shape: N sizes.
        strides: N steps between neighbours, elements.
    """

    storage: Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    @property
    def nbytes(self) -> int:
        """Bytes of the array."""
        return math.prod(self.shape) * self.storage.kind.loaded.itemsize

    def to_array(self, data: bytes) -> np.ndarray:
        """Returns a contiguous copy, of the tensor's shape and `kind.loaded`.

        Args:
            data: the whole storage of the key.
        """
        kind = self.storage.kind
        if 0 in self.shape:
            return np.zeros(self.shape, kind.loaded)
        size = kind.stored.itemsize
        # This constructor checks the bounds once more, which as_strided does not.
        view: np.ndarray = np.ndarray(
            self.shape,
            kind.stored,
            data,
            self.offset * size,
            tuple(stride * size for stride in self.strides),
        )
        if kind is not STORAGE_TYPES["BFloat16"]:
            return view.astype(kind.loaded, order="C")
        # The upper half of a float32. In place, for a 0-d result would be a scalar.
        bits = view.astype(np.uint32, order="C")
        bits <<= np.uint32(16)
        return bits.view(np.float32)


def rebuild_tensor(
    storage: object, offset: object, shape: object, strides: object, *_: object
) -> Tensor:
    """Returns the tensor of a view; what follows the strides is for training.

    Raises:
        Refused: the arguments are of another kind, or leave the storage.
    """
    if type(storage) is not Storage:
        raise Refused("has a tensor of something that is no storage")
    sizes = tuple(_count(size) for size in _sequence(shape))
    steps = tuple(_count(step) for step in _sequence(strides, len(sizes)))
    first = _count(offset)
    if math.prod(max(size, 1) for size in sizes) >= 2**48:
        raise Refused("has a tensor of an impossible shape")
    numel = math.prod(sizes)
    last = first + sum((n - 1) * step for n, step in zip(sizes, steps, strict=True))
    # A step of 0 would make a large tensor of a small file.
    if numel > storage.numel or (numel and last >= storage.numel):
        raise Refused(
            f"has a tensor of shape {sizes} that exceeds its storage of "
            f"{storage.numel} elements"
        )
    # The step along a single element means nothing, and may be any number.
    steps = tuple(step if n > 1 else 0 for n, step in zip(sizes, steps, strict=True))
    return Tensor(storage, storage.start + first, sizes, steps)


def rebuild_parameter(tensor: object, *_: object) -> Tensor:
    """Returns the tensor of a parameter.

    Raises:
        Refused: it is none.
    """
    if type(tensor) is not Tensor:
        raise Refused("has a parameter of something that is no tensor")
    return tensor


def rebuild_size(sizes: object) -> tuple[Any, ...]:
    """Returns a `torch.Size` as a tuple."""
    return _sequence(sizes)


def _sequence(value: object, length: int | None = None) -> tuple[Any, ...]:
    if not isinstance(value, tuple | list) or length not in (None, len(value)):
        raise Refused("has a tensor whose shape and strides do not agree")
    if len(value) > _MAX_RANK:
        raise Refused(f"has a tensor of more than {_MAX_RANK} dimensions")
    return tuple(value)


def _count(value: object) -> int:
    # Not a bool, which is an int too.
    if type(value) is not int or not 0 <= value < 2**63:
        raise Refused("has a tensor with a size, offset or stride that is no count")
    return value
