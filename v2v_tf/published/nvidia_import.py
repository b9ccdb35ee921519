"""Makes a run folder from a published checkpoint, as training leaves one."""

from __future__ import annotations

import json
from pathlib import Path

from v2v_tf.config import to_yaml
from v2v_tf.errors import InputError
from v2v_tf.models.vid2vid.generator import build_generator
from v2v_tf.published.nvidia import restore_generator
from v2v_tf.published.nvidia_options import experiment, read_options
from v2v_tf.storage import runs
from v2v_tf.storage.files import sha256
from v2v_tf.storage.folders import making, require_replaceable
from v2v_tf.training import checkpoints

IMPORT_FILE = "imported.json"
LICENCE = (
    "The weights come from a checkpoint of another project and keep its licence; those "
    "that NVIDIA published with vid2vid are for non-commercial use (CC BY-NC-SA 4.0)."
)


def import_checkpoint(
    checkpoint: str | Path,
    options: str | Path,
    output: str | Path,
    *,
    epoch: str = "latest",
    partial: bool = False,
    overwrite: bool = False,
) -> list[str]:
    """Writes a run folder that `generate` reads.

    It holds `config.yaml`, `checkpoints/` with the generator, and `imported.json`:
    the files, their SHA-256, and a word on the licence. It appears when complete.

    Args:
        checkpoint: folder with `<epoch>_net_G0.pth` and, for finer scales, `G1`, ...
        options: NVIDIA/vid2vid's `opt.txt`, or a JSON mapping of its option names.
        output: folder to write.
        epoch: the prefix of the files.
        partial: load what is there, see `restore_generator`.
        overwrite: replace a run that is there.

    Returns:
        The weights that stayed random; empty without `partial`.

    Raises:
        InputError: as of `load_generator`; a source that is none of this project's
            tasks; a used output folder.
    """
    checkpoint, output = Path(checkpoint), Path(output).resolve()
    require_replaceable(
        output,
        overwrite=overwrite,
        is_ours=runs.is_run,
        what="run",
        option="--output",
        inputs=(checkpoint, Path(options)),
    )
    if not checkpoint.is_dir():
        raise InputError(
            f"{checkpoint} is no folder: name the one that holds {epoch}_net_G0.pth"
        )
    config = experiment(read_options(options))
    generator = build_generator(config)
    untouched = restore_generator(generator, checkpoint, epoch=epoch, partial=partial)

    with making(output) as working:
        (working / runs.CONFIG_FILE).write_text(to_yaml(config), encoding="utf-8")
        checkpoints.save({"generator": generator}, working, 0)
        files = sorted(checkpoint.glob(f"{epoch}_net_G*.pth"))
        facts = {
            "files": {path.name: sha256(path) for path in files},
            "stayed_random": untouched,
            "licence": LICENCE,
        }
        (working / IMPORT_FILE).write_text(json.dumps(facts, indent=1), "utf-8")
    return untouched
