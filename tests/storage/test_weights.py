"""Weights in safetensors files: names, what fits, what does not."""

import numpy as np
import pytest
import tensorflow as tf
from safetensors.numpy import load_file, save_file

from v2v_tf.errors import InputError
from v2v_tf.layers.convolution import ResidualBlock, chain, stem
from v2v_tf.storage.weights import load_weights, named_weights, parts_in, save_weights


def network(seed=0, filters=3):
    tf.keras.utils.set_random_seed(seed)
    made = chain([stem(filters), ResidualBlock(filters)], "network")
    made(tf.zeros([1, 8, 8, 2]))
    return made


def values(layer):
    return [weight.numpy() for weight in layer.weights]


def test_names_are_ways_from_the_network_and_do_not_depend_on_what_was_built_before():
    names = list(named_weights({"one": network()}))
    network(filters=2)
    assert list(named_weights({"one": network()})) == names
    assert "one/layer-0/convolution/kernel" in names
    assert "one/layer-1/first/normalization/gamma" in names
    assert len(names) == len(network().weights)


def test_lists_of_networks_are_numbered():
    names = named_weights({"several": [network(), network()]})
    assert {name.split("/")[1] for name in names} == {"0", "1"}


def test_what_was_saved_is_loaded_into_another_network(tmp_path):
    first, second = network(1), network(2)
    path = tmp_path / "w.safetensors"
    save_weights(path, {"one": first, "two": [second]})
    assert parts_in(path) == {"one", "two"}
    other = network(3)
    load_weights(path, {"two": [other]})
    for found, expected in zip(values(other), values(second), strict=True):
        np.testing.assert_array_equal(found, expected)


def test_others_may_read_what_was_saved(tmp_path):
    (tmp_path / "plain").touch()
    save_weights(tmp_path / "w.safetensors", {"one": network()})
    modes = [(tmp_path / n).stat().st_mode for n in ("plain", "w.safetensors")]
    assert modes[0] == modes[1]


def test_half_precision_rounds_to_eleven_bits_and_takes_half_of_the_space(tmp_path):
    first = network(1)
    for name, half in (("whole", False), ("half", True)):
        save_weights(tmp_path / name, {"one": first}, half)
    stored = load_file(tmp_path / "half")
    assert {array.dtype for array in stored.values()} == {np.dtype(np.float16)}
    other = network(3)
    load_weights(tmp_path / "half", {"one": other})
    for found, expected in zip(values(other), values(first), strict=True):
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, expected, rtol=2**-11, atol=1e-7)


def test_numbers_too_large_for_half_precision_are_refused(tmp_path):
    first = network()
    first.weights[0].assign(tf.fill(first.weights[0].shape, 7e4))
    with pytest.raises(InputError, match="up to 70000 do not fit half precision"):
        save_weights(tmp_path / "half", {"one": first}, half=True)
    assert not (tmp_path / "half").exists()


def change(path, **arrays):
    save_file({**load_file(path), **arrays}, path)


def test_what_does_not_fit_is_named(tmp_path):
    path = tmp_path / "w.safetensors"
    save_weights(path, {"one": network(filters=4)})
    with pytest.raises(
        InputError, match=r"gamma is \[4\], not \[3\]; and 4 more|; and"
    ):
        load_weights(path, {"one": network()})
    save_weights(path, {"one": network()})
    change(path, **{"one/layer-9/kernel": np.zeros(3, np.float32)})
    with pytest.raises(InputError, match="one/layer-9/kernel is one too many"):
        load_weights(path, {"one": network()})
    save_weights(path, {"one": network()})
    bad = np.float32([1, np.nan, 2])
    change(path, **{"one/layer-0/normalization/beta": bad})
    with pytest.raises(InputError, match="beta holds what is no number"):
        load_weights(path, {"one": network()})
    with pytest.raises(InputError, match="two/layer-0/convolution/bias is missing"):
        load_weights(path, {"two": network()})


def test_a_file_that_is_none_is_refused(tmp_path):
    path = tmp_path / "w.safetensors"
    with pytest.raises(InputError, match="not a whole safetensors file"):
        load_weights(path, {"one": network()})
    save_weights(path, {"one": network()})
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(InputError, match="not a whole safetensors file"):
        load_weights(path, {"one": network()})
