import cv2
import numpy as np
import pytest
import tensorflow as tf

from v2v_tf.data import flow as flow_lib
from v2v_tf.data.flow_composition import compose_flows
from v2v_tf.errors import InputError
from v2v_tf.layers.warp import backward_warp
from v2v_tf.toy_street.street import ToyStreet


def _random_flow(height=7, width=11, largest=500.0, seed=3):
    rng = np.random.default_rng(seed)
    flow = rng.uniform(-largest, largest, (height, width, 2)).astype(np.float32)
    return flow, (rng.random((height, width)) > 0.4).astype(np.float32)


def _textured(height, width, seed=0):
    noise = np.random.default_rng(seed).standard_normal((height, width, 3))
    smooth = cv2.GaussianBlur(noise, (0, 0), 2.0)
    return (128 + 50 * smooth / smooth.std()).clip(0, 255).astype(np.uint8)


def test_codec_writes_the_kitti_format():
    flow = np.zeros((2, 3, 2), np.float32)
    flow[1, 2] = (1.5, -2.25)
    confidence = np.zeros((2, 3))
    confidence[1, 2] = 1
    planes = cv2.imdecode(
        np.frombuffer(flow_lib.encode_flow(flow, confidence), np.uint8),
        cv2.IMREAD_UNCHANGED,
    )[..., ::-1]
    assert planes.dtype == np.uint16
    assert planes[1, 2].tolist() == [32768 + 96, 32768 - 144, 1]
    assert planes[0, 0].tolist() == [32768, 32768, 0]


def test_codec_round_trip_is_within_a_64th_of_a_pixel():
    flow, confidence = _random_flow()
    decoded, trusted = flow_lib.decode_flow(flow_lib.encode_flow(flow, confidence))
    assert decoded.dtype == trusted.dtype == np.float32
    np.testing.assert_allclose(decoded, flow, atol=1 / 128 + 1e-6)
    np.testing.assert_array_equal(trusted, confidence)


@pytest.mark.parametrize(
    ("value", "stored"),
    [(700.0, 511.984375), (-512.1, -512.0), (np.nan, 0.0), (np.inf, 0.0)],
)
def test_codec_distrusts_what_it_cannot_hold(value, stored):
    flow = np.zeros((2, 2, 2))
    flow[0, 1, 1] = value
    decoded, trusted = flow_lib.decode_flow(flow_lib.encode_flow(flow, np.ones((2, 2))))
    assert decoded[0, 1].tolist() == [0.0, stored]
    assert trusted.tolist() == [[1, 0], [1, 1]]


def test_codec_holds_its_extreme_values():
    flow = np.full((1, 1, 2), (-512.0, 511.984375))
    decoded, trusted = flow_lib.decode_flow(flow_lib.encode_flow(flow, np.ones((1, 1))))
    assert decoded[0, 0].tolist() == [-512.0, 511.984375]
    assert trusted[0, 0] == 1


@pytest.mark.parametrize(
    ("flow_shape", "confidence_shape"),
    [((4, 5, 3), (4, 5)), ((4, 5, 2), (5, 4)), ((5, 2), (5,)), ((4, 5, 2), (4, 5, 1))],
)
def test_encode_refuses_other_shapes(flow_shape, confidence_shape):
    with pytest.raises(InputError, match=r"\[H, W, 2\]"):
        flow_lib.encode_flow(np.zeros(flow_shape), np.zeros(confidence_shape))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no picture",
        cv2.imencode(".png", np.zeros((3, 4, 3), np.uint8))[1].tobytes(),
        cv2.imencode(".png", np.zeros((3, 4), np.uint16))[1].tobytes(),
    ],
    ids=["empty", "text", "8 bit", "one channel"],
)
def test_decode_refuses_other_files(data):
    with pytest.raises(InputError, match="16-bit"):
        flow_lib.decode_flow(data)


def test_read_gives_what_was_encoded(tmp_path):
    flow, confidence = _random_flow(seed=8)
    path = tmp_path / "000001.png"
    path.write_bytes(flow_lib.encode_flow(flow, confidence))
    decoded, trusted = flow_lib.read_flow(path)
    np.testing.assert_allclose(decoded, flow, atol=1 / 128 + 1e-6)
    np.testing.assert_array_equal(trusted, confidence)


def test_a_flow_file_that_claims_too_many_pixels_is_named(tmp_path, oversized_png):
    (tmp_path / "huge.png").write_bytes(oversized_png)
    with pytest.raises(InputError, match="huge.png: not a flow file"):
        flow_lib.read_flow(tmp_path / "huge.png")


def test_read_names_the_file_it_cannot_use(tmp_path):
    with pytest.raises(InputError, match="missing.png"):
        flow_lib.read_flow(tmp_path / "missing.png")
    (tmp_path / "bad.png").write_bytes(b"x")
    with pytest.raises(InputError, match="bad.png.*16-bit"):
        flow_lib.read_flow(tmp_path / "bad.png")


def test_graph_decodes_what_numpy_decodes():
    png = flow_lib.encode_flow(*_random_flow(seed=5))
    decoded, trusted = flow_lib.decode_flow(png)
    graph = tf.function(
        flow_lib.decode_flow_in_graph,
        input_signature=[tf.TensorSpec([], tf.string)],
    )
    in_graph, trusted_in_graph = graph(tf.constant(png))
    assert in_graph.dtype == trusted_in_graph.dtype == tf.float32
    np.testing.assert_array_equal(in_graph, decoded)
    np.testing.assert_array_equal(trusted_in_graph, trusted[..., None])


@pytest.mark.parametrize("preset", ["ultrafast", "fast", "medium"])
def test_teacher_points_from_current_to_previous(preset):
    scene = _textured(80, 120)
    # What is at column x now was at column x + 3, row y - 2 before.
    previous, current = scene[8:72, 8:104], scene[6:70, 11:107]
    flow = flow_lib.teacher_flow(current, previous, preset)
    assert flow.shape == (64, 96, 2) and flow.dtype == np.float32
    inner = flow[12:-12, 12:-12]
    assert np.abs(np.median(inner, axis=(0, 1)) - (3, -2)).max() < 0.15
    np.testing.assert_array_equal(
        flow, flow_lib.teacher_flow(current, previous, preset)
    )


def test_teacher_beats_zero_flow_on_the_toy_street():
    street = ToyStreet(4, (128, 256), 6)
    now, before = street.frame(5), street.frame(4)
    estimate = flow_lib.teacher_flow(now.frame, before.frame, "medium")
    error = np.linalg.norm(estimate - now.flow, axis=-1)[now.visible].mean()
    zero = np.linalg.norm(now.flow, axis=-1)[now.visible].mean()
    assert error < 0.5 * zero


def test_teacher_refuses_unknown_presets_and_unequal_frames():
    frame = _textured(32, 40)
    with pytest.raises(InputError, match="fast"):
        flow_lib.teacher_flow(frame, frame, "slow")
    with pytest.raises(InputError, match=r"\(30, 40, 3\)"):
        flow_lib.teacher_flow(frame, frame[2:], "fast")
    with pytest.raises(InputError, match="float32"):
        flow_lib.teacher_flow(frame, frame.astype(np.float32), "fast")
    with pytest.raises(InputError, match="40x15"):
        flow_lib.teacher_flow(frame[:15], frame[:15], "fast")


def test_confidence_is_one_for_identical_frames_and_zero_flow():
    frame = _textured(9, 13)
    confidence = flow_lib.flow_confidence(frame, frame, np.zeros((9, 13, 2)), 0.02)
    assert confidence.dtype == np.float32
    np.testing.assert_array_equal(confidence, np.ones((9, 13)))


def test_confidence_is_strict_at_the_threshold():
    previous = np.zeros((2, 3, 3), np.uint8)
    current = previous.copy()
    current[0, 1] = (10, 0, 15)  # (2/255)^2 * 325 = 0.019993
    current[1, 2] = (1, 0, 18)  # the same sum
    current[1, 0] = (11, 3, 14)  # (2/255)^2 * 326 = 0.020054
    flow = np.zeros((2, 3, 2))
    confidence = flow_lib.flow_confidence(current, previous, flow, 0.02)
    assert confidence.tolist() == [[1, 1, 1], [0, 1, 1]]
    exact = np.float32(np.square(np.float32(10) * np.float32(2 / 255)))
    current = previous.copy()
    current[0, 0, 1] = 10
    assert flow_lib.flow_confidence(current, previous, flow, exact)[0, 0] == 0
    above = np.nextafter(exact, np.float32(1))
    assert flow_lib.flow_confidence(current, previous, flow, above)[0, 0] == 1


def test_confidence_warps_as_the_networks_do():
    rng = np.random.default_rng(2)
    current, previous = _textured(12, 17, 1), _textured(12, 17, 2)
    flow = rng.uniform(-6, 6, (12, 17, 2)).astype(np.float32)
    warped = backward_warp(tf.constant(previous[None]), tf.constant(flow[None]))[0]
    error = np.square((current - warped.numpy()) * 2 / 255).sum(axis=-1)
    threshold = float(np.median(error))
    clear = np.abs(error - threshold) > 1e-5
    confidence = flow_lib.flow_confidence(current, previous, flow, threshold)
    np.testing.assert_array_equal(confidence[clear], (error < threshold)[clear])


def test_confidence_refuses_a_flow_of_another_size():
    frame = _textured(9, 13)
    with pytest.raises(InputError, match=r"\(9, 13, 2\)"):
        flow_lib.flow_confidence(frame, frame, np.zeros((13, 9, 2)), 0.02)


def test_resize_scales_both_components():
    flow = np.full((8, 12, 2), (6.0, -4.0), np.float32)
    confidence = np.zeros((8, 12))
    confidence[:, 6:] = 1
    resized, trusted = flow_lib.resize_flow(flow, confidence, (4, 18))
    np.testing.assert_allclose(resized, np.full((4, 18, 2), (9.0, -2.0)), rtol=1e-6)
    assert resized.dtype == trusted.dtype == np.float32
    # The border lies half way between the centres of columns 8 and 9 of 18.
    np.testing.assert_array_equal(trusted, np.tile(np.arange(18) > 8, (4, 1)))


def test_composition_of_constant_integer_flows_is_exact():
    height, width = 9, 12
    steps = np.array([(2, 0), (-1, 3), (0, -1)], np.float32)  # oldest first
    flows = np.broadcast_to(steps[:, None, None], (3, height, width, 2))[None]
    total, trusted = compose_flows(
        tf.constant(flows), tf.ones((1, 3, height, width, 1))
    )
    np.testing.assert_array_equal(
        total[0], np.broadcast_to([1.0, 2.0], (height, width, 2))
    )
    expected = np.zeros((height, width))
    # The path of (x, y): (x, y - 1), (x - 1, y + 2), (x + 1, y + 2).
    expected[1 : height - 2, 1 : width - 1] = 1
    np.testing.assert_array_equal(trusted[0, ..., 0], expected)


def test_composition_reads_each_flow_where_the_path_is():
    flows = np.zeros((1, 2, 3, 8, 2), np.float32)
    flows[0, 1, ..., 0] = 1.5
    flows[0, 0, ..., 0] = np.arange(8) * 0.25
    total, trusted = compose_flows(tf.constant(flows), tf.ones((1, 2, 3, 8, 1)))
    # At column x: 1.5, and there 0.25 * (x + 1.5).
    np.testing.assert_allclose(total[0, 1, :5, 0], 1.875 + 0.25 * np.arange(5))
    assert trusted[0, 1, :, 0].numpy().tolist() == [1, 1, 1, 1, 1, 0, 0, 0]


def test_composition_trusts_only_paths_that_all_steps_trust():
    flows = np.zeros((1, 2, 4, 7, 2), np.float32)
    flows[0, 1, ..., 0] = 0.5
    confidence = np.ones((1, 2, 4, 7, 1), np.float32)
    confidence[0, 1, 0, 2] = 0  # the newest step of this pixel itself
    confidence[0, 0, 2, 4] = 0  # read by its own and by its left neighbour
    _, trusted = compose_flows(tf.constant(flows), tf.constant(confidence))
    expected = np.ones((4, 7))
    expected[:, 6] = 0  # leaves the frame
    expected[0, 2] = expected[2, 3] = expected[2, 4] = 0
    np.testing.assert_array_equal(trusted[0, ..., 0], expected)


def test_composition_of_one_flow_is_that_flow():
    flow = tf.random.stateless_uniform((2, 1, 5, 6, 2), (1, 2), -3, 3)
    total, _ = compose_flows(flow, tf.ones((2, 1, 5, 6, 1)))
    np.testing.assert_array_equal(total, flow[:, 0])


def test_composition_refuses_other_ranks():
    with pytest.raises(ValueError, match=r"\[B, N, H, W, 2\]"):
        compose_flows(tf.zeros((1, 4, 5, 2)), tf.zeros((1, 4, 5, 1)))
    with pytest.raises(ValueError, match="N >= 1"):
        compose_flows(tf.zeros((1, 0, 4, 5, 2)), tf.zeros((1, 0, 4, 5, 1)))


@pytest.mark.parametrize("stride", [3, 9])
@pytest.mark.parametrize(("seed", "size"), [(0, (128, 256)), (3, (64, 128))])
def test_composition_on_the_toy_street(stride, seed, size):
    last = 12
    street = ToyStreet(seed, size, last + 1)
    frames = [street.frame(t) for t in range(last - stride + 1, last + 1)]
    # As training has them: through the 16-bit codec.
    stored = [
        flow_lib.decode_flow(flow_lib.encode_flow(f.flow, f.visible)) for f in frames
    ]
    flows = np.stack([flow for flow, _ in stored])[None]
    confidence = np.stack([trust for _, trust in stored])[None, ..., None]
    total, trusted = compose_flows(tf.constant(flows), tf.constant(confidence))

    exact, along_path = street.flow_between(last, last - stride)
    for step in range(1, stride):
        along_path &= street.flow_between(last, last - step)[1]
    error = np.linalg.norm(total[0].numpy() - exact, axis=-1)
    inner = _two_pixels_from_edges(frames[-1])
    path = along_path & inner
    confident = trusted[0, ..., 0].numpy() > 0
    assert path.mean() > 0.3
    assert (error[path] <= 0.1).mean() >= 0.95
    # What the composition itself trusts holds everywhere, and covers the truth.
    assert (error[confident] <= 0.1).mean() >= 0.95
    assert confident[path].mean() > 0.85
    # Zero flow would not pass.
    assert (np.linalg.norm(exact, axis=-1)[path] <= 0.1).mean() < 0.5


def _two_pixels_from_edges(frame):
    ids = frame.instance_map.astype(np.float32)
    kernel = np.ones((5, 5))
    return (cv2.dilate(ids, kernel) == cv2.erode(ids, kernel)) & (
        cv2.dilate(frame.label_map, kernel) == cv2.erode(frame.label_map, kernel)
    )
