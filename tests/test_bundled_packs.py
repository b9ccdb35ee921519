"""The packs that come with the package: whole, small, licensed, and they draw."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from v2v_tf import Wishes, from_pretrained
from v2v_tf.apps.generation.beginning import Beginning
from v2v_tf.config import load_config
from v2v_tf.metrics.image import psnr, sharpness
from v2v_tf.storage import packs, runs
from v2v_tf.toy_street.street import FOREGROUND_LABELS, ToyStreet
from v2v_tf.toy_street.writer import encode_labels
from v2v_tf.visualization.video import write_png

STREETS = ("toy-street-128", "toy-street-256")
# Name to preset.
NAMES = {
    "bunny-edges-224": "video_edges_224_cpu",
    **{name: name.replace("-", "_") for name in STREETS},
}
LARGEST = 40e6  # bytes, of all together
_ROOT = Path(__file__).parents[1]


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def write_labels(folder: Path, size: tuple[int, int], num_frames: int) -> ToyStreet:
    """Writes label maps and instances alone, of a street that nobody trained on."""
    street = ToyStreet(811, size, num_frames)
    for t in range(num_frames):
        for name, png in encode_labels(street.frame(t)).items():
            path = folder / name / "street" / f"{t:06d}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(png)
    return street


def test_they_are_all_here_and_small():
    there = sorted(path.parent.name for path in packs.BUNDLED.glob("*/pack.json"))
    assert there == sorted(NAMES)
    assert sum(path.stat().st_size for path in files(packs.BUNDLED)) <= LARGEST


@pytest.mark.parametrize("name", NAMES)
def test_each_says_what_it_is_and_is_whole(name):
    folder = packs.located(name)
    facts = packs.check_whole(folder)
    assert facts.name == name
    assert facts.licences["weights"] == "Apache-2.0"
    whose = "Apache-2.0" if name in STREETS else "creativecommons.org/licenses/by/3.0"
    assert whose in facts.licences["training_data"]
    assert {"commit", "command"} <= facts.made_by.keys()
    assert facts.metrics["psnr"] > 0
    # Nothing that is unpickled, and no path of one machine.
    kinds = {path.suffix for path in files(folder)}
    assert kinds <= {".json", ".yaml", ".safetensors", ".npz", ".md", ".png"}
    for path in files(folder):
        if path.suffix in (".json", ".yaml", ".md"):
            assert str(_ROOT.parent) not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_each_has_the_networks_of_its_preset(name):
    config = runs.load_config(packs.located(name))
    preset = load_config(NAMES[name])
    for part in ("task", "generator", "style", "conditioning"):
        assert getattr(config, part) == getattr(preset, part)
    assert config.data.resize == preset.data.resize


def test_wheels_bring_every_file():
    text = (_ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert '"packs/*/*"' in text
    assert set(files(packs.BUNDLED)) <= set((_ROOT / "v2v_tf").glob("packs/*/*"))


@pytest.mark.parametrize("name", STREETS)
def test_label_maps_alone_become_a_street(name, tmp_path):
    """Sharp as the street, the sky blue and the trees green, to the last frame."""
    model = from_pretrained(name)
    width = model.config.data.resize.load_size
    street = write_labels(tmp_path / "labels", (width // 2, width), 5)
    made = np.stack([frame.image for frame in model.generate(tmp_path / "labels")])
    assert made.shape == (5, width // 2, width, 3)
    real = np.stack([street.frame(t).frame for t in range(5)])
    assert 0.4 <= sharpness(made) / sharpness(real) <= 1.6
    labels = street.frame(4).label_map
    mean = {k: made[4][labels == k].mean(axis=0) for k in np.unique(labels)}
    truth = {k: real[4][labels == k].mean(axis=0) for k in np.unique(labels)}
    for label in mean.keys() - set(FOREGROUND_LABELS):
        assert np.abs(mean[label] - truth[label]).max() < 60, label


def test_edges_alone_become_the_film(tmp_path):
    """Those of a frame in the pack's picture, which it was not trained on."""
    name = "bunny-edges-224"
    sheet = cv2.imread(str(packs.located(name) / "frames.png"))[..., ::-1]
    real = sheet[158:286, 147:371]
    for t in range(8):
        write_png(tmp_path / f"film/train_img/bunny/{t:06d}.png", real)
    wishes = Wishes(first_frames=Beginning("zeros"))
    made = [f.image for f in from_pretrained(name).generate(tmp_path / "film", wishes)]
    assert len(made) == 8 and made[0].shape == real.shape
    # A frame of one colour has 12 dB, one of the mean of every row 13.
    assert psnr(made[7][None], real[None]) > 20
