"""Opens the demo: a trained pack makes a video of label maps that nobody has seen.

A drive through a street of a seed of its own is drawn, and its pictures are left out:
the pack gets label maps and instances alone.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from tqdm.auto import tqdm

from v2v_tf.config import Config

if TYPE_CHECKING:
    from v2v_tf.toy_street.street import ToyStreet

NUM_FRAMES = 96
FPS = 12.0
VIDEO = "opening.mp4"
PANELS = "opening_panels.mp4"
SHEET = "opening.png"
_SEED = 500_000  # far from all that a pack was trained or chosen on
_COLUMNS = 4


@dataclass(frozen=True)
class Opening:
    """Says what was shown.

    Attributes:
        pack: name or folder of the model.
        num_frames: frames of the video.
        size: (width, height) of the video, pixels.
    """

    pack: str
    num_frames: int
    size: tuple[int, int]

    @property
    def caption(self) -> str:
        """Returns what to write below the video."""
        width, height = self.size
        return (
            f"{self.num_frames} frames of {width}x{height} pixels by the pack "
            f"{self.pack}, from label maps of a street that nobody trained on; it was "
            "given no picture, and made its first frames too"
        )


def open_with(pack: str, folder: Path, num_frames: int = NUM_FRAMES) -> Opening:
    """Generates a video of a new street, and writes it beside label maps.

    Args:
        pack: name or folder of a pack, or a run, of the toy street.
        folder: gets `opening.mp4`, `opening_panels.mp4` and `opening.png`.
        num_frames: frames of the drive.

    Raises:
        InputError: no such model, or one of another task.
    """
    from v2v_tf.apps.generation.pretrained import from_pretrained
    from v2v_tf.toy_street.street import ToyStreet

    model = from_pretrained(pack)
    width = model.config.data.resize.load_size
    street = ToyStreet(_SEED, (width // 2, width), num_frames)
    with tempfile.TemporaryDirectory() as source:
        _write_labels(street, Path(source))
        made = model.generate(source)
        progress = tqdm(made, "opening", num_frames, unit="frame", disable=None)
        frames = np.stack([frame.image for frame in progress])
    _write(folder, street, frames, model.config)
    return Opening(pack, num_frames, (width, width // 2))


def _write_labels(street: ToyStreet, source: Path) -> None:
    """Writes label maps and instances as `generate --source` takes them."""
    from v2v_tf.toy_street.writer import encode_labels

    for t in range(street.num_frames):
        for name, png in encode_labels(street.frame(t)).items():
            path = source / name / "drive" / f"{t:06d}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(png)


def _write(folder: Path, street: ToyStreet, frames: np.ndarray, config: Config) -> None:
    from v2v_tf.tasks.pictures import colorize_conditions
    from v2v_tf.visualization.panels import panel_video
    from v2v_tf.visualization.sheets import contact_sheet
    from v2v_tf.visualization.video import write_png, write_video

    labels = [street.frame(t).label_map for t in range(len(frames))]
    pictures = colorize_conditions(np.stack(labels)[..., None], config)
    tiles = {"label maps, all that it was given": pictures, "generated": frames}
    write_video(folder / VIDEO, frames, FPS)
    write_video(folder / PANELS, panel_video(tiles), FPS)
    chosen = np.linspace(0, len(frames) - 1, _COLUMNS).astype(int)
    rows = {"label maps": pictures[chosen], "generated": frames[chosen]}
    sheet = contact_sheet(rows, [f"frame {t}" for t in chosen])
    write_png(folder / SHEET, sheet)
