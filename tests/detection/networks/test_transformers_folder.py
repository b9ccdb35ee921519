"""Folders of transformers: a small Segformer with weights of its own."""

from __future__ import annotations

import json
import os
import shutil

import numpy as np
import pytest

from v2v_tf.detection.networks import hub
from v2v_tf.detection.networks.loading import load_network
from v2v_tf.detection.networks.maps import to_input
from v2v_tf.errors import InputError

NAMES = ("road", "sky", "car", "tree")
CARD = "---\nlicense: cc-by-4.0\ndatasets:\n- one\n- two\n---\n# A network\n"
PREPARED = {
    "do_resize": True,
    "size": {"height": 64, "width": 96},
    "do_normalize": True,
    "image_mean": [0.4, 0.5, 0.6],
    "image_std": [0.2, 0.3, 0.4],
}


@pytest.fixture(scope="module")
def segformer(tmp_path_factory):
    """The folder of a Segformer of four classes, and the model itself."""
    transformers = pytest.importorskip("transformers")
    config = transformers.SegformerConfig(
        num_encoder_blocks=2,
        depths=[1, 1],
        sr_ratios=[2, 1],
        hidden_sizes=[8, 12],
        patch_sizes=[7, 3],
        strides=[4, 2],
        num_attention_heads=[1, 2],
        mlp_ratios=[2, 2],
        decoder_hidden_size=16,
        id2label=dict(enumerate(NAMES)),
        label2id={name: number for number, name in enumerate(NAMES)},
    )
    with pytest.MonkeyPatch.context() as patch:
        # It would set this for all processes that tests start later.
        patch.setenv("TF_USE_LEGACY_KERAS", "1")
        model = transformers.TFSegformerForSemanticSegmentation(config)
    model(np.zeros((1, 3, 64, 96), np.float32))
    generator = np.random.default_rng(3)
    for weight in model.weights:  # a variance is above 0
        values = generator.normal(0, 0.3, weight.shape)
        weight.assign(abs(values) if "variance" in weight.name else values)
    folder = tmp_path_factory.mktemp("segformer")
    model.save_pretrained(str(folder), safe_serialization=True)
    (folder / "preprocessor_config.json").write_text(json.dumps(PREPARED))
    (folder / "README.md").write_text(CARD)
    return folder, model


def test_what_transformers_sets_for_keras_is_taken_back(monkeypatch):
    from v2v_tf.detection.networks.transformers_folder import _kept_environment

    monkeypatch.delenv("TF_USE_LEGACY_KERAS", raising=False)
    with _kept_environment():
        os.environ["TF_USE_LEGACY_KERAS"] = "1"
    assert "TF_USE_LEGACY_KERAS" not in os.environ


def test_it_reads_frames_as_its_configuration_says(segformer):
    folder, model = segformer
    assert [path.name for path in folder.glob("*.safetensors")] == ["model.safetensors"]
    frame = np.random.default_rng(5).integers(0, 256, (50, 70, 3)).astype(np.uint8)
    loaded = load_network(str(folder), "labels")
    found = loaded.classes(frame)
    rules = hub.rules_of(PREPARED)
    np.testing.assert_allclose(rules.mean, PREPARED["image_mean"])
    given = to_input(frame, (64, 96), rules).transpose(2, 0, 1)[None]
    logits = model(given).logits.numpy()[0]
    assert logits.shape == (4, 16, 24) and found.shape == (50, 70)
    # Where coarse pixels lie, the class is theirs.
    rows = ((np.arange(16) + 0.5) * 50 / 16 - 0.5).round().astype(int)
    columns = ((np.arange(24) + 0.5) * 70 / 24 - 0.5).round().astype(int)
    same = found[np.ix_(rows, columns)] == logits.argmax(axis=0)
    assert same.mean() > 0.85 and len(np.unique(found)) > 1


def test_its_names_and_licences_come_from_its_own_files(segformer):
    loaded = load_network(str(segformer[0]), "labels")
    assert loaded.labels == dict(enumerate(NAMES))
    licences = loaded.files[0].licences
    assert licences.code.startswith("Apache-2.0")
    assert (licences.weights, licences.training_data) == ("cc-by-4.0", "one, two")
    assert sorted(one.path.name for one in loaded.files) == [
        *("config.json", "model.safetensors", "preprocessor_config.json")
    ]


def test_a_card_without_a_licence_is_refused(segformer, tmp_path):
    folder = tmp_path / "net"
    shutil.copytree(segformer[0], folder)
    (folder / "README.md").write_text("# A network\n")
    with pytest.raises(InputError, match="nothing says its licences"):
        load_network(str(folder), "labels")


def test_other_weights_than_safetensors_are_not_read(segformer, tmp_path):
    shutil.copy(segformer[0] / "config.json", tmp_path)
    (tmp_path / "pytorch_model.bin").write_bytes(b"a pickle")
    with pytest.raises(InputError, match=r"holds no \*.safetensors, and weights of"):
        load_network(str(tmp_path), "labels")
    (tmp_path / "model.safetensors").write_bytes(b"damaged")
    with pytest.raises(InputError, match="transformers cannot load it: ") as caught:
        load_network(str(tmp_path), "labels")
    assert "\n" not in str(caught.value)


def test_what_runs_by_pytorch_alone_says_so(segformer, tmp_path):
    pytest.importorskip("transformers")
    shutil.copy(segformer[0] / "model.safetensors", tmp_path)
    config = {"model_type": "depth_anything"}
    (tmp_path / "config.json").write_text(json.dumps(config))
    try:
        import torch  # noqa: F401
    except ImportError:
        with pytest.raises(
            InputError, match="depth_anything run by PyTorch alone: pip"
        ):
            load_network(str(tmp_path), "depth")


def test_names_of_the_hub_are_pinned():
    commit = "0123456789" * 4
    assert hub.parse_name(f"hf:org/some.net@{commit}") == ("org/some.net", commit)
    for name in ("hf:org/net", "hf:org/net@main", "hf:org/net@0123456"):
        with pytest.raises(InputError, match="hf:org/net@COMMIT, with the 40 digits"):
            load_network(name, "labels")
    with pytest.raises(InputError, match="expected hf:org/name@COMMIT"):
        load_network("hf:net", "labels")


def test_what_cannot_be_fetched_is_one_line(monkeypatch, tmp_path):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    huggingface_hub = pytest.importorskip("huggingface_hub")
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    name = f"hf:no-such-org/no-such-name@{'0' * 40}"
    with pytest.raises(InputError, match="cannot be fetched: ") as caught:
        load_network(name, "labels")
    assert "\n" not in str(caught.value)


def test_model_cards_say_licences_in_several_ways(tmp_path):
    def said(text):
        (tmp_path / "README.md").write_text(text)
        return hub.licences_of(tmp_path)

    assert hub.licences_of(tmp_path) is None
    assert said("# No front matter") is None and said("---\n: [\n---\n") is None
    found = said("---\nlicense: other\nlicense_name: own\nlicense_link: x.y\n---\n")
    assert found.weights == "other, own, x.y"
    assert found.training_data == "not said by the model card"


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({}, (1.0, None, False, 1)),
        ({"do_rescale": False}, (255.0, None, False, 1)),
        ({"do_resize": True, "size": 512}, (1.0, (512, 512), False, 1)),
        (
            {
                "do_resize": True,
                "size": {"height": 518, "width": 518},
                "keep_aspect_ratio": True,
                "ensure_multiple_of": 14,
            },
            (1.0, (518, 518), True, 14),
        ),
        (
            {"do_resize": True, "size": {"shortest_edge": 300}},
            (1.0, (300, 300), True, 1),
        ),
        ({"do_flip_channel_order": True}, (1.0, None, False, 1)),
    ],
)
def test_preprocessors_become_rules(said, expected):
    rules = hub.rules_of(said)
    assert (rules.high, rules.size, rules.keeps_shape, rules.multiple) == expected
    assert rules.bgr == ("do_flip_channel_order" in said)
