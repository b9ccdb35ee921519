"""Fetches packs into the user's cache: by URL with a hash, or from a model hub.

Nothing is believed that was not checked: an archive has the SHA-256 that its name says,
a pack of the Hub that of a commit, and every file the one that `pack.json` says. What
comes is numbers, text and pictures; nothing of it is run.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from pathlib import Path, PurePosixPath

from tqdm import tqdm

from v2v_tf.detection.networks import hub
from v2v_tf.errors import InputError
from v2v_tf.storage import packs
from v2v_tf.storage.folders import making

OFFLINE = "V2V_TF_OFFLINE"  # environment: nothing is fetched where it is set
_KINDS = (".json", ".yaml", ".md", ".safetensors", ".npz", *packs.PICTURES)
_MOST_BYTES = 4 << 30  # of a pack
_BLOCK = 1 << 20
_SECONDS = 60.0  # without a byte
_HASH = re.compile(r"sha256=([0-9a-f]{64})")


def is_reference(model: str) -> bool:
    """Returns whether a name says where a pack is to be fetched from."""
    return model.startswith((hub.PREFIX, "https://", "http://", "file://"))


def pull(reference: str, overwrite: bool = False) -> Path:
    """Fetches a pack into the cache, unless it is there.

    Args:
        reference: `https://host/NAME.zip#sha256=HASH`, the archive of a pack; or
            `hf:ORG/NAME@COMMIT`, of the Hugging Face Hub.
        overwrite: fetch it anew where a pack of that name is there.

    Returns:
        The folder of the pack.

    Raises:
        InputError: a name that is not pinned, one that is taken by another pack, or
            what came is not what was named; nothing is left of that.
        MissingExtraError: the Hub's package is not installed.
    """
    name = _name_of(reference)
    folder = packs.cache_folder() / "packs" / name
    note = folder.parent / f".{name}.from"
    if folder.is_dir() and not overwrite:
        before = note.read_text(encoding="utf-8") if note.is_file() else ""
        if before == reference:
            return folder
        raise InputError(
            f"{folder} is the pack of {before or 'another place'}: use it by its name, "
            f"{name}, or fetch this one in its place by --overwrite"
        )
    if os.environ.get(OFFLINE):
        raise InputError(
            f"{reference} is not in the cache, and {OFFLINE} is set: fetch it where "
            f"there is a net, or copy the pack to {folder}"
        )
    with making(folder) as working:
        if reference.startswith(hub.PREFIX):
            patterns = [f"*{kind}" for kind in _KINDS]
            fetched = hub.fetch(reference, patterns, option="")
            shutil.copytree(fetched, working, dirs_exist_ok=True)
        else:
            _from_url(reference, working)
        packs.check_whole(working)
    note.write_text(reference, encoding="utf-8")
    return folder


def _name_of(reference: str) -> str:
    if reference.startswith(hub.PREFIX):
        repository, _ = hub.parse_name(reference, option="")
        name = repository.rpartition("/")[2].lower()
    else:
        parts = urllib.parse.urlsplit(reference)
        path = PurePosixPath(urllib.parse.unquote(parts.path))
        if path.suffix.lower() != ".zip" or not _HASH.fullmatch(parts.fragment):
            raise InputError(
                f"{reference}: expected https://HOST/NAME.zip#sha256=HASH, with the 64 "
                "digits of the archive's SHA-256, so that it cannot become another"
            )
        name = path.stem
    packs.check_name(name)
    return name


def _from_url(reference: str, folder: Path) -> None:
    address, _, fragment = reference.partition("#")
    expected = fragment.removeprefix("sha256=")
    archive = folder.with_name(f"{folder.name}.zip")
    try:
        found = _download(address, archive)
        if found != expected:
            raise InputError(
                f"{address}: its SHA-256 is {found}, expected {expected}: the file was "
                "changed, or the name is of another one; nothing was kept"
            )
        _unpack(archive, folder)
    finally:
        archive.unlink(missing_ok=True)


def _download(address: str, file: Path) -> str:
    """Fetches a file, with a progress bar; returns its SHA-256."""
    digest = hashlib.sha256()
    try:
        with (
            urllib.request.urlopen(address, timeout=_SECONDS) as answer,
            file.open("wb") as to,
        ):
            size = int(answer.headers.get("Content-Length") or 0)
            with tqdm(total=size or None, unit="B", unit_scale=True) as bar:
                while block := answer.read(_BLOCK):
                    digest.update(block)
                    to.write(block)
                    bar.update(len(block))
                    if bar.n > _MOST_BYTES:
                        raise InputError(f"{address}: more than {_MOST_BYTES} bytes")
    except (OSError, ValueError, urllib.error.URLError) as error:
        raise InputError(f"{address} cannot be fetched: {error}") from error
    return digest.hexdigest()


def _unpack(archive: Path, folder: Path) -> None:
    """Unpacks plain files of known kinds, below a folder."""
    try:
        with zipfile.ZipFile(archive) as packed:
            files = [one for one in packed.infolist() if not one.is_dir()]
            if sum(one.file_size for one in files) > _MOST_BYTES:
                raise InputError(
                    f"{archive.name}: more than {_MOST_BYTES} bytes inside"
                )
            root = _root([PurePosixPath(one.filename) for one in files])
            for one in files:
                path = PurePosixPath(one.filename).relative_to(root)
                if path.is_absolute() or ".." in path.parts or _is_link(one):
                    raise InputError(
                        f"the archive holds {one.filename}, a path outside"
                    )
                if path.suffix.lower() not in _KINDS:
                    raise InputError(
                        f"the archive holds {one.filename}: a pack is files of "
                        f"{', '.join(_KINDS)} alone"
                    )
                to = folder / path
                to.parent.mkdir(parents=True, exist_ok=True)
                with packed.open(one) as source, to.open("wb") as target:
                    shutil.copyfileobj(source, target, _BLOCK)
    except (zipfile.BadZipFile, OSError, RuntimeError) as error:
        raise InputError(f"not a zip archive that is whole: {error}") from error


def _root(paths: list[PurePosixPath]) -> PurePosixPath:
    """Returns the folder in an archive that the pack lies in."""
    for path in sorted(paths, key=lambda one: len(one.parts)):
        if path.name == packs.PACK_FILE:
            inside = all(one.is_relative_to(path.parent) for one in paths)
            if inside:
                return path.parent
    raise InputError(f"the archive holds no pack: no {packs.PACK_FILE} in one folder")


def _is_link(one: zipfile.ZipInfo) -> bool:
    return (one.external_attr >> 28) == 0xA  # the file type of Unix
