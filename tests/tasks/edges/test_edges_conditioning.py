"""Edges of any frame."""

import numpy as np
import pytest
import tensorflow as tf

from v2v_tf.config import ResizeConfig
from v2v_tf.errors import InputError
from v2v_tf.tasks.base import RawFrame
from v2v_tf.tasks.edges.conditioning import EdgesConditioning, draw_edges
from v2v_tf.tasks.edges.config import EdgesConfig


def step_image(height: int = 64, width: int = 96, level: int = 200) -> np.ndarray:
    """A frame, dark up to the middle column and `level` from there."""
    image = np.zeros((height, width, 3), np.uint8)
    image[:, width // 2 :] = level
    return image


def conditioning(load_size: int = 96, **changes) -> EdgesConditioning:
    return EdgesConditioning(
        EdgesConfig(**changes), ResizeConfig(scale="width", load_size=load_size)
    )


def test_a_step_gives_one_line():
    edges = draw_edges(step_image(), EdgesConfig())
    assert edges.dtype == np.uint8
    columns = np.flatnonzero(edges.any(axis=0))
    assert len(columns) == 1
    assert columns[0] in (47, 48)
    np.testing.assert_array_equal(edges[:, columns[0]], 255)


def test_thresholds_are_the_sobel_sum_without_blur():
    # A step of 20 grey levels has a Sobel response of 4 * 20.
    image = step_image(level=20)
    config = EdgesConfig(blur_sigma=0, low_threshold=10, high_threshold=79)
    assert draw_edges(image, config).any()
    config = EdgesConfig(blur_sigma=0, low_threshold=10, high_threshold=81)
    assert not draw_edges(image, config).any()


def test_blur_removes_fine_texture():
    noise = np.random.default_rng(5).integers(0, 120, (64, 96, 1), np.uint8)
    image = np.repeat(noise, 3, axis=-1)
    sharp = draw_edges(image, EdgesConfig(blur_sigma=0))
    smooth = draw_edges(image, EdgesConfig(blur_sigma=4))
    assert sharp.mean() > 25
    assert not smooth.any()


def test_edges_are_found_after_resizing():
    task = conditioning(load_size=192)
    raw = RawFrame(image=step_image())
    drawn = task.draw(raw, task.plan(raw))
    assert drawn.frame.shape == (128, 192, 3)
    assert drawn.planes.shape == (128, 192, 1)
    assert drawn.instances is None
    assert set(np.unique(drawn.planes)) == {0, 255}  # not a resized drawing
    np.testing.assert_array_equal(
        drawn.planes[..., 0], draw_edges(drawn.frame, EdgesConfig())
    )


def test_encode_is_0_or_1():
    task = conditioning()
    planes = tf.constant([[[0], [255], [51]]], tf.uint8)
    channels = task.encode(planes, None)
    assert channels.dtype == tf.float32
    np.testing.assert_allclose(channels, [[[0.0], [1.0], [0.2]]], rtol=1e-6)
    assert task.num_planes == task.num_channels == 1
    assert not task.uses_instances


def test_bad_thresholds_and_blur():
    with pytest.raises(InputError, match="got 130.0 and 120.0"):
        conditioning(low_threshold=130.0)
    with pytest.raises(InputError, match="got -1.0 and 120.0"):
        conditioning(low_threshold=-1.0)
    with pytest.raises(InputError, match="blur_sigma must be 0 or more, got -0.5"):
        conditioning(blur_sigma=-0.5)


def test_bad_frames():
    task = conditioning()
    geometry = task.plan(RawFrame(image=step_image()))
    for image, message in (
        (None, "needs `image`"),
        (step_image(96, 64), "must be 96x64"),
        (step_image()[..., 0], r"uint8 \[H, W, 3\]"),
    ):
        with pytest.raises(InputError, match=message):
            task.draw(RawFrame(image=image), geometry)
    with pytest.raises(InputError, match="needs `image`"):
        task.plan(RawFrame())


@pytest.mark.reference
def test_a_real_video_has_outlines_and_not_noise(reference):
    import imageio.v3 as imageio

    image = imageio.imread(reference / "data/video/carphone_pristine.mp4", index=30)
    task = conditioning(load_size=160)
    raw = RawFrame(image=image)
    drawn = task.draw(raw, task.plan(raw))
    assert 0.02 < (drawn.planes > 0).mean() < 0.15
