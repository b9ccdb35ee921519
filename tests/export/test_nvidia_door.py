"""The path under which version 0.1 documented the readers of published checkpoints."""

from tests.published.published import write_generator
from v2v_tf.export.nvidia import load_generator, load_network
from v2v_tf.published import nvidia

OPTIONS = {
    **{"label_nc": 4, "ngf": 2, "n_blocks": 2, "n_downsample_G": 2},
    **{"loadSize": 32, "fineSize": 32},
}


def test_a_generator_is_loaded_from_there(tmp_path):
    tensors = write_generator(tmp_path, OPTIONS)[0]
    stem = load_generator(tmp_path, OPTIONS).scales[0].condition_encoder.layers[0]
    theirs = tensors["model_down_seg.1.weight"]
    assert stem.convolution.kernel[2, 5, 7, 1] == theirs[1, 7, 2, 5]


def test_single_networks_are_loaded_by_the_same_function():
    assert load_network is nvidia.load_network
