"""An exported model gives what the run gives: alone, batched, streamed, as a clip."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from v2v_tf.metrics.image import psnr, ssim
from v2v_tf.metrics.temporal import warping_error

N = 2  # frames before the first generated one


@pytest.fixture(scope="module")
def call(street_signatures):
    """Runs a signature on arrays and returns arrays."""
    signatures, _ = street_signatures

    def run(name: str, **inputs) -> dict[str, np.ndarray]:
        tensors = {key: tf.constant(value) for key, value in inputs.items()}
        return {k: v.numpy() for k, v in signatures[name](**tensors).items()}

    return run


def states(outputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {k: v for k, v in outputs.items() if k.startswith("state_")}


def batch(clips, name: str, frames=slice(None)) -> np.ndarray:
    return np.stack([clip[name][frames] for clip in clips])


def begin(call, clips) -> dict[str, np.ndarray]:
    names = ("conditions", "instances", "frames")
    first = {name: batch(clips, name, slice(N)) for name in names}
    return call("init_states_from_frames", **first)


def stream(call, clips, num_frames: int) -> tuple[np.ndarray, dict]:
    now, frames = begin(call, clips), []
    for t in range(N, N + num_frames):
        conditions, ids = (batch(clips, k, t) for k in ("conditions", "instances"))
        outputs = call("generate_frame", conditions=conditions, instances=ids, **now)
        frames.append(outputs["fake_frames"])
        now = states(outputs)
    return np.stack(frames, axis=1), outputs


def whole(call, clips, num_frames: int) -> np.ndarray:
    rest = slice(N, N + num_frames)
    return call(
        "generate_clip",
        conditions=batch(clips, "conditions", rest),
        instances=batch(clips, "instances", rest),
        **begin(call, clips),
    )["fake_frames"]


def assert_close(frames: np.ndarray, other: np.ndarray, levels: int, equal: float):
    difference = np.abs(frames.astype(int) - other.astype(int))
    assert difference.max() <= levels
    assert (difference == 0).mean() >= equal


def test_one_frame_is_the_run_s_own(call, street_synthesizer, toy_clips):
    clip = {k: v[: N + 1] for k, v in toy_clips[0].items()}
    expected = street_synthesizer.rollout(clip)
    _, outputs = stream(call, toy_clips[:1], 1)
    assert_close(outputs["fake_frames"], expected.fake_frames, 1, 0.999)
    np.testing.assert_allclose(outputs["flow"], expected.flow, atol=1e-4)
    np.testing.assert_allclose(outputs["mask"], expected.mask, atol=1e-4)
    assert expected.flow.std() > 0.01


def test_a_clip_is_its_stream_and_the_run_s_rollout(
    call, street_synthesizer, toy_clips
):
    streamed, _ = stream(call, toy_clips[:1], 6)
    np.testing.assert_array_equal(whole(call, toy_clips[:1], 6), streamed)
    expected = street_synthesizer.rollout(toy_clips[0]).fake_frames
    assert_close(streamed[0], expected, 2, 0.99)


def test_a_batch_is_its_videos_alone(call, toy_clips):
    together, _ = stream(call, toy_clips, 1)
    for index, clip in enumerate(toy_clips):
        alone, _ = stream(call, [clip], 1)
        assert_close(together[index], alone[0], 1, 0.999)


def test_others_in_a_batch_change_no_byte(call, toy_clips):
    first, second, third = toy_clips
    one = whole(call, [first, second], 4)
    other = whole(call, [first, third], 4)
    np.testing.assert_array_equal(one[0], other[0])
    assert (one[1] != other[1]).any()
    swapped = whole(call, [third, first], 4)
    np.testing.assert_array_equal(swapped[1], one[0])


def test_states_are_what_the_next_frame_needs(call, toy_clips):
    _, outputs = stream(call, toy_clips[:1], 3)
    clip = toy_clips[0]
    last = slice(N + 1, N + 3)
    np.testing.assert_array_equal(
        outputs["state_conditions"][0], clip["conditions"][last]
    )
    np.testing.assert_array_equal(
        outputs["state_instances"][0], clip["instances"][last]
    )
    kept = outputs["state_frames_0"]
    assert kept.dtype == np.float32
    levels = np.round((kept[0, -1] + 1) * 127.5).astype(np.uint8)
    np.testing.assert_array_equal(levels, outputs["fake_frames"][0])


def test_other_sizes_that_divide(call):
    generator = np.random.default_rng(0)
    conditions = generator.integers(0, 8, (1, N, 16, 40, 1)).astype(np.uint8)
    ids = conditions[..., 0].astype(np.int32)
    frames = generator.integers(0, 256, (1, N, 16, 40, 3)).astype(np.uint8)
    now = call(
        "init_states_from_frames", conditions=conditions, instances=ids, frames=frames
    )
    outputs = call(
        "generate_frame", conditions=conditions[:, 0], instances=ids[:, 0], **now
    )
    assert outputs["fake_frames"].shape == (1, 16, 40, 3)


def test_evaluate_measures_as_python_does(
    call, street_synthesizer, toy_clips, toy_data
):
    files = sorted(toy_data.glob("*.tfrecord*"))
    records = [r.numpy() for r in tf.data.TFRecordDataset([str(f) for f in files])]
    found = call("evaluate", examples=np.array(records, object))
    np.testing.assert_array_equal(found["num_frames"], [6, 6, 6])
    for index, clip in enumerate(toy_clips):
        frames = street_synthesizer.rollout(clip).fake_frames
        real, flow = clip["frames"][N:], clip["flow"][N:]
        visible = clip["flow_confidence"][N:, ..., 0] > 0.5
        for name, expected in (
            ("psnr", psnr(frames, real)),
            ("ssim", ssim(frames, real)),
            ("warping_error", warping_error(frames, flow, visible)),
            ("warping_error_real", warping_error(real, flow, visible)),
        ):
            assert found[name][index] == pytest.approx(expected, rel=1e-3), name
    same = call("serving_default", examples=np.array(records[:1], object))
    assert same["psnr"][0] == pytest.approx(found["psnr"][0], rel=1e-5)


def test_a_program_without_this_project_loads_it(street_model):
    program = f"""
import sys
for name in ("tensorflow_addons", "v2v_tf", "serving"):
    sys.modules[name] = None
import numpy as np, tensorflow as tf
model = tf.saved_model.load({str(street_model)!r})
planes = tf.zeros([1, 2, 32, 64, 1], tf.uint8)
first = dict(conditions=planes, instances=tf.zeros([1, 2, 32, 64], tf.int32))
frames = tf.zeros([1, 2, 32, 64, 3], tf.uint8)
states = model.signatures["init_states_from_frames"](frames=frames, **first)
now = {{name: tensor[:, 0] for name, tensor in first.items()}}
print(model.signatures["generate_frame"](**now, **states)["fake_frames"].shape)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "(1, 32, 64, 3)", done.stderr


def test_what_goes_with_a_model(street_model, toy_config):
    extra = street_model / "assets.extra"
    facts = json.loads((extra / "metadata.json").read_text())
    assert facts["task"] == "street"
    assert (facts["history"], facts["size_multiple"]) == (2, 4)
    assert facts["first_frames"] == ["given"]
    frame = facts["signatures"]["generate_frame"]
    assert frame["inputs"]["conditions"]["dtype"] == "uint8"
    assert frame["inputs"]["conditions"]["shape"] == [None, None, None, 1]
    assert set(frame["outputs"]) >= {"fake_frames", "mask", "flow", "state_frames_0"}
    assert all(
        tensor["text"]
        for signature in facts["signatures"].values()
        for side in ("inputs", "outputs")
        for tensor in signature[side].values()
    )
    labels = json.loads((extra / "labels.json").read_text())
    assert labels[6] == {"id": 6, "name": "car", "color": [0, 0, 142]}
    assert (extra / "config.yaml").read_text().startswith("task: street")
    card = (extra / "model_card.md").read_text()
    assert "divisible by 4" in card and "Licence" in card


@pytest.mark.slow
def test_loading_says_nothing(street_model):
    program = f"import tensorflow as tf; tf.saved_model.load({str(street_model)!r})"
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=environment
    )
    assert done.returncode == 0
    assert "WARNING" not in done.stderr
