"""Loads a network of pictures by what `--network` names: a file, a folder or a name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from v2v_tf.detection.model_files import Licences, ModelFile
from v2v_tf.detection.networks import hub, maps
from v2v_tf.detection.networks.description import (
    SUFFIXES,
    DepthRules,
    InputRules,
    NetworkDescription,
    read_description,
    read_file,
)
from v2v_tf.detection.networks.picture_network import PictureNetwork
from v2v_tf.detection.networks.transformers_folder import Kind
from v2v_tf.detection.segmenter_folder import FACTS_FILE, WEIGHTS_FILE
from v2v_tf.errors import InputError
from v2v_tf.storage.files import sha256

_SAVED_MODEL = "saved_model.pb"
_CONFIG = "config.json"
_KINDS = (
    "a folder of a SavedModel, of train-segmenter or of transformers (config.json and "
    "*.safetensors), a .tflite or .onnx file, a network.json that names one, or "
    "hf:org/name@COMMIT"
)
_REFUSED = {
    ".keras": "export it by model.export(FOLDER), which writes a SavedModel",
    ".h5": "export it by model.export(FOLDER), which writes a SavedModel",
    **dict.fromkeys(
        (".pt", ".pth", ".bin", ".pkl", ".ckpt"),
        "such a file may run code when it is read: export it to ONNX",
    ),
}


@dataclass(frozen=True)
class LoadedNetwork:
    """Holds a network that is ready to read frames.

    Attributes:
        name: what `--network` names.
        network: runs it.
        labels: names of its classes by id; empty where nothing names them.
        num_labels: number of its classes where names are not known but their number is.
        depth: what its depths are; None where nothing says so.
        files: its files, with hashes and licences.
        input: how frames become what it reads.
    """

    name: str
    network: PictureNetwork
    labels: Mapping[int, str]
    num_labels: int | None
    depth: DepthRules | None
    files: tuple[ModelFile, ...]
    input: InputRules

    def classes(self, frame: np.ndarray) -> np.ndarray:
        """Returns the class of each pixel, int32 [H, W].

        Args:
            frame: uint8 [H, W, 3], RGB.

        Raises:
            InputError: it answers with no map of classes.
        """
        size = (frame.shape[0], frame.shape[1])
        count = self.num_labels or len(self.labels)
        first = self.network.channels_first
        return self._turned(
            lambda answer: maps.to_classes(answer, size, count, first), frame
        )

    def depths(self, frame: np.ndarray) -> np.ndarray:
        """Returns the number of each pixel, float32 [H, W].

        Args:
            frame: uint8 [H, W, 3], RGB.

        Raises:
            InputError: it answers with no map of depths.
        """
        size = (frame.shape[0], frame.shape[1])
        return self._turned(lambda answer: maps.to_depths(answer, size), frame)

    def _turned(
        self, turn: Callable[[np.ndarray], np.ndarray], frame: np.ndarray
    ) -> np.ndarray:
        size = (frame.shape[0], frame.shape[1])
        size = maps.input_size(size, self.network.size, self.input)
        picture = maps.to_input(frame, size, self.input, self.network.reads_levels)
        try:
            return turn(self.network(picture))
        except InputError as error:
            raise InputError(f"--network {self.name}: {error}") from error


def load_network(name: str, kind: Kind) -> LoadedNetwork:
    """Loads a network.

    Args:
        name: file, folder or name, see `--network`.
        kind: `labels` for one that tells classes apart, `depth` for one of depths.

    Raises:
        InputError: there is none, it cannot be run, or nothing says its licences.
        MissingExtraError: a package is missing that runs it.
    """
    place: str | Path = name
    given = NetworkDescription()
    beside = read_description(Path(name))
    if beside.network is not None:  # a folder whose description names a file in it
        name = str(beside.path)
    if Path(name).suffix in SUFFIXES and not name.startswith(hub.PREFIX):
        given = read_file(Path(name))
        if given.network is None:
            raise InputError(
                f'--network {name}: it names no network: give one as "network", or '
                "name the file or folder beside it"
            )
        place = given.network
        if not place.startswith(hub.PREFIX):
            place = Path(name).parent / place
    package = ""
    if str(place).startswith(hub.PREFIX):
        package, place = str(place), hub.fetch(str(place))
    path = Path(place)
    if not path.exists():
        raise InputError(f"--network {path}: no such file or folder; expected {_KINDS}")
    if given.path is None and not package:
        given = read_description(path if path.is_dir() else path.parent)
        _require_same(given, path)
    network, said, files = _open(path, given, kind)
    if given.path is not None:
        files.append(given.path)
    rules = given.input or said.input or InputRules()
    if network.reads_levels and not rules.keeps_levels:
        raise InputError(
            f"--network {name}: it reads levels 0 .. 255 as they are: leave range, "
            "mean and std out of network.json"
        )
    licences = given.licences or said.licences or _no_licences(name, path, given)
    own = getattr(network, "num_labels", None)
    return LoadedNetwork(
        name,
        network,
        given.labels or said.labels,
        own,
        given.depth,
        tuple(ModelFile(file, sha256(file), package, licences) for file in files),
        rules,
    )


def _open(
    path: Path, given: NetworkDescription, kind: Kind
) -> tuple[PictureNetwork, NetworkDescription, list[Path]]:
    """Returns a network, what its own files say of it, and these files."""
    if path.is_dir():
        return _open_folder(path, given, kind)
    suffix = path.suffix.lower()
    if suffix == ".tflite":
        from v2v_tf.detection.networks.tflite_file import TFLiteFile

        return TFLiteFile(path, given.output), NetworkDescription(), [path]
    if suffix == ".onnx":
        from v2v_tf.detection.networks.onnx_file import OnnxNetwork

        beside = [one for one in (path.with_name(f"{path.name}_data"),) if one.exists()]
        return OnnxNetwork(path, given.output), NetworkDescription(), [path, *beside]
    remedy = _REFUSED.get(suffix, f"expected {_KINDS}")
    raise InputError(f"--network {path}: files of this kind are not read: {remedy}")


def _open_folder(
    folder: Path, given: NetworkDescription, kind: Kind
) -> tuple[PictureNetwork, NetworkDescription, list[Path]]:
    if (folder / FACTS_FILE).is_file():
        if kind != "labels":
            raise InputError(f"--network {folder}: it tells labels apart, not depths")
        from v2v_tf.detection.networks.own_segmenter import OwnSegmenter

        network = OwnSegmenter(folder)
        files = [folder / FACTS_FILE, folder / WEIGHTS_FILE]
        return network, network.description, files
    if (folder / _SAVED_MODEL).is_file():
        from v2v_tf.detection.networks.saved_model import SavedModelNetwork

        weights = sorted((folder / "variables").glob("variables.*"))
        files = [folder / _SAVED_MODEL, *weights]
        model = SavedModelNetwork(folder, given.output)
        return model, NetworkDescription(), files
    if (folder / _CONFIG).is_file():
        from v2v_tf.detection.networks.transformers_folder import TransformersNetwork

        loaded = TransformersNetwork(folder, kind)
        prepared = folder / "preprocessor_config.json"
        said = NetworkDescription(
            labels=hub.labels_of(hub.read_json(folder / _CONFIG)),
            input=hub.rules_of(hub.read_json(prepared)),
            licences=hub.licences_of(folder),
        )
        beside = [prepared] if prepared.is_file() else []
        weights = sorted(folder.glob("*.safetensors"))
        return loaded, said, [folder / _CONFIG, *beside, *weights]
    raise InputError(f"--network {folder}: no network in it; expected {_KINDS}")


def _require_same(given: NetworkDescription, path: Path) -> None:
    """Refuses the description of another file of the same folder."""
    if given.network is not None and given.path is not None:
        described = (given.path.parent / given.network).resolve()
        if described != path.resolve():
            raise InputError(
                f"{given.path} is of {given.network} and not of {path.name}: name the "
                'right one as "network" in it, or leave that out'
            )


def _no_licences(name: str, path: Path, given: NetworkDescription) -> Licences:
    folder = path if path.is_dir() else path.parent
    place = given.path or folder / "network.json"
    raise InputError(
        f"--network {name}: nothing says its licences, and annotations.json records "
        f"them: write into {place} "
        '{"licences": {"code": "...", "weights": "...", "training_data": "..."}}, each '
        "the licence, or 'unknown' where nobody says it"
    )
