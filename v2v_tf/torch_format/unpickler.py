"""Reads pickles of tensors and of nothing else.

Pickle is a stack machine whose programs may import and call anything. This one
carries out the instructions that PyTorch writes for a state dict and refuses the
rest. A name in the file is a key of a table, never an import; what can be called are
the functions of that table, which build the classes of `torch_tensors`.
"""

from __future__ import annotations

import pickletools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, BinaryIO

from v2v_tf.torch_format.tensors import (
    STORAGE_TYPES,
    Refused,
    Storages,
    rebuild_parameter,
    rebuild_size,
    rebuild_tensor,
)

# Calls copy their arguments, which a file may name again and again.
_MAX_ARGUMENTS = 8


@dataclass(frozen=True)
class _Function:
    """Marks what a program may call, so that no other function is taken for it."""

    call: Callable[..., Any]


def load(stream: BinaryIO, storages: Storages) -> Any:
    """Reads one pickle, up to its last instruction.

    Args:
        stream: stands at the pickle, and afterwards behind it. It ends within memory
            that the caller affords: the work and memory are linear in its length.
        storages: takes up the storages that the pickle names.

    Returns:
        None, numbers, text, tuples, lists, dicts (ordered ones too) and `Tensor`s.

    Raises:
        Refused: it asks for anything else.
        ValueError, LookupError, TypeError: it is no valid pickle.
    """
    return _Machine(storages).run(stream)


class _Machine:
    # Not a subclass of pickle.Unpickler, where find_class is only one of the gates:
    # extension codes may come from a cache that it does not see, BUILD sets
    # attributes or calls __setstate__, keys of the file's making are hashed as deep
    # as they nest, and the C version sizes its memo by an index out of the file.
    # pickletools only parses.

    def __init__(self, storages: Storages) -> None:
        self._storages = storages
        self._stack: list[Any] = []
        self._marked: list[list[Any]] = []
        self._memo: dict[int, Any] = {}

    def run(self, stream: BinaryIO) -> Any:
        for opcode, argument, _ in pickletools.genops(stream):
            if opcode.name == "STOP":
                break
            self._step(opcode.name, argument)
        return self._stack.pop()

    def _step(self, name: str, argument: Any) -> None:
        stack, memo = self._stack, self._memo
        match name:
            case "BINPUT" | "LONG_BINPUT":
                memo[argument] = stack[-1]
            case "MEMOIZE":
                memo[len(memo)] = stack[-1]
            case "BINGET" | "LONG_BINGET":
                stack.append(memo[argument])
            case "BININT" | "BININT1" | "BININT2" | "LONG1" | "BINFLOAT":
                stack.append(argument)
            case "BINUNICODE" | "SHORT_BINUNICODE":
                stack.append(argument)
            case "BINSTRING" | "SHORT_BINSTRING":  # Text of Python 2.
                stack.append(argument.encode("latin-1").decode())
            case "NONE":
                stack.append(None)
            case "NEWTRUE" | "NEWFALSE":
                stack.append(name == "NEWTRUE")
            case "MARK":
                self._marked.append(stack)
                self._stack = []
            case "EMPTY_TUPLE":
                stack.append(())
            case "TUPLE1" | "TUPLE2" | "TUPLE3":
                items = [stack.pop() for _ in range(int(name[-1]))]
                stack.append(tuple(reversed(items)))
            case "TUPLE":
                items = self._since_mark()
                self._stack.append(tuple(items))
            case "EMPTY_LIST":
                stack.append([])
            case "APPEND":
                self._extend([stack.pop()])
            case "APPENDS":
                self._extend(self._since_mark())
            case "EMPTY_DICT":
                stack.append({})
            case "SETITEM":
                value, key = stack.pop(), stack.pop()
                _update(stack[-1], [(key, value)])
            case "SETITEMS":
                items = self._since_mark()
                pairs = zip(items[::2], items[1::2], strict=True)
                _update(self._stack[-1], pairs)
            case "GLOBAL":
                stack.append(_find(argument.replace(" ", ".", 1)))
            case "STACK_GLOBAL":
                last, module = stack.pop(), stack.pop()
                if type(last) is not str or type(module) is not str:
                    raise Refused("asks for a global whose name is no text")
                stack.append(_find(f"{module}.{last}"))
            case "BINPERSID":
                stack.append(self._storages.load(stack.pop()))
            case "REDUCE":
                arguments, function = stack.pop(), stack.pop()
                if type(function) is not _Function or type(arguments) is not tuple:
                    raise Refused("calls something that is no function")
                if len(arguments) > _MAX_ARGUMENTS:
                    raise Refused(f"calls with more than {_MAX_ARGUMENTS} arguments")
                stack.append(function.call(*arguments))
            case "BUILD":
                # The versions of the layers, in a state dict: of no use here.
                stack.pop()
                if type(stack[-1]) is not dict:
                    raise Refused("sets the state of something that is no dict")
            case "PROTO" | "FRAME":
                pass
            case _:
                what = f" {_quoted(str(argument).replace(' ', '.', 1))}"
                raise Refused(
                    f"uses the pickle instruction {name}"
                    f"{'' if argument is None else what}, which no state dict needs"
                )

    def _since_mark(self) -> list[Any]:
        items, self._stack = self._stack, self._marked.pop()
        return items

    def _extend(self, items: list[Any]) -> None:
        if type(self._stack[-1]) is not list:
            raise Refused("appends to something that is no list")
        self._stack[-1].extend(items)


def _update(target: Any, pairs: Any) -> None:
    if type(target) is not dict:
        raise Refused("sets an item of something that is no dict")
    for key, value in pairs:
        # Others have a hash that depends on what else is in the file.
        if type(key) is not str and type(key) is not int:
            raise Refused("has a dict with a key that is neither text nor a number")
        target[key] = value


def _ordered_dict(*arguments: Any) -> dict[Any, Any]:
    made: dict[Any, Any] = {}
    if arguments:  # One list of pairs, as Python 2 wrote it.
        (pairs,) = arguments
        if type(pairs) is not list:
            raise Refused("has an ordered dict of something that is no list")
        _update(made, pairs)
        # So that a list is not copied once per mention of it.
        pairs.clear()
    return made


_GLOBALS: dict[str, Any] = {
    "collections.OrderedDict": _Function(_ordered_dict),
    "torch._utils._rebuild_tensor": _Function(rebuild_tensor),
    "torch._utils._rebuild_tensor_v2": _Function(rebuild_tensor),
    "torch._utils._rebuild_parameter": _Function(rebuild_parameter),
    "torch.Size": _Function(rebuild_size),
} | {f"torch.{name}Storage": kind for name, kind in STORAGE_TYPES.items()}


def _find(name: str) -> Any:
    if name not in _GLOBALS:
        raise Refused(
            f"asks for {_quoted(name)}, which is refused: only tensors are read, and "
            "nothing that a file names is run"
        )
    return _GLOBALS[name]


def _quoted(text: str) -> str:
    # Cut, and escaped for the terminal: the text is the file's.
    return ascii(text if len(text) <= 120 else f"{text[:120]}...")
