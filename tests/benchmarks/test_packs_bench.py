"""How packs are trained: recipes that are configurations, and clips that are apart."""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))

from finetuning import evening
from quality_lib.pack_data import Streets, Video
from quality_lib.pack_recipes import RECIPES

from v2v_tf.config import load_config
from v2v_tf.errors import InputError
from v2v_tf.storage import packs
from v2v_tf.visualization.video import write_video


def test_every_recipe_makes_a_pack_that_ships():
    there = {path.parent.name for path in packs.BUNDLED.glob("*/pack.json")}
    assert set(RECIPES) == there


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=list(RECIPES))
def test_every_part_trains_the_networks_of_the_preset(recipe):
    for options in recipe.parts:
        config = load_config(recipe.preset, options)
        assert config.generator.upsampling == "resize"
        assert any(stage.kind == "gan" for stage in config.curriculum)
    assert config.generator == load_config(recipe.preset).generator


def test_streets_that_are_held_out_are_other_ones(tmp_path):
    streets = Streets(width=64, clips=2)
    for held_out, count, frames in ((False, 2, 24), (True, 12, 30)):
        folder = tmp_path / str(held_out)
        streets.write(folder, held_out, None)
        clips = sorted((folder / "train_B").iterdir())
        assert len(clips) == count and len(list(clips[0].iterdir())) == frames
    one, other = (
        cv2.imread(str(tmp_path / name / "train_B/toy_0000/000000.png"))
        for name in ("True", "False")
    )
    assert np.abs(np.int16(one) - other).mean() > 3


def test_the_middle_of_a_video_is_held_out(tmp_path):
    film = tmp_path / "film.mp4"
    greys = [np.full((32, 64, 3), 20 * t, np.uint8) for t in range(10)]
    write_video(film, greys, 10)
    video = Video(10, (4, 7), "ours", "here")
    found = {}
    for held_out in (False, True):
        video.write(tmp_path / str(held_out), held_out, film)
        for path in (tmp_path / str(held_out)).rglob("*.png"):
            grey = cv2.imread(str(path)).mean() / 20
            found.setdefault(path.parent.name, {})[int(path.stem)] = round(grey)
    assert found == {
        "film_before": {t: t for t in range(4)},
        "film_between": {t: t for t in range(4, 7)},
        "film_after": {t: t for t in range(7, 10)},
    }
    with pytest.raises(InputError, match="name the video by --video: here"):
        video.write(tmp_path / "none", False, None)


def test_an_evening_has_other_colours():
    day = np.uint8([[[200, 100, 40]]])
    # 0.25 * 200 + 0.75 * 100 + 0.1 * 40; and so on.
    assert evening(day).tolist() == [[[129, 63, 132]]]
