"""ModelPusher makes a blessed model the next version, whole, and only once.

TFX's own Pusher copies file by file into the folder that a server watches, and pushes
an equal model again when its baseline changes.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from pathlib import Path
from typing import Any

from absl import logging
from tfx import v1 as tfx

from pipeline import tfx_private
from pipeline.tfx_private import ArtifactLists
from v2v_tf.export.versions import version_folders


class Executor(tfx_private.PusherExecutor):
    """Pushes a model to a folder of versions."""

    def Do(  # noqa: N802
        self,
        input_dict: ArtifactLists,
        output_dict: ArtifactLists,
        exec_properties: dict[str, Any],
    ) -> None:
        """Pushes the model, unless it is not blessed or is the newest version."""
        pushed = tfx_private.only(output_dict, "pushed_model")
        if not self.CheckBlessing(input_dict):
            pushed.set_int_custom_property("pushed", 0)
            return
        base = Path(_destination(exec_properties))
        folder, is_new = push(Path(self.GetModelPath(input_dict)), base)
        pushed.set_int_custom_property("pushed", 1)
        pushed.set_string_custom_property("pushed_destination", str(folder))
        pushed.set_string_custom_property("pushed_version", folder.name)
        pushed.set_int_custom_property("newly_pushed", int(is_new))
        record = Path(pushed.uri) / "pushed.json"
        record.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps({"destination": str(folder), "version": folder.name})
        record.write_text(text, encoding="utf-8")


class ModelPusher(tfx.components.Pusher):
    """Pushes blessed models to a folder of versions.

    Its arguments are those of TFX's Pusher.
    """

    EXECUTOR_SPEC = tfx_private.ExecutorClassSpec(Executor)


def push(model: Path, base: Path) -> tuple[Path, bool]:
    """Copies a model to a folder of versions.

    Args:
        model: folder of a SavedModel.
        base: folder of versions; a new one is numbered by the seconds since 1970.

    Returns:
        The folder of the new version and True; where the newest version is the same
        model, its folder and False.
    """
    folders = version_folders(base)
    if folders:
        newest = folders[max(folders)]
        if checksum(newest) == checksum(model):
            logging.info("%s is this model already: nothing is pushed", newest)
            return newest, False
    version = max(int(time.time()), max(folders, default=0) + 1)
    final, partial = base / str(version), base / f".{version}.partial"
    base.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(partial, ignore_errors=True)
    try:
        shutil.copytree(model, partial)
        os.replace(partial, final)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    logging.info("pushed: %s", final)
    return final, True


def checksum(folder: Path) -> str:
    """Returns the SHA-256, in hexadecimal, of all file names and contents."""
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        digest.update(str(path.relative_to(folder)).encode() + b"\0")
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def _destination(exec_properties: dict[str, Any]) -> str:
    destination = tfx_private.message_property(
        exec_properties["push_destination"], tfx.proto.PushDestination()
    )
    return destination.filesystem.base_directory
