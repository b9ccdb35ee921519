"""Other models and other exports: zeros, made first frames, precisions, sizes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from v2v_tf import config as configuration
from v2v_tf.data.input.dataset import read_clips
from v2v_tf.errors import InputError
from v2v_tf.export import saved_model
from v2v_tf.export.saved_model import ExportOptions, export
from v2v_tf.inference.loading import open_run

N = 2


def load(folder: Path):
    loaded = tf.saved_model.load(str(folder))

    def call(name: str, **inputs) -> dict[str, np.ndarray]:
        tensors = {k: tf.constant(v) for k, v in inputs.items()}
        outputs = loaded.signatures[name](**tensors)
        return {k: v.numpy() for k, v in outputs.items()}

    call.names = set(loaded.signatures)
    return call


def stream(call, begin: str, clip, names, num_frames: int, **first) -> np.ndarray:
    states = call(begin, **{k: clip[k][None, :N] for k in names}, **first)
    frames = []
    for t in range(N, N + num_frames):
        outputs = call(
            "generate_frame", **{k: clip[k][None, t] for k in names}, **states
        )
        frames.append(outputs["fake_frames"][0])
        states = {k: v for k, v in outputs.items() if k.startswith("state_")}
    return np.stack(frames)


def assert_close(frames, expected, levels: int = 2, equal: float = 0.99) -> None:
    difference = np.abs(frames.astype(int) - expected.astype(int))
    assert difference.max() <= levels and (difference == 0).mean() >= equal


@pytest.mark.slow
def test_a_history_of_zeros(untrained_run, tmp_path, toy_clips):
    """The first frame leaves the warp out, for each video of a batch by itself."""
    config = configuration.load_config(
        "test/toy_street", ("generator.first_frames=zeros",)
    )
    run = untrained_run(config)
    call = load(export(run, tmp_path / "m"))
    assert call.names == {
        *("init_states", "generate_frame", "generate_clip", "generate_encoded")
    }
    names = ("conditions", "instances")
    clip = toy_clips[0]
    frames = stream(call, "init_states", clip, names, 4)
    expected = open_run(run).rollout({k: v[:6] for k, v in clip.items()})
    assert_close(frames, expected.fake_frames)
    # One video at its first frame, one at its third, in one batch.
    states = call("init_states", **{k: clip[k][None, :N] for k in names})
    later = states
    for t in (2, 3):
        later = call("generate_frame", **{k: clip[k][None, t] for k in names}, **later)
        later = {k: v for k, v in later.items() if k.startswith("state_")}
    assert list(states["state_started"]) == [False]
    assert list(later["state_started"]) == [True]
    both = {k: np.concatenate([states[k], later[k]]) for k in states}
    now = {k: np.stack([clip[k][2], clip[k][4]]) for k in names}
    outputs = call("generate_frame", **now, **both)
    assert_close(outputs["fake_frames"][0], frames[0], 1, 0.999)
    assert_close(outputs["fake_frames"][1], frames[2], 1, 0.999)


@pytest.mark.slow
def test_a_model_of_either_begins_with_frames_or_without(
    untrained_run, tmp_path, toy_clips
):
    config = configuration.load_config(
        "test/toy_street", ("generator.first_frames=either",)
    )
    run = untrained_run(config)
    call = load(export(run, tmp_path / "m"))
    assert {"init_states", "init_states_from_frames"} <= call.names
    names, clip = ("conditions", "instances"), toy_clips[0]
    head = {k: v[:6] for k, v in clip.items()}
    frames = stream(call, "init_states", clip, names, 4)
    blank = open_run(run, first_frames="zeros").rollout(head)
    assert_close(frames, blank.fake_frames)
    given = {"frames": clip["frames"][None, :N]}
    frames = stream(call, "init_states_from_frames", clip, names, 4, **given)
    assert_close(frames, open_run(run).rollout(head).fake_frames)
    assert np.abs(frames[0].astype(int) - blank.fake_frames[0]).max() > 2


@pytest.mark.slow
def test_first_frames_that_the_model_makes(
    street_run, untrained_run, tmp_path, toy_clips
):
    from v2v_tf.models.first_frame.build import build_image_network, build_weights
    from v2v_tf.training import checkpoints

    config = configuration.load_config("test/toy_street_first_frame")
    tf.keras.utils.set_random_seed(3)
    network = build_image_network(config)
    build_weights(network, 9)
    first = tmp_path / "first"
    first.mkdir()
    checkpoints.save({"generator": network}, first, 0)
    (first / "config.yaml").write_text(configuration.to_yaml(config))

    call = load(export(street_run, tmp_path / "m", first_frame_model=first))
    assert {"init_states", "init_states_from_frames"} <= call.names
    synthesizer = open_run(
        street_run, first_frames="generated", first_frame_model=first
    )
    clip = {k: v[:5] for k, v in toy_clips[0].items()}
    frames = stream(call, "init_states", clip, ("conditions", "instances"), 3)
    assert_close(frames, synthesizer.rollout(clip).fake_frames)
    zeros = configuration.load_config(
        "test/toy_street", ("generator.first_frames=zeros",)
    )
    with pytest.raises(InputError, match="past frames of zeros"):
        export(untrained_run(zeros), tmp_path / "z", first_frame_model=first)


@pytest.mark.slow
def test_two_scales_without_instances(untrained_run, tmp_path, toy_clips):
    config = configuration.load_config(
        "test/toy_street",
        ("conditioning.street.use_instances=false", "generator.num_scales=2"),
    )
    run = untrained_run(config)
    call = load(export(run, tmp_path / "m"))
    clip = {k: v[:5] for k, v in toy_clips[0].items() if k != "instances"}
    first = {"frames": clip["frames"][None, :N]}
    begin = "init_states_from_frames"
    frames = stream(call, begin, clip, ("conditions",), 3, **first)
    assert_close(frames, open_run(run).rollout(clip).fake_frames)
    states = call(begin, conditions=clip["conditions"][None, :N], **first)
    assert set(states) == {"state_conditions", "state_frames_0", "state_frames_1"}
    assert states["state_frames_0"].shape == (1, 2, 16, 32, 3)
    facts = json.loads((tmp_path / "m/1/assets.extra/metadata.json").read_text())
    assert not facts["uses_instances"] and facts["size_multiple"] == 8


@pytest.mark.slow
def test_bfloat16(street_run, tmp_path, toy_clips):
    folder = export(street_run, tmp_path / "m", options=ExportOptions("bfloat16"))
    names = tf.train.list_variables(str(folder / "variables" / "variables"))
    reader = tf.train.load_checkpoint(str(folder / "variables" / "variables"))
    kinds = reader.get_variable_to_dtype_map()
    kernels = [n for n, shape in names if len(shape) == 4 and min(shape[2:]) >= 4]
    assert len(kernels) > 10
    assert {kinds[name] for name in kernels} == {tf.bfloat16}
    call = load(folder)
    clip = {k: v[:4] for k, v in toy_clips[0].items()}
    first = {"frames": clip["frames"][None, :N]}
    begin, inputs = "init_states_from_frames", ("conditions", "instances")
    frames = stream(call, begin, clip, inputs, 2, **first)
    synthesizer = open_run(street_run, precision="mixed_bfloat16")
    mixed = synthesizer.rollout(clip).fake_frames
    assert np.abs(frames.astype(int) - mixed.astype(int)).mean() < 1.5
    facts = json.loads((folder / "assets.extra/metadata.json").read_text())
    assert facts["precision"] == "bfloat16"


@pytest.mark.slow
def test_frozen_weights_give_the_same_frames(
    street_run, street_signatures, tmp_path, toy_clips
):
    folder = export(street_run, tmp_path / "m", options=ExportOptions(freeze=True))
    call = load(folder)
    clip = {k: v[:5] for k, v in toy_clips[0].items()}
    first = {"frames": clip["frames"][None, :N]}
    begin, inputs = "init_states_from_frames", ("conditions", "instances")
    frames = stream(call, begin, clip, inputs, 3, **first)
    expected = open_run(street_run).rollout(clip).fake_frames
    assert_close(frames, expected)
    states = call(begin, **{k: clip[k][None, :N] for k in inputs}, **first)
    whole = call("generate_clip", **{k: clip[k][None, N:] for k in inputs}, **states)
    assert_close(whole["fake_frames"][0], expected)


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "error"), [("float16", 2e-3), ("uint8", 1 / 127)])
def test_smaller_states(street_run, tmp_path, toy_clips, kind, error):
    options = ExportOptions(state_dtype=kind)
    call = load(export(street_run, tmp_path / "m", options=options))
    clip = {k: v[:5] for k, v in toy_clips[0].items()}
    inputs = ("conditions", "instances")
    states = call(
        "init_states_from_frames",
        **{k: clip[k][None, :N] for k in inputs},
        frames=clip["frames"][None, :N],
    )
    assert states["state_frames_0"].dtype == np.dtype(kind)
    outputs = call("generate_frame", **{k: clip[k][None, N] for k in inputs}, **states)
    exact = open_run(street_run).rollout({k: v[:3] for k, v in clip.items()})
    # Given frames are whole levels, so the first generated one does not differ.
    assert_close(outputs["fake_frames"], exact.fake_frames, 1, 0.99)
    kept = outputs["state_frames_0"][0, -1].astype(np.float32)
    if kind == "uint8":
        kept = kept / 127.5 - 1
    expected = exact.fake_frames[0].astype(np.float32) / 127.5 - 1
    assert np.abs(kept - expected).max() < error + 1 / 127
    streamed = call("generate_clip", **{k: clip[k][None, N:] for k in inputs}, **states)
    one_by_one = stream(
        call,
        "init_states_from_frames",
        clip,
        inputs,
        3,
        frames=clip["frames"][None, :N],
    )
    np.testing.assert_array_equal(streamed["fake_frames"][0], one_by_one)


@pytest.mark.slow
def test_versions_are_never_replaced(street_run, tmp_path):
    folder = tmp_path / "m"
    (folder / "7").mkdir(parents=True)
    (folder / "notes").mkdir()
    assert export(street_run, folder).name == "8"
    before = (folder / "8" / "saved_model.pb").stat().st_mtime_ns
    with pytest.raises(InputError, match="never replaced"):
        export(street_run, folder, options=ExportOptions(version=8))
    assert (folder / "8" / "saved_model.pb").stat().st_mtime_ns == before


@pytest.mark.slow
def test_a_failing_export_leaves_nothing(street_run, tmp_path, monkeypatch):
    def fail(*_):
        raise OSError("no space left on device")

    monkeypatch.setattr(saved_model.warmup, "write", fail)
    with pytest.raises(OSError, match="no space left"):
        export(street_run, tmp_path / "m")
    assert list((tmp_path / "m").iterdir()) == []


def test_what_cannot_be_exported(street_run, tmp_path):
    with pytest.raises(InputError, match="is no run folder"):
        export(tmp_path, tmp_path / "m")
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="is a file"):
        export(street_run, tmp_path / "file")
    with pytest.raises(InputError, match="precision must be one of float32, bfloat16"):
        ExportOptions(precision="float8")
    with pytest.raises(InputError, match="state_dtype must be one of"):
        ExportOptions(state_dtype="int8")
    with pytest.raises(InputError, match="1 or more, got -1"):
        ExportOptions(version=-1)


@pytest.mark.slow
def test_evaluate_crops_as_training_does(untrained_run, tmp_path, toy_data, toy_clips):
    """Records of 64x32, network of 32x32."""
    crop = ("data.resize.crop=square", "data.resize.fine_size=32")
    config = configuration.load_config("test/toy_street", crop)
    run = untrained_run(config)
    call = load(export(run, tmp_path / "m", options=ExportOptions(data=toy_data)))
    files = sorted(str(f) for f in toy_data.glob("*.tfrecord*"))
    records = [r.numpy() for r in tf.data.TFRecordDataset(files)]
    found = call("evaluate", examples=np.array(records[:1], object))
    clip = next(iter(read_clips(toy_data, config)))
    assert clip.frames.shape[1:3] == (32, 32)
    frames = open_run(run).rollout(clip).fake_frames
    expected = np.mean(tf.image.psnr(frames, clip.frames[N:], 255))
    assert found["psnr"][0] == pytest.approx(expected, rel=1e-3)
