"""Mixtures of styles: drawn from, kept."""

import numpy as np
import pytest
import tensorflow as tf

from v2v_tf.errors import InputError
from v2v_tf.inference.style_mixture import STYLES_FILE, StyleMixture, load_mixture
from v2v_tf.training import checkpoints


@pytest.fixture(scope="module")
def mixture() -> StyleMixture:
    """Class 0: two looks, three times out of four the first; 1 and 2: one look each."""
    factors = np.zeros((3, 2, 2, 2))
    factors[0, 0] = np.diag([0.05, 0.014])
    factors[0, 1] = np.diag([0.02, 0.02])
    return StyleMixture(
        weights=np.array([[0.75, 0.25], [1.0, 0.0], [1.0, 0.0]]),
        means=np.array(
            [
                [[0.5, -0.5], [-0.6, 0.7]],
                [[0.1, 0.2], [0.0, 0.0]],
                [[0.3, -0.2], [0.0, 0.0]],
            ]
        ),
        factors=factors,
        counts=np.array([120, 1, 0]),
        step=1,
    )


def test_draws_follow_the_mixture(mixture):
    table = mixture.sample(tf.range(200, dtype=tf.int64), 8).numpy()
    assert table.shape == (200, 3, 8, 2)
    first = table[:, 0].reshape(-1, 2)
    of_first_look = first[:, 0] > 0
    assert of_first_look.mean() == pytest.approx(0.75, abs=0.04)
    assert first[of_first_look].mean(0) == pytest.approx([0.5, -0.5], abs=0.01)
    assert first[of_first_look].std(0) == pytest.approx([0.05, 0.014], abs=0.01)
    assert np.ptp(table[:, 1].reshape(-1, 2), axis=0).max() == 0.0


def test_a_seed_says_all(mixture):
    def drawn(*seeds):
        return mixture.sample(tf.constant(seeds, tf.int64), 4).numpy()

    np.testing.assert_array_equal(drawn(3, 4)[0], drawn(3)[0])
    assert not np.array_equal(drawn(3), drawn(4))
    in_graph = tf.function(lambda seeds: mixture.sample(seeds, 4))
    np.testing.assert_array_equal(in_graph(tf.constant([3], tf.int64)), drawn(3))


def test_styles_stay_in_their_range():
    far = StyleMixture(
        np.ones((1, 1)),
        np.full((1, 1, 2), 0.9),
        np.eye(2)[None, None],
        np.array([9]),
        1,
    )
    table = far.sample(tf.range(50, dtype=tf.int64), 4).numpy()
    assert table.max() == 1.0 and table.min() == -1.0


def test_a_component_is_one_look_for_every_thing(mixture):
    table = mixture.component(1, 5)
    assert table.shape == (3, 5, 2) and table.dtype == np.float32
    assert table[0, 4] == pytest.approx([-0.6, 0.7], abs=0.02)
    # One component alone: it is all that there is.
    assert table[1, 0] == pytest.approx([0.1, 0.2])
    for index in (2, -1):
        with pytest.raises(InputError, match=r"expected 0 \.\. 1"):
            mixture.component(index, 5)


@pytest.fixture
def run(tmp_path, street_config):
    config = street_config("style.num_features=2")
    checkpoints.save({"x": tf.Variable(1.0)}, tmp_path, 1)
    return tmp_path, config


def test_what_was_written_is_read(run, mixture):
    folder, config = run
    mixture.save(folder / STYLES_FILE)
    read = load_mixture(folder, config)
    for name in ("weights", "means", "factors", "counts", "step"):
        np.testing.assert_array_equal(getattr(read, name), getattr(mixture, name))
    assert [p.name for p in folder.glob("*.npz")] == [STYLES_FILE]


def test_styles_of_an_older_model_are_refused(run, mixture):
    folder, config = run
    mixture.save(folder / STYLES_FILE)
    checkpoints.save({"x": tf.Variable(1.0)}, folder, 5)
    with pytest.raises(InputError, match="at step 1, .* to step 5: .*fit"):
        load_mixture(folder, config)


def test_what_is_no_mixture_is_refused(run, street_config):
    folder, config = run
    with pytest.raises(InputError, match="not known yet: run v2v-tf styles fit"):
        load_mixture(folder, config)
    (folder / STYLES_FILE).write_bytes(b"PK\x03\x04 not really")
    with pytest.raises(InputError, match="is damaged"):
        load_mixture(folder, config)
    # An object array would be unpickled by whoever allowed it.
    np.savez(folder / STYLES_FILE, weights=np.array([{}], dtype=object))
    with pytest.raises(InputError, match="is damaged"):
        load_mixture(folder, config)
    with pytest.raises(InputError, match="a model without styles"):
        load_mixture(folder, street_config())
