"""Planes of 16 bits through synthesis, training, export and serving."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import cv2
import numpy as np
import pytest
import tensorflow as tf

from v2v_tf import config as configuration
from v2v_tf.cli.main import main
from v2v_tf.data.input.dataset import read_clips
from v2v_tf.errors import InputError
from v2v_tf.export.exported_model import ExportedModel
from v2v_tf.export.saved_model import ExportOptions, export
from v2v_tf.inference.frame_by_frame import FrameByFrame
from v2v_tf.inference.synthesizer import Synthesizer
from v2v_tf.models.first_frame.build import build_image_network
from v2v_tf.storage import runs
from v2v_tf.visualization.video import read_video


@pytest.fixture(scope="module")
def depth_run(untrained_run, depth_config) -> Path:
    """A run of random weights."""
    return untrained_run(depth_config)


def test_frames_follow_from_16_bits(depth_run, depth_data, depth_config):
    clip = next(read_clips(depth_data, depth_config))
    synthesizer = Synthesizer.load(depth_run)
    frames = synthesizer.rollout(clip).fake_frames
    assert frames.shape == (4, 32, 64, 3) and frames.dtype == np.uint8
    # Two depths that share their upper eight bits are not the same.
    nearer = clip.conditions - np.where(clip.conditions > 255, 200, 0).astype(np.uint16)
    other = synthesizer.rollout({**clip.arrays(), "conditions": nearer}).fake_frames
    assert (other != frames).any()


def test_planes_of_8_bits_are_refused(depth_run, depth_data, depth_config):
    clip = next(read_clips(depth_data, depth_config)).arrays()
    clip["conditions"] = clip["conditions"].astype(np.uint8)
    synthesizer = Synthesizer.load(depth_run)
    message = r"conditions: expected uint16 \[2, 32, 64, 1\], got uint8"
    with pytest.raises(InputError, match=message):
        synthesizer.rollout(clip)
    states = synthesizer.init_states(
        clip["conditions"][:2].astype(np.uint16), None, clip["frames"][:2]
    )
    with pytest.raises(InputError, match=r"expected uint16 \[32, 64, 1\], got uint8"):
        next(synthesizer.stream(clip["conditions"][2:], None, states))


def test_a_first_frame_model_must_share_the_range(depth_config):
    def images(near: float) -> FrameByFrame:
        depth = depth_config.conditioning.depth
        config = configuration.load_config(
            "test/depth_256",
            (
                "model=first_frame",
                "first_frame.num_filters=4",
                "first_frame.num_blocks=1",
                "conditioning.depth.scaling=range",
                f"conditioning.depth.near={near}",
                f"conditioning.depth.far={depth.far}",
            ),
        )
        return FrameByFrame(config, build_image_network(config))

    near = depth_config.conditioning.depth.near
    images(near).check_serves(depth_config)
    with pytest.raises(InputError, match="the numbers that channels are scaled by is"):
        images(near + 1).check_serves(depth_config)


@pytest.fixture(scope="module")
def trained(tmp_path_factory, depth_clips) -> Path:
    """A folder of everything that the commands make of depth maps."""
    folder = tmp_path_factory.mktemp("trained")
    config = (
        *("--config", "test/depth_256", "--set", "data.eval_fraction=0.3"),
        *("--set", "curriculum.0.steps_per_epoch=40"),
        *("--set", "curriculum.0.num_frames=3"),
    )
    data, run = str(folder / "data"), str(folder / "run")
    source = ("--source", str(depth_clips), "--output", data)
    steps = (
        ("prepare", *config, *source),
        ("train", *config, "--data", data, "--run", run),
        # Nothing is left to train; the same percentiles are found.
        ("train", *config, "--data", data, "--run", run),
        ("generate", "--model", run, "--data", data, "--output", str(folder / "out")),
        ("evaluate", "--model", run, "--data", data, "--output", str(folder / "eval")),
    )
    for step in steps:
        assert main(list(step)) == 0, step
    options = ExportOptions(data=folder / "data")
    export(folder / "run", folder / "models" / "vid2vid", options=options)
    return folder


@pytest.mark.slow
def test_the_run_and_the_export_hold_the_range(trained, depth_config):
    expected = depth_config.conditioning.depth
    assert expected.scaling == "range" and 0 < expected.near < expected.far
    model = trained / "models/vid2vid/1"
    for config in (
        runs.load_config(trained / "run"),
        configuration.load_config(model / "assets.extra/config.yaml"),
    ):
        assert config.conditioning.depth == expected
    facts = json.loads((model / "assets.extra/metadata.json").read_text())
    assert (facts["plane_dtype"], facts["plane_limits"]) == ("uint16", [65535])
    inputs = facts["signatures"]["generate_frame"]["inputs"]
    assert inputs["conditions"]["dtype"] == "uint16"
    assert inputs["state_conditions"]["dtype"] == "uint16"
    card = (model / "assets.extra/model_card.md").read_text()
    assert "Conditions: uint16, 1 plane(s) a frame" in card


@pytest.mark.slow
def test_panels_and_frames_are_written(trained):
    metrics = json.loads((trained / "out/metrics.json").read_text())
    assert len(metrics["clips"]) == 2
    for clip, values in metrics["clips"].items():
        frames = sorted((trained / "out" / clip / "frames").iterdir())
        assert [path.name for path in frames] == [f"{t:05d}.png" for t in range(2, 6)]
        assert len(read_video(trained / "out" / clip / "panels.mp4")) == 4
        assert values["num_frames"] == 4 and np.isfinite(values["psnr"])


@pytest.fixture(scope="module")
def generated(trained) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """A clip, and its frames by the run itself."""
    config = runs.load_config(trained / "run")
    clip = next(read_clips(trained / "data", config, "eval"))
    frames = Synthesizer.load(trained / "run").rollout(clip).fake_frames
    return clip.arrays(), frames


@pytest.mark.slow
def test_the_export_makes_the_same_frames(trained, generated):
    clip, frames = generated
    model = ExportedModel(trained / "models/vid2vid/1")
    np.testing.assert_array_equal(model.rollout(clip).fake_frames, frames)


def _encoded(clip: dict[str, np.ndarray], dtype: type) -> dict[str, tf.Tensor]:
    def pngs(images: np.ndarray) -> tf.Tensor:
        return tf.constant([[tf.io.encode_png(image).numpy() for image in images]])

    return {
        "conditions_bytes": pngs(clip["conditions"].astype(dtype)),
        "frames_bytes": pngs(clip["frames"][:2]),
        "image_format": tf.constant(["png"]),
    }


@pytest.mark.slow
def test_pngs_of_16_bits_make_the_same_frames_and_others_are_refused(
    trained, generated
):
    clip, frames = generated
    model = tf.saved_model.load(str(trained / "models/vid2vid/1"))
    generate = model.signatures["generate_encoded"]
    (made,) = generate(**_encoded(clip, np.uint16)).values()
    found = [tf.io.decode_png(image).numpy() for image in made[0]]
    np.testing.assert_array_equal(found, frames)
    with pytest.raises(tf.errors.InvalidArgumentError, match="PNGs of 16 bits"):
        generate(**_encoded(clip, np.uint8))
    text = _encoded(clip, np.uint16) | {"conditions_bytes": tf.constant([["no"] * 6])}
    with pytest.raises(tf.errors.InvalidArgumentError, match="expected PNG images"):
        generate(**text)


@pytest.mark.slow
def test_evaluation_reads_records_of_16_bits(trained):
    model = tf.saved_model.load(str(trained / "models/vid2vid/1"))
    files = sorted(str(p) for p in (trained / "data").glob("train-*.tfrecord"))
    examples = list(tf.data.TFRecordDataset(files))
    metrics = model.signatures["evaluate"](examples=tf.stack(examples))
    assert metrics["num_frames"].numpy().tolist() == [4, 4]
    assert np.isfinite(metrics["psnr"]).all()


@pytest.fixture(scope="module")
def server(trained):
    pytest.importorskip("tensorflow_serving")
    from serving.model_config import ModelConfig
    from serving.options import ServerOptions
    from serving.server import Server

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        rest_port = probe.getsockname()[1]
    models = (ModelConfig("vid2vid", trained / "models/vid2vid"),)
    server = Server(
        ServerOptions(models=models, host="127.0.0.1", port=0, rest_port=rest_port)
    )
    server.start()
    yield server
    server.stop()


@pytest.mark.slow
def test_the_server_makes_the_same_frames(server, generated):
    from serving.client import Vid2VidClient

    clip, frames = generated
    with Vid2VidClient(f"127.0.0.1:{server.port}") as client:
        served = list(client.stream(clip["conditions"], None, clip["frames"][:2]))
        np.testing.assert_array_equal(served, frames)
        small = clip["conditions"].astype(np.uint8)
        message = r"conditions: expected uint16 \[H, W, 1\], got uint8"
        with pytest.raises(InputError, match=message):
            list(client.stream(small, None, clip["frames"][:2]))


@pytest.mark.slow
def test_depth_maps_are_streamed_to_the_server(
    server, trained, generated, depth_clips, tmp_path
):
    _clip, frames = generated
    name = _eval_clip(trained)
    config = trained / "models/vid2vid/1/assets.extra/config.yaml"
    step = (
        *("stream", "--server", f"127.0.0.1:{server.port}", "--config", config),
        *("--source", depth_clips, "--sequence", name),
        *("--output", tmp_path / "out.mp4"),
    )
    assert main([str(part) for part in step]) == 0
    found = read_video(tmp_path / "out.mp4")
    # The two frames that it begins with are in the video too.
    assert len(found) == 2 + len(frames)
    # A video codec lies between.
    assert np.abs(found[2:].astype(int) - frames).mean() < 12


def _eval_clip(trained: Path) -> str:
    manifest = json.loads((trained / "data/manifest.json").read_text())
    (clip,) = manifest["splits"]["eval"]["clips"]
    return clip["clip_id"].partition("@")[0]


@pytest.mark.slow
def test_a_run_goes_on_only_with_its_range(trained, capfd):
    data, run = str(trained / "data"), str(trained / "run")
    other = (
        *("--config", str(trained / "run/config.yaml")),
        *("--set", "conditioning.depth.far=9999"),
    )
    assert main(["train", *other, "--data", data, "--run", run]) == 2
    assert "conditioning.depth.far is" in capfd.readouterr().err


@pytest.mark.slow
def test_a_sheet_shows_depth_in_colour(trained):
    (sheet, *_) = sorted((trained / "out").glob("*/sheet.png"))
    image = cv2.imread(str(sheet))
    saturation = cv2.cvtColor(image, cv2.COLOR_BGR2HSV)[..., 1]
    assert (saturation > 150).mean() > 0.05
