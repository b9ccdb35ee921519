"""Networks of TFLite files, on small ones made here."""

import numpy as np
import pytest
import tensorflow as tf

from v2v_tf.detection.tflite import TFLiteNetwork
from v2v_tf.errors import InputError


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """A network of 6x4 pictures: their mean by channel, and their last pixel."""
    picture = tf.keras.Input((6, 4, 3), batch_size=1)
    outputs = (tf.reduce_mean(picture, axis=(1, 2)), picture[:, 5, 3, :2] * 2.0)
    model = tf.keras.Model(picture, outputs)
    path = tmp_path_factory.mktemp("tflite") / "small.tflite"
    path.write_bytes(tf.lite.TFLiteConverter.from_keras_model(model).convert())
    return path


def test_it_reads_one_picture(file, capfd):
    network = TFLiteNetwork(file, outputs=2)
    assert network.size == (6, 4)
    picture = np.random.default_rng(0).random((6, 4, 3))
    outputs = {out.shape: out for out in network(picture)}
    np.testing.assert_allclose(outputs[(3,)], picture.mean(axis=(0, 1)), atol=1e-6)
    np.testing.assert_allclose(outputs[(2,)], picture[5, 3, :2] * 2, atol=1e-6)
    assert capfd.readouterr().err == ""


def test_another_network_is_refused(file, tmp_path):
    with pytest.raises(InputError, match="1 outputs, got 1 inputs, .* and 2 outputs"):
        TFLiteNetwork(file, outputs=1)
    (tmp_path / "text.tflite").write_text("no network")
    with pytest.raises(InputError, match="text.tflite: not a network to run"):
        TFLiteNetwork(tmp_path / "text.tflite", outputs=1)
