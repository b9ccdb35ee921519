"""A record holds what its frames show, and long sequences are cut."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from tests.data.prepare.results import records
from v2v_tf.data import flow as flows
from v2v_tf.data.prepare.clip import ClipSpan, split_frames
from v2v_tf.data.prepare.prepare import prepare
from v2v_tf.data.records import clip as clip_record

STILL = "data.min_flow=-1"  # clips may be still


@pytest.mark.parametrize(
    ("num_frames", "expected"),
    [
        (3, [(0, 3)]),
        (10, [(0, 10)]),
        (11, [(0, 5), (5, 11)]),
        (25, [(0, 8), (8, 16), (16, 25)]),
    ],
)
def test_long_sequences_are_cut_evenly(num_frames, expected):
    assert split_frames(num_frames, 10) == [ClipSpan(*pair) for pair in expected]


def test_every_frame_is_in_exactly_one_clip():
    for num_frames in range(1, 60):
        spans = split_frames(num_frames, 7)
        frames = [t for span in spans for t in range(span.start, span.stop)]
        assert frames == list(range(num_frames))
        assert max(span.stop - span.start for span in spans) <= 7


def test_a_record_holds_what_the_source_shows(tmp_path, write_street, make_config):
    source = write_street(tmp_path / "source", {"a": 4})
    summary = prepare(source, tmp_path / "out", make_config())
    assert summary.num_clips == {"train": 1} and summary.num_frames == {"train": 4}
    assert summary.bad == () and summary.accepted
    (record,) = records(tmp_path / "out")
    assert record["clip_id"] == b"a@000000" and record["task"] == b"street"
    image = cv2.imread(str(source / "train_B/a/a_0002.png"))[..., ::-1]
    frame = clip_record.decode_frame(record["frames"][2])
    np.testing.assert_array_equal(frame, image)
    labels = cv2.imread(str(source / "train_A/a/a_0002.png"), cv2.IMREAD_UNCHANGED)
    planes = clip_record.decode_planes(record["conditions"][2], 1)
    np.testing.assert_array_equal(planes[..., 0], labels)
    instances = clip_record.decode_instances(record["instances"][2])
    np.testing.assert_array_equal(instances, labels.astype(np.int32) * 1000 + 7)
    # The texture moves left by one pixel a frame, so it came from one to the right.
    flow, _ = flows.decode_flow(record["flows"][1].numpy())
    np.testing.assert_allclose(np.median(flow, axis=(0, 1)), [1.0, 0.0], atol=0.1)
    assert float(record["confident_fraction"][0]) > 0.8
    assert float(record["flow_p95"][0]) == pytest.approx(1.0, abs=0.3)
    assert record["max_label"].numpy().tolist() == [4]
    fractions = np.zeros(5)
    for t in range(4):
        path = source / f"train_A/a/a_{t:04d}.png"
        values = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        fractions += np.bincount(values.ravel(), minlength=5) / (4 * 32 * 64)
    np.testing.assert_allclose(record["label_fractions"], fractions, atol=1e-6)


def test_luma_and_black_of_a_known_frame(tmp_path, write_street, make_config):
    source = write_street(tmp_path / "source", {"a": 3})
    image = np.full((32, 64, 3), 102, np.uint8)
    image[:, :16] = 10
    for path in (source / "train_B/a").iterdir():
        cv2.imwrite(str(path), image)
    prepare(source, tmp_path / "out", make_config("street", STILL))
    (record,) = records(tmp_path / "out")
    assert float(record["mean_luma"]) == pytest.approx((102 * 3 + 10) / 4 / 255)
    assert float(record["black_fraction"]) == 0.25


def test_own_flow_is_taken_and_resized(tmp_path, write_street, make_config):
    source = write_street(tmp_path / "source", {"a": 3})
    flow = np.zeros((32, 64, 2), np.float32)
    flow[..., 0], flow[..., 1] = 6.0, -3.0
    confidence = np.ones((32, 64), np.float32)
    confidence[:16] = 0
    (source / "train_flow/a").mkdir(parents=True)
    for t in (1, 2):
        path = source / f"train_flow/a/a_{t:04d}.png"
        path.write_bytes(flows.encode_flow(flow * t, confidence))
    config = make_config("street", "data.resize.load_size=128")
    prepare(source, tmp_path / "out", config)
    (record,) = records(tmp_path / "out")
    stored, trust = flows.decode_flow(record["flows"][1].numpy())
    assert stored.shape == (64, 128, 2)
    np.testing.assert_array_equal(stored[40, 70], [24.0, -12.0])
    assert trust[:30].max() == 0 and trust[34:].min() == 1


def test_flow_of_another_size_is_quarantined(tmp_path, write_street, make_config):
    source = write_street(tmp_path / "source", {"a": 3, "b": 3})
    for name in ("a", "b"):
        (source / f"train_flow/{name}").mkdir(parents=True)
        height = 32 if name == "a" else 30
        for t in (1, 2):
            path = source / f"train_flow/{name}/{name}_{t:04d}.png"
            zeros, ones = np.zeros((height, 64, 2)), np.ones((height, 64))
            path.write_bytes(flows.encode_flow(zeros, ones))
    summary = prepare(source, tmp_path / "out", make_config("street", STILL))
    (bad,) = summary.bad
    assert bad.clip == "b@000001" and bad.num_frames == 3
    assert "expected a flow of 64x32 as the frames, got 64x30" in bad.reason
