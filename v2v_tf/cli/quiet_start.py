"""Leaves out what libraries say on every start of a command."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import sys
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

# TensorFlow prints these as it is imported, before it reads what level it is to log.
_SAID_BY_TENSORFLOW = (
    b"WARNING: All log messages before absl::InitializeLog() is called",
    b"I0000 ",
)


def quiet_start() -> None:
    """Sets what keeps libraries from talking, here and in processes that are begun."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")  # what it cannot read is named
    old_python = "You are using a non-supported Python version"
    os.environ.setdefault("PYTHONWARNINGS", f"ignore:{old_python}:FutureWarning")
    warnings.filterwarnings("ignore", message=old_python, category=FutureWarning)
    is_awaited = any(isinstance(one, _QuietImport) for one in sys.meta_path)
    if "tensorflow" not in sys.modules and not is_awaited:
        sys.meta_path.insert(0, _QuietImport("tensorflow"))


class _QuietImport(MetaPathFinder):
    """Leaves out lines of standard error while a package is imported, once."""

    def __init__(self, package: str) -> None:
        self._package = package

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        """Returns the package's own specification, with an import that is quiet."""
        if fullname != self._package:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(fullname)
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def quietly(module: ModuleType) -> None:
                with _without_lines(_SAID_BY_TENSORFLOW):
                    execute(module)

            spec.loader.exec_module = quietly  # type: ignore[method-assign]
        return spec


@contextlib.contextmanager
def _without_lines(beginnings: tuple[bytes, ...]) -> Iterator[None]:
    """Holds standard error back, and gives it in the end without some lines."""
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(kept, 2)
            os.close(kept)
            held.seek(0)
            for line in held:
                if not line.startswith(beginnings):
                    os.write(2, line)
