"""What version 0.1 exported is still served, and gives what it gave then."""

from __future__ import annotations

import json

import imageio.v3
import numpy as np
import pytest
import tensorflow as tf

from serving.client import Vid2VidClient
from v2v_tf.data.clips import Clip
from v2v_tf.data.input.dataset import read_clips
from v2v_tf.data.records.manifest import read_manifest
from v2v_tf.storage.runs import load_config

pytestmark = pytest.mark.reference


@pytest.fixture(scope="module")
def legacy_client(legacy, start_server):
    # Its warm-up requests are replayed before it is served.
    server = start_server({"vid2vid": legacy / "export"})
    with Vid2VidClient(f"127.0.0.1:{server.port}") as found:
        yield found


@pytest.fixture(scope="module")
def clips(legacy) -> dict[str, Clip]:
    """The held-out clips of its records by name."""
    found = read_clips(legacy / "records", load_config(legacy / "run"), "eval")
    return {clip.clip_id: clip for clip in found}


@pytest.mark.parametrize("name", ["toy_0003@000000", "toy_0004@000000"])
def test_it_streams_the_frames_that_its_run_generated(
    legacy_client, clips, legacy, name
):
    clip = clips[name]
    frames = np.stack(
        list(legacy_client.stream(clip.conditions, clip.instances, clip.frames[:2]))
    )
    files = sorted((legacy / "generated" / name / "frames").glob("*.png"))
    expected = np.stack([imageio.v3.imread(path) for path in files])
    difference = np.abs(frames.astype(int) - expected.astype(int))
    assert frames.shape == expected.shape == (6, 32, 64, 3)
    assert difference.max() <= 1
    real = np.abs(frames.astype(int) - clip.frames[2:].astype(int))
    assert real.max() > 10  # Generated, not handed back.


def test_a_whole_clip_at_once_is_the_stream(legacy_client, clips):
    clip = clips["toy_0004@000000"]
    names = ("conditions", "instances", "frames")
    first = {name: clip.require(name)[None, :2] for name in names}
    rest = {name: clip.require(name)[None, 2:] for name in names[:2]}
    states = legacy_client.predict("init_states_from_frames", first)
    whole = legacy_client.predict("generate_clip", {**rest, **states})["fake_frames"][0]
    frames = legacy_client.stream(clip.conditions, clip.instances, clip.frames[:2])
    np.testing.assert_array_equal(whole, np.stack(list(frames)))


def test_it_measures_clip_records_as_generate_did(legacy_client, legacy):
    split = read_manifest(legacy / "records").split("eval")
    files = [str(legacy / "records" / file) for file in split.files]
    records = list(tf.data.TFRecordDataset(files).as_numpy_iterator())
    measured = legacy_client.predict("evaluate", {"examples": np.array(records)})
    text = (legacy / "generated" / "metrics.json").read_text(encoding="utf-8")
    told = [json.loads(text)["clips"][clip.clip_id] for clip in split.clips]
    assert measured["num_frames"].tolist() == [6.0, 6.0]
    for name in ("psnr", "ssim", "warping_error", "warping_error_real"):
        expected = [metrics[name] for metrics in told]
        assert expected[0] != pytest.approx(expected[1], rel=1e-2)
        np.testing.assert_allclose(measured[name], expected, rtol=1e-3)
