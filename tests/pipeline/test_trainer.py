import dataclasses

import numpy as np
import pytest

from pipeline import blessed_run, trainer
from pipeline.preprocessing import CLIP_LENGTHS, LABEL_FREQUENCIES
from v2v_tf import config as configuration
from v2v_tf.data.prepare.prepare import prepare
from v2v_tf.errors import InputError

CONFIG = configuration.load_config("test/toy_street")


def test_steps_of_an_epoch_are_set_in_every_stage():
    stages = trainer.with_steps(CONFIG, 7).curriculum
    assert [stage.steps_per_epoch for stage in stages] == [7, 7]
    for none in (0, None):
        assert trainer.with_steps(CONFIG, none) == CONFIG


def test_a_stage_longer_than_every_clip_is_refused():
    statistics = {CLIP_LENGTHS: np.array([4, 5])}
    with pytest.raises(InputError, match="stage 'gan' trains on 6 frames a clip, and"):
        trainer.check_statistics(statistics, CONFIG)
    trainer.check_statistics({CLIP_LENGTHS: np.array([4, 6])}, CONFIG)


def test_labels_that_no_clip_shows_are_named(caplog):
    statistics = {
        CLIP_LENGTHS: np.array([9, 9]),
        LABEL_FREQUENCIES: np.array([0.5, 0.2, 0, 0.1, 0.1, 0.1, 0, 0]),
    }
    trainer.check_statistics(statistics, CONFIG)
    assert "no clip shows" in caplog.text and caplog.text.count(",") >= 2


def test_a_training_is_named_by_what_it_depends_on(tmp_path, street_clips):
    data = tmp_path / "data"
    prepare(street_clips, data, CONFIG)
    name = trainer.fingerprint(CONFIG, data, None)
    assert name == trainer.fingerprint(CONFIG, data, None)
    others = [
        trainer.fingerprint(dataclasses.replace(CONFIG, seed=1), data, None),
        trainer.fingerprint(CONFIG, data, tmp_path / "start"),
    ]
    (data / "manifest.json").write_text("{}")
    others.append(trainer.fingerprint(CONFIG, data, None))
    assert len({name, *others}) == 4


def test_training_begins_with_a_blessed_model_else_a_pack_else_anew(
    tmp_path, street_run
):
    model = tmp_path / "model/Format-Serving"
    model.mkdir(parents=True)
    blessed_run.keep(street_run, model)
    kept = blessed_run.of_model(str(model))
    assert trainer._start(str(model), "toy-street-128") == kept
    pack = trainer._start(None, "toy-street-128")
    assert (pack / "pack.json").is_file()
    assert trainer._start(None, "") is None


def test_another_pack_of_the_same_name_is_another_training(tmp_path, street_clips):
    data, pack = tmp_path / "data", tmp_path / "pack"
    prepare(street_clips, data, CONFIG)
    pack.mkdir()
    names = set()
    for text in ("one", "two"):
        (pack / "pack.json").write_text(text)
        names.add(trainer.fingerprint(CONFIG, data, pack))
    assert len(names) == 2


def test_a_model_keeps_what_another_training_begins_with(tmp_path, street_run):
    model = tmp_path / "model/Format-Serving"
    model.mkdir(parents=True)
    with pytest.raises(InputError, match="keeps no weights"):
        blessed_run.of_model(str(model))
    blessed_run.keep(street_run, model)
    found = blessed_run.of_model(str(model))
    assert (found / "config.yaml").read_bytes() == (
        street_run / "config.yaml"
    ).read_bytes()
    assert sorted(p.name for p in (found / "checkpoints").iterdir()) == sorted(
        p.name for p in (street_run / "checkpoints").iterdir() if "ckpt" in p.name
    )


def test_trainings_that_ended_are_forgotten(tmp_path):
    for name, done in (("a", True), ("b", False), ("c", True)):
        (tmp_path / name / "run").mkdir(parents=True)
        if done:
            (tmp_path / name / "exported").touch()
    trainer._forget_done(tmp_path / "c")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b", "c"]
