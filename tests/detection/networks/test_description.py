"""What `network.json` says is read, and what cannot be is named."""

from __future__ import annotations

import json

import pytest

from v2v_tf.detection.networks.description import (
    DepthRules,
    InputRules,
    parse,
    read_description,
)
from v2v_tf.errors import InputError


def test_everything_is_optional_and_read():
    nothing = parse({})
    assert (nothing.labels, nothing.input, nothing.depth) == ({}, None, None)
    said = parse(
        {
            "network": "a.onnx",
            "labels": {"7": "road", "11": "building"},
            "input": {
                "range": [0, 255],
                "mean": [1, 2, 3],
                "std": 4,
                "size": [96, 160],
                "keep_shape": True,
                "multiple": 32,
                "order": "bgr",
            },
            "output": "logits",
            "depth": {"kind": "inverse", "scale": 12.5},
            "licences": {"code": "a", "weights": "b", "training_data": "c"},
        }
    )
    assert said.labels == {7: "road", 11: "building"}
    size = (96, 160)
    expected = InputRules(0.0, 255.0, (1, 2, 3), (4, 4, 4), size, True, 32, True)
    assert said.input == expected and said.depth == DepthRules("inverse", 12.5)
    assert (said.network, said.output) == ("a.onnx", "logits")
    assert parse({"depth": {"kind": "depth"}}).depth == DepthRules("depth", 256.0)


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ([], "expected an object with network, labels, .*, got list"),
        ({"label": []}, "unknown key 'label'; did you mean 'labels'"),
        ({"labels": []}, "labels: expected a list of names, or an object"),
        ({"labels": {"a": "road"}}, "labels: expected a list of names"),
        ({"labels": [1]}, "labels: expected a list of names"),
        (
            {"input": {"range": [1, 1]}},
            "input, range: expected two numbers that differ",
        ),
        ({"input": {"range": [1]}}, r"input, range: expected 2 numbers, got \[1\]"),
        ({"input": {"mean": [1, 2, "x"]}}, "input, mean: expected 3 numbers"),
        ({"input": {"mean": float("nan")}}, "input, mean: expected 3 numbers"),
        ({"input": {"std": [1, 0, 1]}}, "input, std: expected numbers other than 0"),
        ({"input": {"size": [9.5, 8]}}, "input, size: expected height and width"),
        ({"input": {"multiple": 0}}, "input, multiple: expected a whole number"),
        ({"input": {"order": "gbr"}}, "input, order: expected rgb or bgr, got 'gbr'"),
        ({"input": {"keep_shape": 1}}, "keep_shape: expected true or false, got 1"),
        ({"depth": {"kind": "far"}}, "depth, kind: expected depth or inverse"),
        ({"depth": {"kind": "inverse"}}, "depth, scale: expected a number, as numbers"),
        ({"depth": {"scale": -1}}, "depth, scale: expected a number above 0"),
        ({"output": 3}, "output: expected a text, got 3"),
        (
            {"licences": {"code": "MIT"}},
            "licences, weights: expected a text; 'unknown'",
        ),
    ],
)
def test_what_cannot_be_is_named(said, text):
    with pytest.raises(InputError, match=text) as caught:
        parse(said)
    assert "\n" not in str(caught.value)


def test_it_is_found_beside_the_network_as_json_or_yaml(tmp_path):
    assert read_description(tmp_path).path is None
    (tmp_path / "network.yaml").write_text("labels: [road, sky]\n")
    assert read_description(tmp_path).labels == {0: "road", 1: "sky"}
    (tmp_path / "network.json").write_text(json.dumps({"labels": ["car"]}))
    assert read_description(tmp_path).labels == {0: "car"}
    (tmp_path / "network.json").write_text("{labels: [")
    with pytest.raises(
        InputError, match="network.json: cannot be read as JSON or YAML"
    ):
        read_description(tmp_path)
