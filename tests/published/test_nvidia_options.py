"""The original's options: files, texts, defaults, and the experiment they amount to."""

from __future__ import annotations

import pytest

from v2v_tf import config as configuration
from v2v_tf.config import GeneratorConfig, ResizeConfig
from v2v_tf.errors import InputError
from v2v_tf.published.nvidia_options import experiment, generator_config, read_options

OPT_TXT = """------------ Options -------------
TTUR: False
dataset_mode: temporal
fg: True
fg_labels: [26, 24]
fineSize: 256
gpu_ids: [0]
label_nc: 35
load_pretrain:
loadSize: 1024
max_dataset_size: inf
n_downsample_G: 2
n_scales_spatial: 2
name: label2city_1024
netG: composite
ngf: 96                           [default: 128]
norm: batch
resize_or_crop: scaleWidth
use_instance: True
-------------- End ----------------
"""


def test_an_opt_txt(tmp_path):
    path = tmp_path / "opt.txt"
    path.write_text(OPT_TXT)
    for source in (path, str(path)):
        options = read_options(source)
        assert (options.ngf, options.label_nc, options.n_scales_spatial) == (96, 35, 2)
        assert options.fg and options.use_instance and not options.no_flow
        assert options.fg_labels == (26, 24)
        assert options.source_channels == 36
        assert not options.is_discriminator


def test_a_json_file_and_a_mapping_say_the_same(tmp_path):
    path = tmp_path / "config.json"
    path.write_text('{"ngf": 8, "fg_labels": [3], "netG": "global", "norm": "batch"}')
    mapping = {"ngf": "8", "fg_labels": "3", "netG": "global", "norm": "batch"}
    assert read_options(path) == read_options(mapping)
    assert read_options({"fg_labels": 7}).fg_labels == (7,)


def test_defaults_are_the_original_s():
    assert generator_config(read_options({"label_nc": 35})) == GeneratorConfig()


def test_what_only_a_discriminator_has():
    assert read_options({"num_D": 3}).is_discriminator
    assert not read_options({"num_D": 3, "netG": "composite"}).is_discriminator
    assert not read_options({"ngf": 3}).is_discriminator


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"ngf": "many"}, "'ngf' expected int, got 'many'"),
        ({"ngf": 0}, "option ngf is 0: expected 1 or more"),
        ({"n_frames_G": 1}, "option n_frames_G is 1: expected 2 or more"),
        ({"fg": 1}, "'fg' expected bool"),
        ({"name": "x", "gpu_ids": "0"}, "none of NVIDIA/vid2vid's options"),
    ],
)
def test_values_that_cannot_be_used(options, message):
    with pytest.raises(InputError, match=message):
        read_options(options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"output_nc": 1}, "output_nc is 1: only RGB"),
        ({"fg": True}, "fg needs labels"),
        ({"norm": "layer"}, "norm is 'layer'.*'batch' and 'instance'"),
    ],
)
def test_generators_that_do_not_exist(options, message):
    with pytest.raises(InputError, match=message):
        generator_config(read_options(options))


def test_files_that_are_no_options(tmp_path):
    with pytest.raises(InputError, match="no options file .*opt.txt"):
        read_options(tmp_path / "opt.txt")
    (tmp_path / "net.pth").write_bytes(b"\x80\x02\xff\xfe")
    with pytest.raises(InputError, match="no text file"):
        read_options(tmp_path / "net.pth")
    (tmp_path / "broken.json").write_text('{"ngf": [}')
    with pytest.raises(InputError, match="not valid JSON"):
        read_options(tmp_path / "broken.json")


def test_openpose_alone_has_no_flow():
    options = read_options({"input_nc": 3, "openpose_only": True})
    assert not generator_config(options).use_flow


TASKS = {
    "face": ({"input_nc": 15, "dataset_mode": "face"}, "face", 15),
    "face by its planes": ({"input_nc": 15}, "face", 15),
    "face without distances": (
        {"input_nc": 1, "dataset_mode": "face", "no_dist_map": True},
        "face",
        1,
    ),
    "pose": ({"input_nc": 6}, "pose", 6),
    "densepose": (
        {"input_nc": 3, "dataset_mode": "pose", "densepose_only": True},
        "pose",
        3,
    ),
    "street": ({"label_nc": 20, "use_instance": True}, "street", 21),
}


@pytest.mark.parametrize("name", list(TASKS))
def test_the_task_draws_what_the_network_reads(name):
    from v2v_tf.tasks import registry

    options, task, channels = TASKS[name]
    config = experiment(read_options(options))
    assert config.task == task
    assert registry.create(config).num_channels == channels
    assert config.conditioning.street.num_labels == (20 if task == "street" else 35)


@pytest.mark.parametrize(
    "options", [{"input_nc": 3}, {"input_nc": 15, "dataset_mode": "pose"}]
)
def test_sources_of_no_task_are_refused(options):
    with pytest.raises(InputError, match="none of this project's tasks"):
        experiment(read_options(options))


RULES = {
    "scaleWidth": ("width", "none"),
    "randomScaleHeight_and_scaledCrop": ("random_height", "scaled_height"),
    "randomScaleWidth_and_scaledCropWidth": ("random_width", "scaled_width"),
    "resize_and_crop": ("square", "square"),
    "ScaleHeight_and_scaledCrop": ("none", "scaled_height"),  # method.md 5.3: the trap
    "none": ("none", "none"),
}


@pytest.mark.parametrize("rule", list(RULES))
def test_resize_rules_match_parts_of_words(rule):
    options = {"label_nc": 35, "resize_or_crop": rule, "loadSize": 640, "fineSize": 96}
    scale, crop = RULES[rule]
    if "Width" in rule and crop == "scaled_height":
        crop = "scaled_width"
    assert experiment(read_options(options)).data.resize == ResizeConfig(
        scale=scale, load_size=640, crop=crop, fine_size=96
    )


def test_presets_and_options_agree_on_the_published_models():
    options = {"label_nc": 35, "use_instance": True, "fg": True, "loadSize": 1024}
    imported = experiment(read_options({**options, "n_scales_spatial": 2}))
    preset = configuration.load_config("cityscapes_1024")
    assert imported.generator == preset.generator
    assert imported.conditioning == preset.conditioning
    assert imported.data.resize == preset.data.resize
    pose = {
        "input_nc": 6,
        "dataset_mode": "pose",
        "no_first_img": True,
        "resize_or_crop": "randomScaleHeight_and_scaledCrop",
        "loadSize": 384,
        "fineSize": 256,
    }
    imported, preset = (
        experiment(read_options(pose)),
        configuration.load_config("pose_256"),
    )
    assert imported.generator == preset.generator
    assert imported.conditioning == preset.conditioning
    assert imported.data.resize == preset.data.resize
