"""The published networks on their own numbers; runs where the reference data is.

`pytest -rP` shows how close each is.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from v2v_tf.published.nvidia import load_generator, load_network

ROLLOUTS = ("street_1scale", "street_2scale", "face_edges", "pose_first_img")
GENERATORS = (
    "first_frame_global",
    "first_frame_local",
    "first_frame_features",
    "encoder",
)
DISCRIMINATORS = ("image_discriminator", "temporal_discriminator")


def options(folder: Path) -> dict:
    return json.loads((folder / "config.json").read_text())


def assert_close(name, ours, theirs) -> None:
    assert ours.shape == theirs.shape and ours.dtype == np.float32
    error = np.abs(np.asarray(ours) - theirs)
    mean, most = error.mean(), np.quantile(error, 0.999)
    print(f"{name}: differs by {mean:.1e} on average, by up to {most:.1e} in 99.9 %")
    assert mean <= 1e-4
    assert most <= 2e-3


@pytest.mark.parametrize("name", ROLLOUTS)
def test_three_frames_of_the_sequential_generator(reference, name):
    folder = reference / "fixtures" / name
    with np.load(folder / "rollout.npz") as recorded:
        given = {key: recorded[key] for key in recorded.files}
    conditions = given["labels"] if "labels" in given else given["inputs"]
    generator = load_generator(folder, options(folder))
    result = generator.rollout(
        conditions, given.get("instances"), given["first_frames"]
    )
    assert sorted(result) == ["fake_frames", "flow", "mask", "raw_frames"]
    assert_close("frames", result["fake_frames"], given["frame"])
    assert_close("raw frames", result["raw_frames"], given["raw"])
    assert_close("mask", result["mask"], given["weight"])
    furthest = np.abs(result["flow"] - given["flow"]).max()
    print(f"flow: differs by up to {furthest:.1e} px")
    assert furthest <= 0.02


def test_frames_that_start_from_nothing_need_no_first_frames(reference):
    folder = reference / "fixtures" / "pose_first_img"
    generator = load_generator(folder, options(folder))
    with np.load(folder / "rollout.npz") as recorded:
        result = generator.rollout(recorded["inputs"])
        assert_close("frames", result["fake_frames"], recorded["frame"])
    np.testing.assert_array_equal(result["fake_frames"][0], result["raw_frames"][0])
    assert not np.allclose(result["fake_frames"][1], result["raw_frames"][1], atol=1e-2)


@pytest.mark.parametrize("name", GENERATORS)
def test_networks_for_single_images(reference, name):
    folder = reference / "fixtures" / name
    network = load_network(folder / "net.pth", options(folder))
    with np.load(folder / "io.npz") as recorded:
        inputs = [recorded[key] for key in ("in0", "in1") if key in recorded.files]
        assert_close(name, network(*inputs).numpy(), recorded["out"])


@pytest.mark.parametrize("kind", [np.uint8, np.int64, np.float64])
def test_an_instance_map_may_be_of_any_numeric_type(reference, kind):
    folder = reference / "fixtures" / "encoder"
    network = load_network(folder / "net.pth", options(folder))
    with np.load(folder / "io.npz") as recorded:
        image, instances = recorded["in0"], recorded["in1"].astype(kind)
        assert_close("features", network(image, instances).numpy(), recorded["out"])


@pytest.mark.parametrize("name", DISCRIMINATORS)
def test_every_map_of_a_discriminator(reference, name):
    folder = reference / "fixtures" / name
    network = load_network(folder / "net.pth", options(folder))
    with np.load(folder / "io.npz") as recorded:
        maps = network(recorded["in0"])
        assert [len(copy) for copy in maps] == [5, 5]
        for scale, copy in enumerate(maps):
            for layer, ours in enumerate(copy):
                key = f"scale{scale}_layer{layer}"
                assert_close(key, ours.numpy(), recorded[key])
