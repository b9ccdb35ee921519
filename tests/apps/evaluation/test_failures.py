"""Numbers of the failure cases, by hand and by a command."""

import json

import numpy as np
import pytest

from v2v_tf.apps.evaluation import failure_scenes as scenes
from v2v_tf.apps.evaluation.failures import failures, table
from v2v_tf.cli.main import main
from v2v_tf.data.clips import Clip
from v2v_tf.inference.job import Destination
from v2v_tf.toy_street import failures as plans
from v2v_tf.toy_street.street import ToyStreet
from v2v_tf.visualization.video import read_video


@pytest.fixture(scope="module")
def there_and_back() -> ToyStreet:
    return ToyStreet(5, (32, 64), 24, plans.plan_return)


def test_the_error_is_of_the_car_alone_and_of_the_end():
    clip = scenes.clip_of(ToyStreet(3, (32, 64), 12, plans.plan_straight_car))
    frames = clip.frames[3:].copy()
    on_car = clip.instances[3:] == plans.TURNING_CAR
    frames[~on_car] = 0
    frames[:6][on_car[:6]] = 0
    assert scenes.car_error(clip, frames) == 0.0
    last = frames[6:].astype(int)
    frames[6:] = np.where(last < 128, last + 51, last - 51).astype(np.uint8)
    frames[~on_car] = 0
    assert scenes.car_error(clip, frames) == pytest.approx(51 / 255)


def test_real_places_look_the_same_again(there_and_back):
    frames = scenes.clip_of(there_and_back).frames
    real = scenes.return_error(there_and_back, frames, 0)
    assert 0 <= real < 0.02
    later = frames.copy()
    later[12:] = np.clip(later[12:].astype(int) + 30, 0, 255).astype(np.uint8)
    found = scenes.return_error(there_and_back, later, 0)
    assert found == pytest.approx(30 / 255, abs=0.03)


def test_what_stays_in_sight_does_not_count(there_and_back):
    """The sky ahead is seen all the time: another sky is no loss of memory."""
    frames = scenes.clip_of(there_and_back).frames
    labels = scenes.clip_of(there_and_back).conditions[..., 0]
    later = frames.copy()
    later[12:][labels[12:] == 0] = 0
    before = scenes.return_error(there_and_back, frames, 0)
    sky = scenes.return_error(there_and_back, later, 0)
    later[12:] = 0
    everything = scenes.return_error(there_and_back, later, 0)
    assert sky - before < 0.2 * (everything - before)


def test_drift_compares_the_ends():
    clip = Clip(
        conditions=np.zeros((80, 16, 16, 1), np.uint8),
        frames=np.full((80, 16, 16, 3), 100, np.uint8),
    )
    clip.frames[:, ::2] = 140
    frames = clip.frames[10:].copy()
    frames[-30:] = np.where(frames[-30:] == 140, 130, 110)
    found = scenes.long_drift(clip, frames)
    assert found["psnr_first"] == np.inf
    assert found["psnr_last"] == pytest.approx(20 * np.log10(255 / 10), rel=1e-5)
    assert found["contrast_drift"] == pytest.approx(0.5, rel=1e-3)


def test_a_table_shows_what_is_there():
    text = table({"real": {"spread": 0.25}, "vid2vid": {"spread": 0.125}})
    assert "| spread | 0.25 | 0.125 |" in text and "| psnr_last | – | – |" in text


@pytest.mark.slow
def test_a_model_is_measured(street_run, tmp_path):
    out = tmp_path / "out"
    options = ("--scenes", "1", "--long-frames", "100", "--size", "64x32")
    command = ("failures", "--model", str(street_run), "--output", str(out), *options)
    assert main(command) == 0
    found = json.loads((out / "failures.json").read_text())["mean"]
    assert found["real"]["car_error_turning"] == 0.0
    assert found["vid2vid"]["car_error_turning"] > 0.0
    assert found["real"]["return_error"] < found["vid2vid"]["return_error"]
    assert len(read_video(out / "long_drive.mp4")) == 98
    assert {p.suffix for p in out.glob("return.*")} == {".mp4", ".png"}
    assert main(command) == 2


def test_a_model_of_other_labels_is_refused(untrained_run, tmp_path, toy_config):
    import dataclasses

    from v2v_tf.errors import InputError

    street = dataclasses.replace(toy_config.conditioning.street, palette="generic")
    blocks = toy_config.conditioning.replace(street=street)
    run = untrained_run(dataclasses.replace(toy_config, conditioning=blocks))
    with pytest.raises(InputError, match="is no model of the toy street"):
        failures(run, Destination(tmp_path / "out"))
