"""Mixtures of styles, fitted to the styles of regions."""

import numpy as np
import pytest

from v2v_tf.apps.styles.fitting import fit_mixture
from v2v_tf.errors import InputError
from v2v_tf.inference.style_mixture import StyleMixture


@pytest.fixture(scope="module")
def mixture() -> StyleMixture:
    """Class 0: two looks, three times out of four the first; 1: one sample; 2: none."""
    random = np.random.default_rng(0)
    often = random.normal((0.5, -0.5), (0.05, 0.01), (90, 2))
    seldom = random.normal((-0.6, 0.7), 0.02, (30, 2))
    samples = [
        np.concatenate([often, seldom]),
        np.array([[0.1, 0.2]]),
        np.empty((0, 2)),
    ]
    return fit_mixture(samples, 2, seed=0, step=1)


def test_looks_are_found_the_frequent_one_first(mixture):
    assert mixture.weights[0] == pytest.approx([0.75, 0.25])
    assert mixture.means[0, 0] == pytest.approx([0.5, -0.5], abs=0.02)
    assert mixture.means[0, 1] == pytest.approx([-0.6, 0.7], abs=0.02)
    spread = np.sqrt(np.diag(mixture.factors[0, 0] @ mixture.factors[0, 0].T))
    # The least variance keeps a spread of 0.01 from vanishing.
    assert spread == pytest.approx([0.05, 0.014], abs=0.01)
    assert mixture.counts.tolist() == [120, 1, 0]


def test_few_regions_are_no_distribution(mixture):
    assert mixture.weights[1:].tolist() == [[1, 0], [1, 0]]
    assert mixture.means[1, 0] == pytest.approx([0.1, 0.2])
    everything = (90 * np.array([0.5, -0.5]) + 30 * np.array([-0.6, 0.7])) / 121
    assert mixture.means[2, 0] == pytest.approx(everything, abs=0.02)
    assert not mixture.factors[1:].any()


def test_no_region_is_an_error():
    with pytest.raises(InputError, match="no region of 16 pixels"):
        fit_mixture([np.empty((0, 2))], 3, 0, 1)
