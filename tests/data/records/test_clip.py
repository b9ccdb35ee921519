import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from v2v_tf.data.records import clip as clip_record
from v2v_tf.data.records.clip import ClipRecord, ClipSummary

DESIGN_FEATURES = {
    *("clip_id", "task", "num_frames", "height", "width", "num_planes"),
    *("frame_stride", "frames", "conditions", "instances", "keypoints", "flows"),
    *("mean_luma", "black_fraction", "max_label", "label_fractions", "flow_p95"),
    "confident_fraction",
}


SCALARS = {"max_label": 4, "label_fractions": (0.5, 0.0, 0.5)}


def _clip(**changes) -> ClipRecord:
    values = {
        "clip_id": "berlin@000012",
        "task": "street",
        "height": 3,
        "width": 5,
        "num_planes": 1,
        "frames": (b"f0", b"f1"),
        "conditions": (b"c0", b"c1"),
        "instances": (),
        "keypoints": (),
        "flows": (b"flow",),
        "source_size": (30, 50),
        "crop": (1, 29, 2, 47),
        "summary": ClipSummary(0.25, 0.125, 1.5, 0.75, dict(SCALARS)),
    }
    return ClipRecord(**(values | changes))


def test_record_holds_the_features_of_the_design():
    features = clip_record.to_example(_clip()).features.feature
    assert set(features) >= DESIGN_FEATURES
    # A rate is written where the source says one: records of others stay as they were.
    assert set(features) == set(clip_record.feature_spec()) - {"fps"}


def test_parse_returns_what_was_written():
    parsed = clip_record.parse_example(clip_record.serialize(_clip()))
    assert parsed["clip_id"] == b"berlin@000012"
    assert [int(parsed[k]) for k in ("num_frames", "height", "width")] == [2, 3, 5]
    assert [int(parsed[k]) for k in ("source_height", "source_width")] == [30, 50]
    np.testing.assert_array_equal(parsed["crop"], [1, 29, 2, 47])
    assert parsed["frames"].numpy().tolist() == [b"f0", b"f1"]
    assert parsed["flows"].numpy().tolist() == [b"flow"]
    assert parsed["instances"].shape == parsed["keypoints"].shape == (0,)
    np.testing.assert_array_equal(parsed["max_label"], [4])
    np.testing.assert_array_equal(parsed["label_fractions"], [0.5, 0.0, 0.5])
    assert float(parsed["mean_luma"]) == 0.25


@pytest.mark.parametrize(("fps", "parsed"), [(None, []), (29.97, [29.97])])
def test_a_rate_is_there_where_it_is_known(fps, parsed):
    record = clip_record.serialize(_clip(fps=fps))
    found = clip_record.parse_example(record)["fps"].numpy()
    np.testing.assert_allclose(found, parsed, rtol=1e-6)


@pytest.mark.parametrize(
    ("value", "kind", "written"),
    [
        (7, "int64_list", [7]),
        ((3, 0, 250), "int64_list", [3, 0, 250]),
        (0.75, "float_list", [0.75]),
        ((3.0, 0.5), "float_list", [3.0, 0.5]),
    ],
)
def test_a_scalar_of_another_task_keeps_its_type(value, kind, written):
    clip = _clip(summary=ClipSummary(0.25, 0.125, task_scalars={"fog": value}))
    feature = clip_record.to_example(clip).features.feature["fog"]
    assert feature.WhichOneof("kind") == kind
    assert list(getattr(feature, kind).value) == written


def test_a_single_frame_has_no_flow_summary():
    clip = _clip(
        frames=(b"f",),
        conditions=(b"c",),
        flows=(),
        summary=ClipSummary(mean_luma=0.5, black_fraction=0.0),
    )
    parsed = clip_record.parse_example(clip_record.serialize(clip))
    for name in ("flow_p95", "confident_fraction", "max_label", "label_fractions"):
        assert parsed[name].shape == (0,)


def test_serialized_bytes_do_not_depend_on_the_order_of_insertion():
    example = clip_record.to_example(_clip())
    shuffled = tf.train.Example()
    for name in sorted(example.features.feature, reverse=True):
        shuffled.features.feature[name].CopyFrom(example.features.feature[name])
    assert shuffled.SerializeToString(deterministic=True) == clip_record.serialize(
        _clip()
    )


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("conditions", (b"c0",)),
        ("instances", (b"i0",)),
        ("keypoints", (b"k0", b"k1", b"k2")),
        ("flows", ()),
    ],
)
def test_lists_of_the_wrong_length_are_refused(name, values):
    with pytest.raises(ValueError, match=f"2 frames, but {len(values)} {name}"):
        dataclasses.replace(_clip(), **{name: values})


def test_planes_are_stacked_downwards_and_come_back():
    planes = np.random.default_rng(0).integers(0, 256, (3, 4, 6), np.uint8)
    encoded = clip_record.encode_planes(planes)
    assert tf.io.decode_png(encoded).shape == (18, 4, 1)
    np.testing.assert_array_equal(tf.io.decode_png(encoded)[3:6, :, 0], planes[..., 1])
    np.testing.assert_array_equal(clip_record.decode_planes(encoded, 6), planes)


def test_instances_keep_16_bits():
    ids = np.array([[0, 256, 65535], [26001, 1, 33000]], np.uint16)
    decoded = clip_record.decode_instances(clip_record.encode_instances(ids))
    assert decoded.dtype == tf.int32
    np.testing.assert_array_equal(decoded, ids)


def test_png_frames_are_exact_and_rgb():
    frame = np.random.default_rng(1).integers(0, 256, (4, 7, 3), np.uint8)
    encoded = clip_record.encode_frame(frame, "png", 95)
    np.testing.assert_array_equal(clip_record.decode_frame(encoded), frame)


def test_jpeg_frames_keep_the_channel_order():
    frame = np.zeros((16, 16, 3), np.uint8)
    frame[..., 0], frame[..., 2] = 200, 30
    decoded = clip_record.decode_frame(clip_record.encode_frame(frame, "jpeg", 95))
    assert decoded.shape == (16, 16, 3)
    np.testing.assert_allclose(decoded[8, 8], [200, 0, 30], atol=4)


def test_clip_id():
    assert clip_record.clip_id("aachen_000001", 130) == "aachen_000001@000130"
