import dataclasses
import math

import pytest

from pipeline import configs
from pipeline.configs import PipelineConfig, load, parse_config, records_yaml
from v2v_tf import config as configuration
from v2v_tf.errors import InputError


def test_a_pipeline_names_its_experiment(tmp_path):
    path = tmp_path / "nightly.yaml"
    path.write_text(
        "name: nightly\nexperiment: toy_street\nset: [seed=4]\n"
        "kubernetes:\n  node_selector: {pool: gpu}\n"
        "evaluation:\n  thresholds:\n    - {metric: ssim, at_least: 0.5}\n"
    )
    pipeline, config = load(path, ("data.num_shards=7", "pipeline.train_steps=9"))
    assert (pipeline.name, pipeline.train_steps) == ("nightly", 9)
    assert pipeline.kubernetes.node_selector == {"pool": "gpu"}
    (threshold,) = pipeline.evaluation.thresholds
    assert threshold.at_least == 0.5 and math.isinf(threshold.worse_by)
    assert (config.seed, config.data.num_shards) == (4, 7)


def test_an_experiment_is_a_pipeline_with_defaults(tmp_path):
    pipeline, config = load("pose_512")
    assert dataclasses.replace(pipeline, experiment="toy_street") == PipelineConfig()
    assert config.task == "pose"
    path = tmp_path / "mine.yaml"
    path.write_text(configuration.to_yaml(config))
    assert load(path)[1] == config


def test_the_preset_of_a_pipeline_wins_over_that_of_its_experiment():
    pipeline, config = load("toy_street")
    assert pipeline.name == "toy-street" and config.task == "street"


def test_a_pipeline_goes_on_from_a_pack(tmp_path):
    path = tmp_path / "nightly.yaml"
    path.write_text("from_pretrained: toy-street-128\nset: [curriculum.0.epochs=2]\n")
    pipeline, config = load(path, ("seed=8",))
    assert pipeline.from_pretrained == "toy-street-128"
    assert [(s.name, s.epochs) for s in config.curriculum] == [("long", 2)]
    assert config.generator == configuration.load_config("toy_street_128").generator
    assert config.seed == 8
    # With an experiment of its own, the weights alone are the pack's.
    path.write_text("from_pretrained: toy-street-128\nexperiment: test/toy_street\n")
    assert load(path)[1].curriculum[0].name == "flow"
    for more in ("", "experiment: test/toy_street\n"):
        path.write_text(f"from_pretrained: toy-street-3\n{more}")
        with pytest.raises(InputError, match="toy-street-128"):
            load(path)


def test_sequences_are_set_aside_where_the_experiment_sets_none():
    assert load("toy_street")[1].data.eval_fraction == 0.2
    assert load("toy_street", ("data.eval_fraction=0.4",))[1].data.eval_fraction == 0.4


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("experiment: toy_streat\n", "did you mean 'toy_street'"),
        (
            "experiment: toy_street\nnane: x\n",
            "unknown key 'nane'; did you mean 'name'",
        ),
        ("experiment: toy_street\nname: Toy_Street\n", "a-z, 0-9 and hyphens"),
        ("experiment: toy_street_first_frame\n", "trains model: vid2vid"),
        (
            "experiment: toy_street\nevaluation: {thresholds: [{metric: fid}]}\n",
            "expected one of psnr, ssim, warping_error",
        ),
        ("experiment: toy_street\nkubernetes: {node_selector: gpu}\n", "a mapping"),
        ("experiment: [\n", "not valid YAML"),
    ],
)
def test_what_cannot_be_used_is_said(tmp_path, text, words):
    path = tmp_path / "bad.yaml"
    path.write_text(text)
    with pytest.raises(InputError, match=words):
        load(path)


def test_ingestion_depends_on_records_alone():
    _, config = load("toy_street")
    other = load("toy_street", ("seed=5", "data.shuffle_buffer=3", "losses.l1=2"))[1]
    assert records_yaml(other) == records_yaml(config)
    changed = load("toy_street", ("data.resize.load_size=64",))[1]
    assert records_yaml(changed) != records_yaml(config)
    read = parse_config(records_yaml(changed))
    assert read.data.resize.load_size == 64
    assert read.conditioning == changed.conditioning


def test_every_preset_of_a_pipeline_loads():
    names = {p.stem for folder in configs.PRESET_FOLDERS for p in folder.glob("*.yaml")}
    assert names
    for name in names:
        assert load(name)[0].name
