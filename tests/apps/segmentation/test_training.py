"""The network is trained on clips that it is not tested on, and kept whole."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pytest

from v2v_tf import config as configuration
from v2v_tf.apps.segmentation.dataset import (
    held_out_clips,
    share_clips,
    training_batches,
)
from v2v_tf.apps.segmentation.segmenter import Segmenter
from v2v_tf.apps.segmentation.training import train_segmenter
from v2v_tf.data.input.dataset import read_clips
from v2v_tf.data.prepare.prepare import prepare
from v2v_tf.detection.segmenter_folder import FACTS_FILE, WEIGHTS_FILE
from v2v_tf.errors import InputError
from v2v_tf.toy_street.writer import write_clips


@pytest.fixture(scope="module")
def trained(tmp_path_factory, toy_data, toy_config):
    folder = tmp_path_factory.mktemp("segmenter") / "net"
    facts = train_segmenter(toy_data, folder, toy_config, seed=4, steps=60)
    return folder, facts


@pytest.mark.slow
def test_it_learns_to_read_clips_it_never_saw(trained, toy_data, toy_config):
    folder, facts = trained
    assert facts["held_out"] == "every eighth clip of train"
    # Guessing the commonest label everywhere would score below 0.1.
    assert facts["held_out_miou"] > 0.25
    segmenter = Segmenter.load(folder)
    ((frames, labels),) = held_out_clips(share_clips(toy_data, toy_config), toy_config)
    assert (segmenter.segment(frames).label_maps == labels).mean() > 0.6


def test_the_folder_says_what_it_is(trained):
    folder, facts = trained
    assert sorted(path.name for path in folder.iterdir()) == [FACTS_FILE, WEIGHTS_FILE]
    assert json.loads((folder / FACTS_FILE).read_text()) == facts
    assert facts["seed"] == 4 and facts["steps"] == 60 and facts["size"] == [32, 64]
    assert facts["num_labels"] == 8 and len(facts["records"]) == 64
    weights = (folder / WEIGHTS_FILE).read_bytes()
    assert facts["weights_sha256"] == hashlib.sha256(weights).hexdigest()
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


@pytest.mark.slow
def test_the_same_seed_gives_the_same_network(tmp_path, toy_data, toy_config):
    one, same = (
        train_segmenter(toy_data, tmp_path / name, toy_config, seed=1, steps=2)
        for name in ("one", "same")
    )
    first, second = (
        Segmenter.load(tmp_path / name).network.get_weights()
        for name in ("one", "same")
    )
    for here, there in zip(first, second, strict=True):
        np.testing.assert_allclose(here, there, atol=1e-5)
    assert one["held_out_miou"] == pytest.approx(same["held_out_miou"], abs=0.01)


def test_batches_hold_frames_of_the_chosen_clips_alone(toy_data):
    config = configuration.load_config("test/toy_street", ("data.resize.flip=false",))
    shares = share_clips(toy_data, config)
    assert shares.trained_on == [False, True, True]
    assert shares.tested == [True, False, False]
    clips = list(read_clips(toy_data, config))
    chosen = shares._replace(trained_on=[False, False, True])
    expected = {frame.tobytes() for frame in clips[2].frames}
    seen = set()
    for frames, labels in training_batches(chosen, config, 4, seed=1).take(6):
        levels = np.round((frames.numpy() + 1) * 127.5).astype(np.uint8)
        for frame, label_map in zip(levels, labels.numpy(), strict=True):
            assert frame.tobytes() in expected
            t = [f.tobytes() for f in clips[2].frames].index(frame.tobytes())
            np.testing.assert_array_equal(label_map, clips[2].conditions[t, ..., 0])
            seen.add(t)
    assert len(seen) > 3


@pytest.mark.slow
def test_the_split_eval_is_held_out_where_there_is_one(tmp_path):
    config = configuration.load_config("test/toy_street", ("data.eval_fraction=0.4",))
    write_clips(tmp_path / "clips", 5, 4, (32, 64), seed=1)
    prepare(tmp_path / "clips", tmp_path / "data", config)
    shares = share_clips(tmp_path / "data", config)
    theirs = list(read_clips(tmp_path / "data", config, "eval"))
    assert all(shares.trained_on) and shares.held_out == "the split eval"
    found = list(held_out_clips(shares, config))
    assert 0 < len(found) == len(theirs) == 5 - len(shares.trained_on)
    for (frames, labels), clip in zip(found, theirs, strict=True):
        np.testing.assert_array_equal(frames, clip.frames)
        np.testing.assert_array_equal(labels, clip.conditions[..., 0])


@pytest.mark.slow
def test_a_single_clip_is_not_tested_on(tmp_path, toy_config):
    write_clips(tmp_path / "clips", 1, 4, (32, 64), seed=1)
    prepare(tmp_path / "clips", tmp_path / "data", toy_config)
    facts = train_segmenter(tmp_path / "data", tmp_path / "net", toy_config, steps=1)
    assert facts["held_out"] is None and facts["held_out_miou"] is None


def test_damage_is_told(trained, tmp_path):
    folder, _ = trained
    copy = tmp_path / "copy"
    copy.mkdir()
    with pytest.raises(InputError, match="no segmenter.json"):
        Segmenter.load(copy)
    facts = json.loads((folder / FACTS_FILE).read_text())
    (copy / FACTS_FILE).write_text(json.dumps(facts))
    weights = (folder / WEIGHTS_FILE).read_bytes()
    (copy / WEIGHTS_FILE).write_bytes(weights[:-1])
    with pytest.raises(InputError, match="is not the file that segmenter.json names"):
        Segmenter.load(copy)
    for text, words in (
        (json.dumps(facts | {"format_version": 9}), "format_version 9, expected 1"),
        ("{", "not what `v2v-tf train-segmenter` writes"),
        ("{}", "not what `v2v-tf train-segmenter` writes"),
    ):
        (copy / FACTS_FILE).write_text(text)
        with pytest.raises(InputError, match=words):
            Segmenter.load(copy)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"steps": 0}, "steps of training must be 1"),
        ({"seed": -1}, "seed of training must be 0"),
    ],
)
def test_numbers_that_cannot_be(tmp_path, toy_data, toy_config, options, words):
    with pytest.raises(InputError, match=words):
        train_segmenter(toy_data, tmp_path / "net", toy_config, **options)
    assert not list(tmp_path.iterdir())


def test_other_tasks_have_no_labels(tmp_path, toy_data, make_config):
    with pytest.raises(InputError, match="which the task edges has not"):
        train_segmenter(toy_data, tmp_path / "net", make_config("edges"))
    assert not list(tmp_path.iterdir())


def test_folders_are_replaced_only_when_asked_and_known(tmp_path, toy_data, toy_config):
    mine = tmp_path / "mine.txt"
    mine.write_text("mine")
    for overwrite in (False, True):
        with pytest.raises(InputError):
            train_segmenter(
                toy_data, tmp_path, toy_config, steps=1, overwrite=overwrite
            )
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.slow
def test_pixels_without_a_label_teach_nothing(tmp_path, write_street, make_config):
    """Records whose labels are partly ignored train, to a finite loss."""
    ignoring = "conditioning.street.ignore_label=1"
    config = make_config("street", ignoring)
    source = write_street(tmp_path / "source", {"a": 4, "b": 4})
    prepare(source, tmp_path / "records", config)
    facts = train_segmenter(tmp_path / "records", tmp_path / "net", config, steps=2)
    assert 0 <= facts["held_out_miou"] <= 1
    with pytest.raises(InputError, match="holds pixels without a label"):
        train_segmenter(
            tmp_path / "records", tmp_path / "other", make_config("street"), steps=2
        )
