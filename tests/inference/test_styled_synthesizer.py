"""A model with styles, rolled out in the style that is asked for."""

import dataclasses
import shutil

import numpy as np
import pytest
import tensorflow as tf

from v2v_tf import config as configuration
from v2v_tf.apps.styles.fitting import fit_mixture
from v2v_tf.errors import InputError
from v2v_tf.inference.loading import open_run
from v2v_tf.inference.style_choice import StyleChoice, parse_style
from v2v_tf.inference.style_mixture import STYLES_FILE, UNSEEN_SEED, load_mixture
from v2v_tf.inference.synthesizer import Synthesizer

SHAPE = (8, 3, 2)


@pytest.fixture(scope="module")
def run(tmp_path_factory, save_run):
    folder = tmp_path_factory.mktemp("styled") / "run"
    save_run(configuration.load_config("test/toy_street_styles"), folder)
    random = np.random.default_rng(1)
    samples = [random.uniform(-1, 1, (20, 2)) for _ in range(8)]
    fit_mixture(samples, 3, 0, 1).save(folder / STYLES_FILE)
    return folder


@pytest.mark.slow
def test_styles_change_the_video_and_a_seed_repeats_it(run, make_clip):
    clip = make_clip(4)
    videos = [
        open_run(run, style=StyleChoice("sample", seed=seed)).rollout(clip).fake_frames
        for seed in (1, 2, 1)
    ]
    np.testing.assert_array_equal(videos[0], videos[2])
    assert np.abs(videos[0].astype(int) - videos[1]).max() > 0


def test_a_stream_equals_the_whole_clip(run, make_clip):
    clip = make_clip(5)
    synthesizer = open_run(run, style=StyleChoice("index", index=1))
    whole = synthesizer.rollout(clip).fake_frames
    n = synthesizer.history
    states = synthesizer.init_states(clip["conditions"][:n], clip["instances"][:n])
    streamed = synthesizer.stream(clip["conditions"][n:], clip["instances"][n:], states)
    frames = np.stack([one.fake_frames for one in streamed])
    np.testing.assert_array_equal(frames, whole)


def test_without_a_word_a_clip_has_the_style_of_its_first_frames(run, make_clip):
    clip = make_clip(4)
    synthesizer = open_run(run)
    own = synthesizer.rollout(clip).fake_frames
    table = synthesizer.painter.table_of(
        clip["conditions"][:2], clip["instances"][:2], clip["frames"][:2]
    )
    assert table.shape == SHAPE
    states = synthesizer.init_states(
        clip["conditions"][:2], clip["instances"][:2], styles=table
    )
    streamed = synthesizer.stream(clip["conditions"][2:], clip["instances"][2:], states)
    np.testing.assert_array_equal(next(iter(streamed)).fake_frames, own[0])
    # Later frames are not looked at.
    later = {**clip, "frames": clip["frames"].copy()}
    later["frames"][2:] = 0
    np.testing.assert_array_equal(synthesizer.rollout(later).fake_frames, own)


def test_what_first_frames_do_not_show_is_drawn(run, make_clip, tmp_path, caplog):
    clip = make_clip(4)
    shown = [clip[k][:2] for k in ("conditions", "instances", "frames")]
    shown[1] = np.zeros_like(shown[1])  # of every class one instance at most
    drawn = open_run(run).painter.table_of(*shown)
    mixture = load_mixture(run, configuration.load_config(run / "config.yaml"))
    sample = mixture.sample(tf.constant([UNSEEN_SEED], tf.int64), SHAPE[1])[0].numpy()
    np.testing.assert_array_equal(drawn[:, 1:], sample[:, 1:])
    present = int(shown[0].flat[0])
    assert not np.array_equal(drawn[present, 0], sample[present, 0])
    # Without mixtures, the mean of what is shown of a class.
    other = shutil.copytree(run, tmp_path / "run")
    (other / STYLES_FILE).unlink()
    means = open_run(other).painter.table_of(*shown)
    np.testing.assert_array_equal(means[present, 1], means[present, 0])
    # Those of another state of the model are left out, and it is said.
    dataclasses.replace(mixture, step=mixture.step + 1).save(other / STYLES_FILE)
    again = open_run(other).painter.table_of(*shown)
    np.testing.assert_array_equal(again, means)
    assert "v2v-tf styles fit" in caplog.text


def test_an_image_of_a_source_gives_its_styles(run, write_street, tmp_path, make_clip):
    source = write_street(tmp_path / "source", {"one": 3})
    image = source / "train_B/one/one_0001.png"
    painted = open_run(run, style=parse_style(f"image:{image}"))
    assert painted.styles.shape == SHAPE
    other = parse_style(f"image:{source / 'train_B/one/one_0002.png'}")
    assert not np.array_equal(open_run(run, style=other).styles, painted.styles)
    assert len(painted.rollout(make_clip(3)).fake_frames) == 1


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        ("own", StyleChoice("own", seed=4)),
        ("sample", StyleChoice("sample", seed=4)),
        ("index:12", StyleChoice("index", index=12)),
    ],
)
def test_what_users_say(text, choice):
    assert parse_style(text, seed=4) == choice


@pytest.mark.parametrize("text", ["", "index", "index:-1", "image:", "sample:3", "x"])
def test_what_is_no_style(text):
    with pytest.raises(InputError, match="expected own, sample, index:N or image:PATH"):
        parse_style(text)


def test_an_image_must_be_one_of_a_source(run, tmp_path):
    with pytest.raises(InputError, match="expected a frame of a source"):
        open_run(run, style=parse_style(f"image:{tmp_path / 'none.png'}"))


def test_tables_must_fit(run, make_clip, street_config, save_run, tmp_path):
    synthesizer = Synthesizer.load(run)
    clip = make_clip(3)
    first = clip["conditions"][:2], clip["instances"][:2]
    with pytest.raises(InputError, match="needs the appearance of instances"):
        synthesizer.init_states(*first)
    with pytest.raises(InputError, match=r"expected finite numbers \[8, 3, 2\]"):
        synthesizer.init_states(*first, styles=np.zeros((8, 2, 2), np.float32))
    with pytest.raises(InputError, match="expected finite numbers"):
        Synthesizer.load(run, styles=np.full(SHAPE, np.nan, np.float32))
    save_run(street_config(), tmp_path / "plain")
    with pytest.raises(InputError, match="a model without styles"):
        open_run(tmp_path / "plain", style=StyleChoice("own"))
    with pytest.raises(InputError, match="this model has no styles"):
        Synthesizer.load(tmp_path / "plain", styles=np.zeros(SHAPE, np.float32))
