"""What a pack of a run holds, and that it is read as the run is."""

import dataclasses
import json

import numpy as np
import pytest

import v2v_tf
from tests.apps.packs.conftest import TEXTS
from tests.untrained_runs import write_run
from v2v_tf import load_config
from v2v_tf.apps.packs.saving import save_pretrained
from v2v_tf.data.clips import Clip
from v2v_tf.errors import InputError
from v2v_tf.export.model_card import model_card
from v2v_tf.models.registry import build_model
from v2v_tf.storage import packs, runs
from v2v_tf.training import checkpoints, run_state
from v2v_tf.training.warm_start import warm_start


def clip(frames=5):
    rng = np.random.default_rng(3)
    return Clip(
        conditions=rng.integers(0, 8, [frames, 32, 64, 1]).astype(np.uint8),
        frames=rng.integers(0, 256, [frames, 32, 64, 3]).astype(np.uint8),
        instances=rng.integers(0, 8, [frames, 32, 64]).astype(np.int32),
    )


def test_a_pack_makes_the_frames_of_its_run(run, pack):
    expected = v2v_tf.from_pretrained(run).rollout(clip()).fake_frames
    found = v2v_tf.from_pretrained(pack).rollout(clip()).fake_frames
    np.testing.assert_array_equal(found, expected)
    assert expected.std() > 1


def test_half_precision_makes_nearly_the_same(run, pack, tmp_path):
    save_pretrained(run, tmp_path / "half", TEXTS, half=True, discriminators=False)
    whole = v2v_tf.from_pretrained(pack).rollout(clip()).fake_frames.astype(int)
    half = v2v_tf.from_pretrained(tmp_path / "half").rollout(clip()).fake_frames
    # Of the first frame, in levels; each later one adds to it.
    assert 0 < np.abs(whole - half)[0].mean() < 0.5
    sizes = [(f / packs.WEIGHTS_FILE).stat().st_size for f in (pack, tmp_path / "half")]
    assert sizes[1] < 0.6 * sizes[0]
    assert not (tmp_path / "half" / packs.DISCRIMINATORS_FILE).exists()


def test_it_says_what_a_stranger_asks_and_nothing_of_the_machine(pack):
    facts = packs.check_whole(pack)
    assert (facts.name, facts.step, facts.metrics) == ("toy-tiny", 7, {"psnr": 19.25})
    assert facts.licences["training_data"].startswith("The toy street")
    assert sorted(facts.files) == [
        "README.md",
        "config.yaml",
        "discriminators.safetensors",
        "first_frame/config.yaml",
        "first_frame/weights.safetensors",
        "origin.json",
        "weights.safetensors",
    ]
    for path in pack.rglob("*"):
        if path.is_file():
            assert b"/home/me" not in path.read_bytes(), path
    card = (pack / "README.md").read_text()
    assert card.startswith('---\nlicense: "Apache-2.0"\n')
    assert "| psnr | 19.25 |" in card and card.endswith("It was never trained.\n")
    assert json.loads((pack / "origin.json").read_text())["sizes"] == [[32, 64]]
    assert runs.training_labels(pack) == (1, 2)


def test_training_begins_with_all_of_its_networks(run, pack):
    model = build_model(load_config("test/toy_street"))
    model.build_networks(64, 64)
    lines = warm_start(model, pack)
    assert all(line.startswith("loaded") for line in lines) and len(lines) > 2
    other = build_model(load_config("test/toy_street"))
    other.build_networks(64, 64)
    warm_start(other, run)
    for mine, theirs in zip(model.weights, other.weights, strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_nothing_is_written_to_a_pack(pack):
    with pytest.raises(InputError, match="is a pack, which nothing is written to"):
        packs.require_run(pack)
    with pytest.raises(InputError, match="is a pack"):
        v2v_tf.train(load_config("test/toy_street"), "data", pack)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"summary": " "}, "a pack says its summary"),
        ({"licence": ""}, "a pack says its licence"),
        ({"training_data": ""}, "a pack says its training_data"),
    ],
)
def test_what_a_pack_must_say(run, tmp_path, changes, message):
    with pytest.raises(InputError, match=message):
        save_pretrained(run, tmp_path / "p", dataclasses.replace(TEXTS, **changes))
    assert list(tmp_path.iterdir()) == []


def test_names_pictures_and_folders_are_checked_before_work(run, pack, tmp_path):
    with pytest.raises(InputError, match="'My Pack' is no name of a pack"):
        save_pretrained(run, tmp_path / "My Pack", TEXTS)
    odd = dataclasses.replace(TEXTS, pictures=(tmp_path / "a.txt",))
    with pytest.raises(InputError, match=r"a.txt: expected a picture"):
        save_pretrained(run, tmp_path / "p", odd)
    with pytest.raises(InputError, match="already holds something"):
        save_pretrained(run, pack, TEXTS)
    with pytest.raises(InputError, match="is a pack, which nothing"):
        save_pretrained(pack, tmp_path / "copy", TEXTS)


def test_an_average_of_weights_is_what_is_stored(tmp_path):
    config = load_config("test/toy_street", ("optimizer.ema_decay=0.9",))
    run = write_run(tmp_path / "run", config, 4)
    save_pretrained(run, tmp_path / "pack", TEXTS)
    expected = v2v_tf.from_pretrained(run).rollout(clip()).fake_frames
    found = v2v_tf.from_pretrained(tmp_path / "pack").rollout(clip()).fake_frames
    np.testing.assert_array_equal(found, expected)


def test_discriminators_that_were_never_trained_are_not_stored(tmp_path):
    """An imported checkpoint is a generator alone."""
    config = load_config("test/toy_street")
    model = build_model(config)
    model.build_networks(64, 64)
    run = tmp_path / "run"
    run_state.begin(run, config, run_state.Origin("ab" * 32, ""))
    checkpoints.save({"generator": model.generator}, run, 0)
    licence = {"licence": "Theirs is non-commercial."}
    (run / "imported.json").write_text(json.dumps(licence))
    facts = save_pretrained(run, tmp_path / "pack", TEXTS)
    assert packs.DISCRIMINATORS_FILE not in facts.files
    assert facts.licences["weights"] == "Apache-2.0. Theirs is non-commercial"


def test_pictures_of_one_name_are_refused(run, tmp_path):
    pictures = [tmp_path / "a" / "x.png", tmp_path / "b" / "x.png"]
    for picture in pictures:
        picture.parent.mkdir()
        picture.write_bytes(b"picture")
    texts = dataclasses.replace(TEXTS, pictures=tuple(pictures))
    with pytest.raises(InputError, match="have one name"):
        save_pretrained(run, tmp_path / "p", texts)


def test_an_export_keeps_the_licences(pack):
    card = model_card(pack, runs.load_config(pack), _FACTS)
    assert "Exported from the pack toy-tiny. Weights: Apache-2.0. Data: The toy" in card


_FACTS = {
    **{"first_frames": ["given"], "plane_dtype": "uint8", "num_planes": 1},
    **{"plane_limits": [7], "size_multiple": 4, "history": 2, "precision": "float32"},
}
