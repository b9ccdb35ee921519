"""Depth: 16 bits in records, scaled in the graph, and painted."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from v2v_tf.config import ResizeConfig
from v2v_tf.errors import InputError
from v2v_tf.tasks.base import RawFrame
from v2v_tf.tasks.depth.conditioning import DepthConditioning
from v2v_tf.tasks.depth.config import DepthConfig

SOURCE = (64, 96)


def conditioning(load_size: int = 192, **options) -> DepthConditioning:
    options = {"scaling": "range", "near": 100.0, "far": 500.0, **options}
    return DepthConditioning(
        DepthConfig(**options), ResizeConfig(scale="width", load_size=load_size)
    )


def raw_frame(**changes) -> RawFrame:
    depth = np.full(SOURCE, 40_000, np.uint16)
    depth[10:20, 30:50] = 1_234
    image = np.full((*SOURCE, 3), 90, np.uint8)
    return RawFrame(**({"image": image, "depth": depth} | changes))


def planes(*depths: int) -> tf.Tensor:
    return tf.constant(np.array(depths, np.uint16)[:, None])


def test_numbers_of_planes_and_channels():
    task = conditioning()
    assert (task.num_planes, task.num_channels, task.plane_limits) == (1, 2, (65535,))
    assert task.plane_dtype == np.uint16 and task.resizing() == ("nearest",)
    assert conditioning(missing=-1).num_channels == 1
    assert not task.uses_instances


def test_draw_takes_the_nearest_depth_and_invents_none():
    task = conditioning(load_size=160)
    raw = raw_frame()
    geometry = task.plan(raw)
    assert (geometry.source_size, geometry.size) == (SOURCE, (96, 160))
    drawn = task.draw(raw, geometry)
    assert drawn.frame.shape == (96, 160, 3) and drawn.instances is None
    assert drawn.planes.shape == (96, 160, 1) and drawn.planes.dtype == np.uint16
    assert set(np.unique(drawn.planes)) == {1_234, 40_000}
    rows, columns = np.nonzero(drawn.planes[..., 0] == 1_234)
    # Pixel centres of 10 .. 19 and 30 .. 49, at 1.5 and 1.67 times the size.
    assert (rows.min(), rows.max()) == (15, 29)
    assert (columns.min(), columns.max()) == (50, 82)


def test_eight_bits_stay_the_numbers_they_are():
    task = conditioning(load_size=96)
    depth = np.arange(64 * 96).reshape(SOURCE) % 256
    raw = raw_frame(depth=depth.astype(np.uint8), image=None)
    drawn = task.draw(raw, task.plan(raw))
    assert drawn.frame is None and drawn.planes.dtype == np.uint16
    np.testing.assert_array_equal(drawn.planes[..., 0], depth)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"depth": None}, "task depth needs `depth`"),
        ({"depth": np.full(SOURCE, 7.5, np.float32)}, "uint8 or uint16.*got float32"),
        ({"depth": np.full(SOURCE, 7, np.int32)}, "uint8 or uint16.*got int32"),
        ({"depth": np.zeros((*SOURCE, 3), np.uint8)}, r"got uint8 \[64, 96, 3\]"),
        ({"depth": np.zeros((0, 96), np.uint16)}, r"got uint16 \[0, 96\]"),
        ({"depth": np.zeros((96, 64), np.uint16)}, "depth must be 96x64.*got 64x96"),
        ({"depth": np.full(SOURCE, 7, np.uint8)}, "must have 16 bits as the sequence"),
        ({"image": np.zeros((65, 96, 3), np.uint8)}, "image must be 96x64"),
    ],
)
def test_bad_frames_are_named(changes, message):
    task = conditioning()
    geometry = task.plan(raw_frame())
    with pytest.raises(InputError, match=message):
        task.draw(raw_frame(**changes), geometry)


def test_a_sequence_cannot_begin_without_depth():
    with pytest.raises(InputError, match="needs `depth`"):
        conditioning().plan(RawFrame())
    with pytest.raises(InputError, match="one depth a pixel"):
        conditioning().plan(RawFrame(depth=np.zeros(5, np.uint16)))


def test_encode_scales_clips_and_marks_what_is_missing():
    channels = conditioning().encode(planes(0, 50, 100, 200, 500, 65535), None)
    assert channels.dtype == tf.float32
    expected = [[0, 0], [-1, 1], [-1, 1], [-0.5, 1], [1, 1], [1, 1]]
    np.testing.assert_allclose(channels, expected, atol=1e-6)


def test_encode_of_another_missing_value_and_of_none():
    channels = conditioning(missing=65535).encode(planes(0, 300, 65535), None)
    np.testing.assert_allclose(channels, [[-1, 1], [0, 1], [0, 0]], atol=1e-6)
    channels = conditioning(missing=-1).encode(planes(0, 400, 65535), None)
    np.testing.assert_allclose(channels, [[-1], [0.5], [1]], atol=1e-6)


def test_encode_inversely_has_near_things_at_1():
    task = conditioning(inverse=True)
    channels = task.encode(planes(0, 20, 100, 125, 500, 9000), None)
    # 1 / 125 is 0.008, three quarters of the way from 0.002 to 0.01.
    expected = [[0, 0], [1, 1], [1, 1], [0.5, 1], [-1, 1], [-1, 1]]
    np.testing.assert_allclose(channels, expected, atol=1e-6)


@pytest.mark.parametrize("lead", [(), (2,), (2, 3)])
def test_encode_takes_any_leading_axes_in_a_graph(lead):
    depths = np.array([[0, 150, 450], [65535, 300, 100]], np.uint16)
    given = tf.constant(np.broadcast_to(depths[..., None], (*lead, 2, 3, 1)))
    channels = tf.function(conditioning().encode)(given, None)
    assert channels.shape == (*lead, 2, 3, 2)
    expected = [[0, -0.75, 0.75], [1, 0, -1]]
    np.testing.assert_allclose(
        channels[..., 0], np.broadcast_to(expected, (*lead, 2, 3)), atol=1e-6
    )
    known = [[0, 1, 1], [1, 1, 1]]
    np.testing.assert_array_equal(
        channels[..., 1], np.broadcast_to(known, (*lead, 2, 3))
    )


def test_without_a_range_nothing_is_encoded_or_painted():
    task = DepthConditioning(DepthConfig(), ResizeConfig())
    assert task.num_channels == 2
    with pytest.raises(InputError, match="names no range yet.*resolve_config"):
        task.encode(planes(7), None)
    with pytest.raises(InputError, match="names no range yet"):
        task.paint(np.zeros((1, 1, 1), np.uint16))


@pytest.mark.parametrize("inverse", [False, True])
def test_near_is_painted_red_far_blue_and_missing_black(inverse):
    task = conditioning(inverse=inverse)
    painted = task.paint(np.array([[[[100], [240], [500], [0]]]], np.uint16))
    assert painted.shape == (1, 1, 4, 3) and painted.dtype == np.uint8
    near, between, far, missing = painted[0, 0].astype(int)
    assert near[0] > near[2] + 80 and far[2] > far[0]
    assert between[1] > max(near[1], far[1]) + 80
    assert missing.tolist() == [0, 0, 0] and far.sum() > 60


def test_where_nothing_is_missing_zero_has_a_colour():
    painted = conditioning(missing=-1).paint(np.array([[[0], [100]]], np.uint16))
    np.testing.assert_array_equal(painted[0, 0], painted[0, 1])
    assert painted.any()


def test_the_scale_is_what_two_models_must_share():
    assert conditioning().scale == conditioning().scale
    others = ({"near": 99.0}, {"far": 501.0}, {"inverse": True}, {"missing": 3})
    for other in others:
        assert conditioning(**other).scale != conditioning().scale
