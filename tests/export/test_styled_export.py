"""An exported model with styles: drawn, shown by frames, and kept in the states."""

import json

import numpy as np
import pytest
import tensorflow as tf

from tests.export.test_variants import N, assert_close, load, stream
from v2v_tf import config as configuration
from v2v_tf.apps.generation.pretrained import from_pretrained
from v2v_tf.data.records.manifest import read_manifest
from v2v_tf.errors import InputError
from v2v_tf.export.saved_model import ExportOptions, export
from v2v_tf.inference.loading import open_run
from v2v_tf.inference.style_choice import StyleChoice

NAMES = ("conditions", "instances")
SHAPE = (8, 3, 2)


@pytest.fixture(scope="module")
def exported(styled_run, tmp_path_factory, toy_data):
    folder = tmp_path_factory.mktemp("styled") / "m"
    return export(styled_run, folder, options=ExportOptions(data=toy_data))


@pytest.fixture(scope="module")
def call(exported):
    return load(exported)


def drawn(call, seed: int, component: int = -1) -> np.ndarray:
    inputs = {
        "seed": np.array([seed], np.int64),
        "component": np.array([component], np.int32),
    }
    return call("sample_styles", **inputs)["styles"]


@pytest.mark.slow
def test_a_draw_is_the_one_of_generate(call, styled_run):
    synthesizer = open_run(styled_run, style=StyleChoice("sample", seed=5))
    np.testing.assert_array_equal(drawn(call, 5)[0], synthesizer.styles)
    component = open_run(styled_run, style=StyleChoice("index", index=1)).styles
    np.testing.assert_array_equal(drawn(call, 9, component=1)[0], component)
    assert component.shape == SHAPE


@pytest.mark.slow
def test_a_video_in_a_style_is_the_one_of_generate(call, styled_run, toy_clips):
    clip = toy_clips[0]
    frames = stream(call, "init_states", clip, NAMES, 3, styles=drawn(call, 5))
    synthesizer = open_run(styled_run, style=StyleChoice("sample", seed=5))
    expected = synthesizer.rollout({k: v[: N + 3] for k, v in clip.items()})
    assert_close(frames, expected.fake_frames)


@pytest.mark.slow
def test_the_door_to_an_export_takes_a_style(exported, styled_run, toy_clips):
    model = from_pretrained(exported)
    clip = {k: v[: N + 2] for k, v in toy_clips[0].items() if k != "frames"}
    for style in (StyleChoice("sample", seed=5), StyleChoice("index", index=1)):
        synthesizer = open_run(styled_run, style=style)
        found = model.rollout(clip, style).fake_frames
        assert_close(found, synthesizer.rollout(clip).fake_frames)
    # Of no frame at all a look is drawn.
    found = model.rollout(clip).fake_frames
    np.testing.assert_array_equal(
        found, model.rollout(clip, StyleChoice("sample", seed=0)).fake_frames
    )


@pytest.mark.slow
def test_each_video_of_a_batch_has_its_own(call, toy_clips):
    clip = toy_clips[0]
    alone = [
        stream(call, "init_states", clip, NAMES, 1, styles=drawn(call, s))[0]
        for s in (5, 6)
    ]
    first = {k: np.stack([clip[k][:N]] * 2) for k in NAMES}
    tables = np.concatenate([drawn(call, 5), drawn(call, 6)])
    states = call("init_states", **first, styles=tables)
    assert states["state_styles"].shape == (2, *SHAPE)
    now = {k: np.stack([clip[k][N]] * 2) for k in NAMES}
    both = call("generate_frame", **now, **states)["fake_frames"]
    for one, other in zip(both, alone, strict=True):
        assert_close(one, other, 1, 0.999)
    assert np.abs(both[0].astype(int) - both[1]).max() > 0


@pytest.mark.slow
def test_frames_show_their_styles(call, styled_run, toy_clips):
    clip = toy_clips[1]
    shown = {k: clip[k][None, :N] for k in (*NAMES, "frames")}
    found = call("styles_from_frames", **shown)["styles"][0]
    painter = open_run(styled_run).painter
    expected = painter.table_of(*(clip[k][:N] for k in (*NAMES, "frames")))
    np.testing.assert_allclose(found, expected, atol=1e-5)


@pytest.mark.slow
def test_whole_videos_from_bytes_take_a_seed(call, toy_clips):
    clip = toy_clips[0]
    encoded = {
        "conditions_bytes": [
            tf.io.encode_png(p).numpy() for p in clip["conditions"][: N + 1]
        ],
        "instances_bytes": [
            tf.io.encode_png(p[..., None].astype(np.uint16)).numpy()
            for p in clip["instances"][: N + 1]
        ],
    }
    inputs = {name: np.array([images]) for name, images in encoded.items()}
    outputs = call(
        "generate_encoded",
        **inputs,
        image_format=np.array([b"png"]),
        seed=np.array([5], np.int64),
    )
    frame = tf.io.decode_png(outputs["fake_frames_bytes"][0, 0]).numpy()
    expected = stream(call, "init_states", clip, NAMES, 1, styles=drawn(call, 5))
    assert_close(frame, expected[0], 1, 0.999)


@pytest.mark.slow
def test_clips_are_measured_in_the_style_that_they_show(
    call, toy_data, toy_clips, styled_run
):
    files = [str(toy_data / f) for f in read_manifest(toy_data).split("train").files]
    (record,) = tf.data.TFRecordDataset(files).take(1).as_numpy_iterator()
    measured = call("evaluate", examples=np.array([record]))
    assert measured["psnr"].shape == (1,) and np.isfinite(measured["psnr"]).all()
    assert measured["num_frames"][0] == len(toy_clips[0]["frames"]) - N


@pytest.mark.slow
def test_what_the_model_says_of_itself(exported):
    facts = json.loads((exported / "assets.extra/metadata.json").read_text())
    assert facts["style_shape"] == list(SHAPE)
    assert "styles" in facts["signatures"]["init_states"]["inputs"]
    assert "styles" not in facts["signatures"]["generate_frame"]["inputs"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"styles": np.zeros((2, *SHAPE), np.float32)}, "one table a video"),
        ({"styles": np.full((1, *SHAPE), 1.5, np.float32)}, r"expected -1 .. 1"),
        ({"styles": np.full((1, *SHAPE), np.nan, np.float32)}, r"expected -1 .. 1"),
    ],
)
def test_styles_that_cannot_be(call, toy_clips, change, words):
    first = {k: toy_clips[0][k][None, :N] for k in NAMES}
    with pytest.raises(tf.errors.InvalidArgumentError, match=words):
        call("init_states", **first, **change)


@pytest.mark.slow
def test_components_that_are_not_there(call):
    for component in (2, -2):
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"-1 \(any\) .. 1"):
            drawn(call, 0, component)


def test_a_model_whose_styles_are_not_known_is_not_exported(untrained_run, tmp_path):
    folder = untrained_run(configuration.load_config("test/toy_street_styles"))
    with pytest.raises(InputError, match="styles fit"):
        export(folder, tmp_path / "m")
    assert not (tmp_path / "m").exists() or not any((tmp_path / "m").iterdir())
