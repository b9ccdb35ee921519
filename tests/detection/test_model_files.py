"""Files of networks are found, and known by their bytes."""

import dataclasses
import hashlib

import pytest

from v2v_tf.detection.model_files import Licences, PackagedModel
from v2v_tf.errors import InputError

LICENCES = Licences("MIT", "CC-BY-4.0", "a set of our own")


def model(path, package="nobody-has-this", version="1.2.3", inside="nets/small.bin"):
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    return PackagedModel(package, version, inside, found, LICENCES)


def test_a_folder_may_hold_it_as_the_package_does_or_alone_or_it_is_named(tmp_path):
    flat, nested = tmp_path / "flat", tmp_path / "nested/nets"
    for folder in (flat, nested):
        folder.mkdir(parents=True)
        (folder / "small.bin").write_bytes(b"weights")
    wanted = model(flat / "small.bin")
    given = {flat: flat, tmp_path / "nested": nested, nested / "small.bin": nested}
    for path, expected in given.items():
        found = wanted.find(path)
        assert found.path == expected / "small.bin"
        assert (found.sha256, found.package) == (wanted.sha256, "")
        assert found.licences.weights == "CC-BY-4.0"


def test_another_file_of_that_name_is_refused(tmp_path):
    path = tmp_path / "small.bin"
    path.write_bytes(b"weights")
    wanted = model(path)
    path.write_bytes(b"other weights")
    for given in (tmp_path, path):
        with pytest.raises(
            InputError, match="expected the file of nobody-has.* --no-d"
        ):
            wanted.find(given)
    other = dataclasses.replace(wanted, remedy="ask for it")
    with pytest.raises(InputError, match=r"small.bin: expected .*\.\.\.: ask for it$"):
        other.find(path)


def test_a_missing_package_or_file_says_what_to_install(tmp_path):
    (tmp_path / "small.bin").write_bytes(b"weights")
    wanted = model(tmp_path / "small.bin")
    with pytest.raises(InputError, match="--no-deps nobody-has-this==1.2.3"):
        wanted.find()
    installed = model(tmp_path / "small.bin", package="numpy")
    with pytest.raises(InputError, match="numpy .* holds no nets/small.bin"):
        installed.find()
    with pytest.raises(InputError, match="expected small.bin in it"):
        wanted.find(tmp_path / "nowhere")


def test_a_file_of_an_installed_package_is_found_without_importing_it():
    import sys

    import tqdm

    path = tqdm.__path__[0] + "/std.py"
    with open(path, "rb") as file:
        found = hashlib.sha256(file.read()).hexdigest()
    installed = PackagedModel("tqdm", "4", "tqdm/std.py", found, LICENCES).find()
    assert str(installed.path) == path and installed.package == "tqdm 4"
    assert "mediapipe" not in sys.modules
