"""The network of soft edges: what follows from its weights, and its file."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import tensorflow as tf

from tests.tasks.softedge.conftest import WIDTHS, blank_arrays, contrast_arrays
from v2v_tf.errors import InputError
from v2v_tf.tasks.softedge.network import MEANS, EdgeNetwork
from v2v_tf.tasks.softedge.weights import read_weights


@pytest.fixture
def network(write_network):
    return lambda arrays: EdgeNetwork(read_weights(write_network(arrays)))


def noise(height: int, width: int, seed: int = 4) -> np.ndarray:
    """Returns a frame of blocks of 4 pixels, uint8 [height, width, 3]."""
    colours = np.random.default_rng(seed).integers(0, 256, (height, width, 3))
    return colours[::4, ::4].repeat(4, 0).repeat(4, 1).astype(np.uint8)


def sides(network: EdgeNetwork, frame: np.ndarray) -> list[np.ndarray]:
    outputs = network.side_outputs(tf.constant(frame[np.newaxis].astype(np.float32)))
    return [one.numpy()[0, ..., 0] for one in outputs]


def test_the_first_side_output_is_the_convolution_that_its_weights_say(network):
    arrays = blank_arrays()
    kernel = arrays["block1/layers/conv2d/vars/0"]
    # Of red, which comes last: three times the pixel above less the one to the right.
    kernel[0, 1, 2, 1], kernel[1, 2, 2, 1] = 3, -1
    arrays["block1/layers/conv2d/vars/1"][:] = (0, 7)
    arrays["block1/layers/conv2d_1/vars/0"][1, 1, 1, 0] = 2
    arrays["dsn1/vars/0"][0, 0, :, 0] = (0.5, 100)
    arrays["dsn1/vars/1"][:] = -1.5
    frame = noise(32, 48)
    red = np.pad(frame[..., 0] - np.float32(MEANS[2]), 1)  # black is not 0 here
    found = np.maximum(3 * red[:-2, 1:-1] - red[1:-1, 2:] + 7, 0)
    first, *others = sides(network(arrays), frame)
    np.testing.assert_allclose(first, 0.5 * 2 * found - 1.5, rtol=1e-5, atol=1e-3)
    assert found.min() == 0 and found.max() > 300
    assert all(not one.any() for one in others)


def test_deeper_side_outputs_are_largest_values_and_are_enlarged(network):
    arrays = blank_arrays()
    for name, array in arrays.items():
        if "block" in name and array.ndim == 4:
            array[1, 1, 0, 0] = 1
    # Of blue, which comes first.
    arrays["block1/layers/conv2d/vars/1"][0] = MEANS[0]
    for number in range(1, 6):
        arrays[f"dsn{number}/vars/0"][0, 0, 0, 0] = number
    frame = noise(32, 64)
    largest = frame[..., 2].astype(np.float32)
    for number, found in enumerate(sides(network(arrays), frame), 1):
        enlarged = cv2.resize(largest, (64, 32), interpolation=cv2.INTER_LINEAR)
        np.testing.assert_allclose(found, number * enlarged, rtol=1e-4, atol=0.05)
        rows, columns = (side // 2 for side in largest.shape)
        largest = largest.reshape(rows, 2, columns, 2).max(axis=(1, 3))


def test_side_outputs_are_weighed_and_go_through_a_sigmoid(network):
    arrays = blank_arrays()
    for number in range(1, 6):
        arrays[f"dsn{number}/vars/1"][:] = number
    arrays["fuse/vars/0"][0, 0, :, 0] = (0.5, -0.25, 0.1, 0.2, -0.3)
    arrays["fuse/vars/1"][:] = 0.4
    logit = 0.5 * 1 - 0.25 * 2 + 0.1 * 3 + 0.2 * 4 - 0.3 * 5 + 0.4
    made = network(arrays)
    found = made(tf.zeros([2, 32, 16, 3])).numpy()
    assert found.shape == (2, 32, 16, 1)
    np.testing.assert_allclose(found, 1 / (1 + np.exp(-logit)), rtol=1e-5)
    levels = made.find(np.zeros([20, 30, 3], np.uint8))
    assert np.unique(levels).tolist() == [round(255 / (1 + np.exp(-logit)))]


@pytest.mark.parametrize("size", [(30, 50), (180, 320), (17, 33), (3, 5), (1, 1)])
def test_frames_of_any_size_keep_it_and_nothing_is_moved(network, size):
    height, width = size
    frame = np.full([height, width, 3], 50, np.uint8)
    frame[:, width // 2 :, 0] = 250
    edges = network(contrast_arrays()).find(frame)
    assert edges.shape == size and edges.dtype == np.uint8
    if width == 1:
        return
    # A step of red is an edge on both of its sides, in every row; borders are none.
    step = (width // 2 - 1, width // 2)
    assert (edges[:, step] > 240).all()
    assert (np.delete(edges, step, axis=1) < 10).all()


def test_what_a_file_lacks_or_has_too_much_is_named(write_network):
    whole = blank_arrays()

    def refused(arrays: dict[str, np.ndarray]) -> str:
        with pytest.raises(InputError) as caught:
            read_weights(write_network(arrays))
        return str(caught.value)

    lacking = {name: one for name, one in whole.items() if "dsn4" not in name}
    assert "edges: dsn4/vars/0 is missing; dsn4/vars/1 is missing" in refused(lacking)
    more = {**whole, "block6/layers/conv2d/vars/0": np.zeros([3, 3, 6, 2], "f")}
    assert "block6/layers/conv2d/vars/0 is one too many" in refused(more)
    assert refused({}).endswith("; and 34 more")
    for name, shape, words in (
        ("block2/layers/conv2d_1", (3, 3, 7, 3), "[3, 3, 3, 3] and [3], got [3, 3, 7,"),
        ("block2/layers/conv2d_1", (3, 3, 3, 2), "[3, 3, 3, 2] and [2], got [3, 3, 3,"),
        ("block4/layers/conv2d", (5,), "[3, 3, 4, 1] and [1], got [5] and [5]"),
        ("fuse", (1, 1, 5, 2), "[1, 1, 5, 1] and [1], got [1, 1, 5, 2] and [1]"),
    ):
        other = {**whole, f"{name}/vars/0": np.zeros(shape, np.float32)}
        assert f"no network of soft edges: expected {name} of {words}" in refused(other)
    broken = {**whole, "dsn2/vars/1": np.array([np.nan], np.float32)}
    assert "dsn2 holds numbers that are not finite" in refused(broken)


def test_what_is_no_hdf5_file_is_named(tmp_path):
    path = tmp_path / "weights.h5"
    path.write_bytes(b"PK\x03\x04 something else")
    with pytest.raises(InputError, match="weights.h5: not an HDF5 file"):
        read_weights(path)


def test_numbers_of_features_are_those_of_the_file(network):
    made = network(blank_arrays())
    assert [block[-1].filters for block in made.blocks] == list(WIDTHS)
    assert [len(block) for block in made.blocks] == [2, 2, 3, 3, 3]
    assert not made.trainable_variables
