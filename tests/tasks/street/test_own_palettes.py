"""Label maps that somebody saved with a palette of their own."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from v2v_tf.config import TASKS
from v2v_tf.data.prepare.prepare import prepare
from v2v_tf.tasks.street.own_palettes import doubt_of_palette
from v2v_tf.tasks.street.palettes import colorize_labels, palette_colors

LABELS = np.repeat(np.array([[0, 0, 1, 6, 7]], np.uint8), 4, axis=0)


def _write(path, ids, colors):
    image = Image.fromarray(ids, mode="P")
    image.putpalette(np.asarray(colors, np.uint8).ravel().tolist())
    image.save(path)
    return path


@pytest.mark.parametrize("colors", [4, 8, 256])
def test_reduced_colours_are_no_labels(tmp_path, colors):
    painted = Image.fromarray(colorize_labels(LABELS, "toy"))
    painted.quantize(colors).save(tmp_path / "a.png")
    doubt = doubt_of_palette(tmp_path / "a.png")
    assert doubt is not None and "the ids are 0 .. 3, all places of a palette" in doubt
    assert "--label-map FILE" in doubt


def test_palettes_of_labels_are_not_doubted(tmp_path):
    ids = np.arange(8, dtype=np.uint8).reshape(2, 4)
    path = tmp_path / "a.png"
    for name in ("toy", "cityscapes", "generic"):
        assert doubt_of_palette(_write(path, ids, palette_colors(name)[:8])) is None
    greys = np.repeat(np.arange(8)[:, None], 3, axis=1)
    assert doubt_of_palette(_write(path, ids, greys)) is None
    # A colour that no pixel has was not made for the picture.
    others = palette_colors("generic")[40:49]
    assert doubt_of_palette(_write(path, ids, others)) is None
    assert doubt_of_palette(_write(path, ids, others[:8])) is not None
    Image.fromarray(ids).save(path)
    assert doubt_of_palette(path) is None
    path.write_bytes(b"broken")
    assert doubt_of_palette(path) is None


def test_a_clip_of_reduced_colours_is_noticed_and_not_lost(
    tmp_path, write_street, make_config
):
    source = write_street(tmp_path / "source", {"a": 8, "b": 8})
    for path in sorted((source / "train_A/b").iterdir()):
        with Image.open(path) as image:
            ids = np.array(image)
        Image.fromarray(colorize_labels(ids, "generic")).quantize(8).save(path)
    lenient = ("data.min_flow=-1", "data.max_black_fraction=1.1")
    summary = prepare(source, tmp_path / "data", make_config("street", *lenient))
    (note,) = [one for one in summary.notes if "own" in one.reason]
    assert note.clip == "b@000000" and note.num_frames == 0
    assert sum(summary.num_frames.values()) == 16
    # Whoever gives a table of colours has looked at them.
    table = "conditioning.street.label_map=[[5,6,7,1],[9,6,7,2]]"
    labels = TASKS.get("street").files(make_config("street", table))[0]
    assert labels.folder == "A" and labels.doubt is None
