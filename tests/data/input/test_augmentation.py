import numpy as np
import pytest
import tensorflow as tf

from v2v_tf.config import ResizeConfig
from v2v_tf.data import flow as flows
from v2v_tf.data.input import augmentation
from v2v_tf.errors import InputError
from v2v_tf.layers.warp import backward_warp


def _plan(sizes, training=True, flip=False, **resize):
    return augmentation.plan_geometry(sizes, ResizeConfig(**resize), training, flip)


def _draws(plan, record, count=300):
    """Draws many transforms; returns scaled, offset and flip as arrays."""

    @tf.function
    def draw(index):
        seed = tf.random.fold_in(tf.constant([5, 0]), index)
        drawn = augmentation.draw_transform(plan, tf.constant(record), seed)
        return drawn.scaled, drawn.offset, drawn.flip

    indices = tf.range(count)
    types = (tf.int32, tf.int32, tf.bool)
    drawn = tf.map_fn(draw, indices, fn_output_signature=types)
    return [value.numpy() for value in drawn]


def _draw(plan, record, seed=0):
    return augmentation.draw_transform(
        plan, tf.constant(record), tf.constant([seed, 1])
    )


def _coordinates(height, width, num_frames=2):
    """Frames whose red is the column and green the row."""
    rows, columns = np.mgrid[:height, :width]
    frame = np.stack([columns, rows, np.zeros_like(rows)], axis=-1).astype(np.uint8)
    return np.stack([frame] * num_frames)


def test_without_random_rules_the_plan_is_the_record():
    plan = _plan([(64, 128)], scale="width", load_size=128)
    assert plan.size == (64, 128) and not plan.scales
    assert plan.records[0].scaled == ((64, 128),)


def test_sizes_that_prepare_rounded_are_not_scaled_again():
    # 500 is rounded to 512 in width and to 256 in height by `prepare`.
    plan = _plan([(256, 512)], scale="width", load_size=500)
    assert plan.size == (256, 512) and not plan.scales


def test_smaller_load_size_scales_records_down():
    plan = _plan([(64, 128)], scale="width", load_size=64)
    assert plan.size == (32, 64) and plan.scales
    drawn = _draw(plan, (64, 128))
    frames = tf.constant(_coordinates(64, 128))
    np.testing.assert_allclose(
        drawn.frames(frames)[0, 10, 20], [40.5, 20.5, 0], atol=0.6
    )


def test_larger_load_size_is_refused():
    with pytest.raises(InputError, match="records are 128x64, but .* asks for 256x128"):
        _plan([(64, 128)], scale="width", load_size=256)


def test_random_scale_without_crop_is_refused():
    with pytest.raises(InputError, match=r"random_width.*data\.resize\.crop"):
        _plan([(64, 128)], scale="random_width", load_size=128)


def test_records_of_two_sizes_need_one_network_size():
    rules = {"scale": "width", "load_size": 128}
    with pytest.raises(InputError, match="128x64 to 128x64, 128x96 to 128x96"):
        _plan([(64, 128), (96, 128)], **rules)
    plan = _plan([(64, 128), (96, 128)], **rules, crop="square", fine_size=64)
    assert plan.size == (64, 64)
    assert _draw(plan, (96, 128)).scaled.numpy().tolist() == [96, 128]


def test_random_scales_lie_between_fine_and_load_size_and_fit_the_crop():
    rules = {
        "scale": "random_height",
        "load_size": 144,
        "crop": "scaled_height",
        "fine_size": 126,
    }
    plan = _plan([(144, 256)], **rules)
    # The crop is rounded to 128 rows, so 126 and 127 are too small for it; 224 or 225
    # columns fit from 128 rows on.
    assert plan.size == plan.records[0].crop == (128, 224)
    heights = {height for height, _ in plan.records[0].scaled}
    assert heights == {128, 132, 136, 140, 144}
    scaled, offset, _ = _draws(plan, (144, 256))
    assert set(scaled[:, 0]) == heights
    assert ((offset >= 0) & (offset <= scaled - plan.size)).all()


def test_evaluation_takes_the_smallest_scale_and_the_middle():
    plan = _plan(
        [(144, 256)],
        training=False,
        flip=True,
        scale="random_height",
        load_size=144,
        crop="square",
        fine_size=128,
    )
    scaled, offset, flip = _draws(plan, (144, 256), count=5)
    assert (scaled == [128, 228]).all()
    assert (offset == [0, 50]).all() and not flip.any()


def test_crops_are_centred_in_x_and_near_the_top_in_y():
    plan = _plan(
        [(160, 320)], scale="width", load_size=320, crop="square", fine_size=64
    )
    _, offset, _ = _draws(plan, (160, 320), count=600)
    y, x = offset.T
    # method.md 5.6: x normal around (320 - 64) / 2 with a third of that as deviation.
    assert abs(x.mean() - 128) < 6 and 38 < x.std() < 47
    assert x.min() >= 0 and x.max() <= 256
    # y uniform over 0 .. 160 // 8.
    assert set(y) == set(range(21))


def test_small_spans_bound_the_rows_of_a_crop():
    plan = _plan([(72, 128)], scale="width", load_size=128, crop="square", fine_size=64)
    _, offset, _ = _draws(plan, (72, 128))
    assert set(offset[:, 0]) == set(range(9))


def test_central_half_is_the_middle_of_the_crop():
    rules = {
        "scale": "height",
        "load_size": 128,
        "crop": "scaled_height",
        "fine_size": 128,
        "central_half": True,
    }
    plan = _plan([(128, 228)], **rules)
    # A crop of 224 columns keeps 32 on each side of its centre.
    assert plan.size == (128, 64)
    frames = tf.constant(_coordinates(128, 228))
    drawn = _draw(plan, (128, 228))
    first = int(drawn.frames(frames)[0, 0, 0, 0])
    assert int(drawn.offset[1]) == first and 80 <= first <= 84


def test_flips_are_half_of_the_clips_and_only_in_training():
    rules = {"scale": "width", "load_size": 64}
    flips = _draws(_plan([(32, 64)], flip=True, **rules), (32, 64))[2]
    assert 0.4 < flips.mean() < 0.6
    assert not _draws(_plan([(32, 64)], flip=False, **rules), (32, 64))[2].any()
    plan = _plan([(32, 64)], training=False, flip=True, **rules)
    assert not _draws(plan, (32, 64))[2].any()


def test_the_same_seed_draws_the_same_and_another_does_not():
    plan = _plan(
        [(160, 320)], scale="width", load_size=320, crop="square", fine_size=64
    )
    offsets = [_draw(plan, (160, 320), seed).offset.numpy().tolist() for seed in (1, 1)]
    assert offsets[0] == offsets[1]
    assert _draw(plan, (160, 320), 2).offset.numpy().tolist() != offsets[0]


@pytest.mark.parametrize("seed", range(6))
def test_frames_planes_ids_and_flow_are_cut_alike(seed):
    plan = _plan(
        [(96, 160)],
        flip=True,
        scale="width",
        load_size=160,
        crop="square",
        fine_size=64,
    )
    drawn = _draw(plan, (96, 160), seed)
    frames = _coordinates(96, 160)
    ids = frames[..., :1].astype(np.int32) * 1000 + frames[..., 1:2]
    out = drawn.frames(tf.constant(frames)).numpy().astype(np.int32)
    np.testing.assert_array_equal(
        drawn.conditions(tf.constant(frames), ("smooth",) * frames.shape[-1]), out
    )
    np.testing.assert_array_equal(
        drawn.ids(tf.constant(ids))[..., 0], out[..., 0] * 1000 + out[..., 1]
    )
    flow = frames[..., :2].astype(np.float32)
    confidence = (frames[..., :1] % 2).astype(np.float32)
    cut_flow, cut_confidence = drawn.flow(tf.constant(flow), tf.constant(confidence))
    sign = -1 if bool(drawn.flip) else 1
    np.testing.assert_array_equal(cut_flow[..., 0], sign * out[..., 0])
    np.testing.assert_array_equal(cut_flow[..., 1], out[..., 1])
    np.testing.assert_array_equal(cut_confidence[..., 0], out[..., 0] % 2)
    y, x = drawn.offset.numpy()
    first = x + 63 if bool(drawn.flip) else x
    assert out[0, 0, 0].tolist() == [first, y, 0]


@pytest.mark.parametrize("seed", range(4))
def test_transformed_flow_still_warps_the_transformed_frames(seed):
    rules = {
        "scale": "random_height",
        "load_size": 96,
        "crop": "square",
        "fine_size": 64,
    }
    plan = _plan([(96, 192)], flip=True, **rules)
    drawn = _draw(plan, (96, 192), seed)
    rows, columns = np.mgrid[:96, :192].astype(np.float32)

    def scene(shift):
        wave = np.sin((columns + shift) / 9) + np.cos((rows + 2 * shift) / 7)
        return np.stack([127 + 50 * wave] * 3, axis=-1).astype(np.uint8)

    frames = drawn.frames(tf.constant(np.stack([scene(0), scene(3)])))
    flow = np.broadcast_to(np.float32([3, 6]), (1, 96, 192, 2))
    confidence = np.ones((1, 96, 192, 1), np.float32)
    cut_flow, _ = drawn.flow(tf.constant(flow), tf.constant(confidence))
    frames = tf.cast(frames, tf.float32)
    warped = backward_warp(frames[:1], cut_flow)
    inner = np.s_[0, 10:-10, 10:-10]
    error = np.abs(warped.numpy() - frames[1:].numpy())[inner].mean()
    still = np.abs(frames[0].numpy() - frames[1].numpy())[10:-10, 10:-10].mean()
    assert error < 2.0 < 10.0 < still


def test_flow_is_scaled_as_prepare_scales_it():
    """Against `resize_flow`, whose values `test_flow.py` checks."""
    plan = _plan([(64, 128)], training=False, scale="square", load_size=32)
    random = np.random.default_rng(0)
    flow = random.normal(size=(2, 64, 128, 2)).astype(np.float32)
    confidence = (random.random((2, 64, 128, 1)) > 0.5).astype(np.float32)
    got, trust = _draw(plan, (64, 128)).flow(tf.constant(flow), tf.constant(confidence))
    expected, expected_trust = flows.resize_flow(
        flow[1], confidence[1, ..., 0], (32, 32)
    )
    np.testing.assert_allclose(got[1], expected, atol=1e-5)
    np.testing.assert_array_equal(trust[1, ..., 0], expected_trust)


def test_ids_gain_no_value_when_scaled():
    plan = _plan([(64, 128)], training=False, scale="width", load_size=96)
    ids = np.where(np.arange(128) < 50, 26001, 3).astype(np.int32)
    ids = np.broadcast_to(ids[None, None, :, None], (1, 64, 128, 1))
    scaled = _draw(plan, (64, 128)).ids(tf.constant(ids))
    assert scaled.shape == (1, 64, 96, 1)
    assert np.unique(scaled).tolist() == [3, 26001]


def test_bicubic_overshoot_is_clipped():
    plan = _plan([(64, 128)], training=False, scale="width", load_size=96)
    frames = np.zeros((1, 64, 128, 3), np.uint8)
    frames[:, :, 64:] = 255
    scaled = _draw(plan, (64, 128)).frames(tf.constant(frames)).numpy()
    assert (scaled[0, :, :46] == 0).all() and (scaled[0, :, 50:] == 255).all()
