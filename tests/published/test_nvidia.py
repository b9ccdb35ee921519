"""Loading published checkpoints: what fits, what does not, what stays random."""

from __future__ import annotations

import re

import numpy as np
import pytest
import tensorflow as tf

from tests.published.published import state_dict, write_generator
from tests.torch_format.torch_bytes import write_checkpoint
from v2v_tf.errors import InputError
from v2v_tf.published import nvidia
from v2v_tf.published.nvidia import load_generator, load_network
from v2v_tf.published.nvidia_options import read_options

STREET = {
    "label_nc": 4,
    "use_instance": True,
    "fg": True,
    "fg_labels": [1, 2],
    "ngf": 8,
    "n_downsample_G": 2,
    "n_blocks": 3,
    "n_blocks_local": 1,
}


def clip(num_frames: int, size: tuple[int, int] = (16, 32)) -> dict[str, np.ndarray]:
    random = np.random.default_rng(5)
    return {
        "conditions": random.integers(0, 4, (num_frames, *size), np.uint8),
        "instances": random.integers(0, 3, (num_frames, *size), np.uint16),
        "first_frames": random.uniform(-1, 1, (2, *size, 3)).astype(np.float32),
    }


def test_kernels_come_with_their_axes_in_our_order(tmp_path):
    tensors = write_generator(tmp_path, STREET)[0]
    coarse = load_generator(tmp_path, STREET).scales[0]
    stem = coarse.condition_encoder.layers[0].convolution
    theirs = tensors["model_down_seg.1.weight"]
    assert stem.kernel[2, 5, 7, 3] == theirs[3, 7, 2, 5]
    up = coarse.image_decoder.layers[-1]
    # Transposed kernels hold the input channels first there.
    assert (
        up.convolution.kernel[0, 2, 3, 5]
        == tensors["model_up_img.3.weight"][5, 3, 0, 2]
    )
    np.testing.assert_array_equal(
        up.normalization.gamma, tensors["model_up_img.4.weight"]
    )
    np.testing.assert_array_equal(
        coarse.mask_head.convolution.bias, tensors["model_final_w.1.bias"]
    )


def test_labels_channels_and_lengths(tmp_path):
    write_generator(tmp_path, STREET)
    generator = load_generator(str(tmp_path), STREET)
    given = clip(6)
    result = generator.rollout(**given)
    assert {name: array.shape for name, array in result.items()} == {
        "fake_frames": (4, 16, 32, 3),
        "raw_frames": (4, 16, 32, 3),
        "flow": (4, 16, 32, 2),
        "mask": (4, 16, 32, 1),
    }
    assert {array.dtype for array in result.values()} == {np.dtype(np.float32)}
    labels, ids = given["conditions"], given["instances"]
    channels = generator.conditioning.encode(
        tf.constant(labels[..., None]), tf.constant(ids.astype(np.int32))
    )
    assert channels.shape == (6, 16, 32, 5)
    again = generator.rollout(channels.numpy(), first_frames=given["first_frames"])
    np.testing.assert_array_equal(again["fake_frames"], result["fake_frames"])


@pytest.mark.parametrize(
    "more",
    [
        {"n_frames_G": 2},
        {"n_frames_G": 4, "n_scales_spatial": 2},
        pytest.param(
            {"n_scales_spatial": 3, "n_downsample_G": 1}, marks=pytest.mark.slow
        ),
        {"norm": "instance"},
        {"no_flow": True},
        {"fg": False, "use_instance": False},
    ],
    ids=str,
)
def test_every_architecture_loads_and_rolls_out(tmp_path, more):
    options = {**STREET, **more}
    scales = write_generator(tmp_path, options)
    generator = load_generator(tmp_path, options)
    assert len(scales) == len(generator.scales)
    if more == {"norm": "instance"}:
        assert "model_down_seg.2.weight" not in scales[0]
    num_prev = options.get("n_frames_G", 3) - 1
    given = clip(num_prev + 2)
    given["first_frames"] = given["first_frames"][:1].repeat(num_prev, axis=0)
    result = generator.rollout(**given)
    assert len(result["fake_frames"]) == 2
    assert ("flow" in result) == ("mask" in result) == (not options.get("no_flow"))
    assert np.isfinite(result["fake_frames"]).all()


@pytest.mark.slow
def test_a_network_from_nothing_starts_raw_unless_frames_are_given(tmp_path):
    options = {**STREET, "label_nc": 0, "input_nc": 6, "use_instance": False}
    options |= {"fg": False, "no_first_img": True}
    write_generator(tmp_path, options)
    generator = load_generator(tmp_path, options)
    planes = np.random.default_rng(3).uniform(-1, 1, (4, 16, 16, 6))
    free = generator.rollout(planes)
    np.testing.assert_array_equal(free["fake_frames"][0], free["raw_frames"][0])
    assert not np.allclose(free["fake_frames"][1], free["raw_frames"][1], atol=1e-3)
    zeros = generator.rollout(planes, first_frames=np.zeros((2, 16, 16, 3)))
    np.testing.assert_array_equal(zeros["fake_frames"], free["fake_frames"])
    given = generator.rollout(planes, first_frames=np.full((2, 16, 16, 3), 0.5))
    assert not np.allclose(given["fake_frames"][0], given["raw_frames"][0], atol=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.pop("model_final_w.1.bias"), "missing: model_final_w.1.bias"),
        (
            lambda t: t.update({"extra.weight": np.zeros(2)}),
            "surplus: extra.weight",
        ),
        (
            lambda t: t.update({"model_down_img.5.running_max": np.zeros(2)}),
            "surplus: model_down_img.5.running_max",
        ),
        (
            lambda t: t.update({"indv_down.1.weight": np.zeros((8, 9, 7, 7))}),
            "of another shape: indv_down.1.weight (8, 9, 7, 7), not (8, 15, 7, 7)",
        ),
    ],
)
def test_tensors_that_do_not_fit_are_listed(tmp_path, change, message):
    tensors = write_generator(tmp_path, STREET)[0]
    change(tensors)
    path = write_checkpoint(tmp_path / "latest_net_G0.pth", tensors)
    with pytest.raises(InputError, match=re.escape(message)) as caught:
        load_generator(tmp_path, STREET)
    assert str(path) in str(caught.value)


@pytest.mark.slow
def test_coarser_scales_go_into_a_larger_model_when_asked(tmp_path, caplog):
    tensors = write_generator(tmp_path, STREET)[0]
    larger = {**STREET, "n_scales_spatial": 2}
    with pytest.raises(InputError, match="holds no latest_net_G1.pth.*partial"):
        load_generator(tmp_path, larger)
    generator = nvidia.build_generator(read_options(larger))
    untouched = nvidia.restore_generator(generator, tmp_path, partial=True)
    assert untouched and all(name.startswith("G1: ") for name in untouched)
    assert len(untouched) == len(generator.scales[1].weights)
    np.testing.assert_array_equal(
        generator.scales[0].image_head.convolution.bias,
        tensors["model_final_img.1.bias"],
    )
    write_checkpoint(
        tmp_path / "latest_net_G0.pth",
        {n: t for n, t in tensors.items() if not n.startswith("model_final_w")},
    )
    untouched = nvidia.restore_generator(generator, tmp_path, partial=True)
    assert untouched[:2] == ["G0: model_final_w.1.weight", "G0: model_final_w.1.bias"]
    write_checkpoint(tmp_path / "latest_net_G0.pth", {"other": np.zeros(3)})
    with pytest.raises(InputError, match="does not fit"):
        load_generator(tmp_path, larger, partial=True)


def test_without_files_partial_loading_is_an_error_too(tmp_path):
    with pytest.raises(InputError, match="holds no latest_net_G0.pth"):
        load_generator(tmp_path, STREET, partial=True)


def test_another_epoch(tmp_path):
    write_generator(tmp_path, STREET)
    (tmp_path / "latest_net_G0.pth").rename(tmp_path / "10_net_G0.pth")
    load_generator(tmp_path, STREET, epoch="10")


DISCRIMINATOR = {"input_nc": 5, "ndf": 4, "n_layers_D": 3, "num_D": 3}


def test_a_discriminator_by_its_options(tmp_path):
    network = nvidia._build_network(read_options(DISCRIMINATOR), "plain")
    tensors = state_dict(network, 2)
    # Copies are numbered from the coarsest; the full-resolution one is narrow.
    assert tensors["scale2_layer0.0.weight"].shape == (4, 5, 4, 4)
    assert tensors["scale0_layer0.0.weight"].shape == (16, 5, 4, 4)
    path = write_checkpoint(tmp_path / "net.pth", tensors)
    maps = load_network(path, DISCRIMINATOR)(np.ones((2, 32, 64, 5), np.float32))
    assert [len(copy) for copy in maps] == [5, 5, 5]
    assert maps[0][0].shape == (2, 17, 33, 4)
    assert maps[2][4].shape == (2, 4, 5, 1)


@pytest.mark.parametrize(
    ("name", "channels", "copies"), [("D", 8, 3), ("D_T1", 13, 3), ("D_f", 8, 1)]
)
def test_a_discriminator_by_its_file_name(tmp_path, name, channels, copies):
    options = {**STREET, "ndf": 4, "num_D": 3, "netG": "composite"}
    kind = name.rstrip("1")
    network = nvidia._build_network(read_options(options), kind)
    path = write_checkpoint(tmp_path / f"3_net_{name}.pth", state_dict(network, 2))
    maps = load_network(path, options)(np.ones((1, 32, 32, channels), np.float32))
    assert len(maps) == copies


SINGLE = {
    "global": ({"netG": "global", "label_nc": 4}, (4,)),
    "local": ({"netG": "local", "input_nc": 4, "n_local_enhancers": 2}, (4,)),
    "features": (
        {"netG": "global_with_features", "input_nc": 4, "feat_num": 2},
        (4, 2),
    ),
    "encoder": ({"netG": "encoder", "output_nc": 2}, (3, 1)),
    "affine": ({"netG": "global", "input_nc": 4, "norm": "batch"}, (4,)),
}


@pytest.mark.parametrize("name", list(SINGLE))
def test_networks_for_single_images(tmp_path, name):
    more, channels = SINGLE[name]
    sizes = {"ngf": 4, "n_downsample_G": 1, "n_blocks": 1, "n_blocks_local": 1}
    options = {**sizes, **more}
    tensors = state_dict(nvidia._build_network(read_options(options), None), 4)
    assert ("model.2.weight" in tensors) == (name == "affine")
    path = write_checkpoint(tmp_path / "net.pth", tensors)
    arrays = [np.ones((2, 32, 16, c), np.float32) for c in channels]
    result = load_network(path, options)(*arrays)
    assert result.shape == (2, 32, 16, 2 if name == "encoder" else 3)
    assert result.dtype == tf.float32


def test_the_generator_of_videos_has_its_own_loader(tmp_path):
    path = write_checkpoint(tmp_path / "net.pth", {"a": np.zeros(1)})
    with pytest.raises(InputError, match="composite.*load_generator"):
        load_network(path, {**STREET, "netG": "composite"})
    with pytest.raises(InputError, match="netG is 'global'.*load_network"):
        load_generator(tmp_path, {**STREET, "netG": "global"})
