"""Values computed by hand on frames of a few pixels."""

import math

import numpy as np
import pytest

from v2v_tf.errors import InputError
from v2v_tf.metrics import image


def grey(*levels: int, height: int = 12, width: int = 14) -> np.ndarray:
    """Returns flat grey frames, one a level."""
    frames = np.zeros((len(levels), height, width, 3), np.uint8)
    return frames + np.array(levels, np.uint8)[:, None, None, None]


def test_psnr_is_20_log10_of_the_level_difference():
    real = grey(100, 100)
    fake = grey(110, 75)
    expected = [20 * math.log10(255 / 10), 20 * math.log10(255 / 25)]
    np.testing.assert_allclose(image.psnr_per_frame(fake, real), expected, rtol=1e-5)
    assert image.psnr(fake, real) == pytest.approx(sum(expected) / 2, rel=1e-5)


def test_psnr_of_one_wrong_channel_of_one_pixel():
    real = grey(40)
    fake = real.copy()
    fake[0, 3, 5, 1] += 51  # 0.2 of the range
    mean_square = 0.2**2 / (12 * 14 * 3)
    assert image.psnr(fake, real) == pytest.approx(
        -10 * math.log10(mean_square), rel=1e-5
    )


def test_psnr_of_equal_frames_is_infinite():
    assert image.psnr(grey(7), grey(7)) == math.inf


def test_ssim_of_flat_frames_is_its_luminance_term():
    # No variance: only (2 a b + c1) / (a² + b² + c1) is left, c1 = 0.01².
    a, b = 60 / 255, 200 / 255
    expected = (2 * a * b + 1e-4) / (a * a + b * b + 1e-4)
    values = image.ssim_per_frame(grey(60, 90), grey(200, 90))
    # TensorFlow's variances of flat float32 frames cancel to about 1e-7, beside the
    # constant 9e-4 that keeps the other term at 1.
    np.testing.assert_allclose(values, [expected, 1.0], rtol=3e-4)
    assert image.ssim(grey(60, 90), grey(200, 90)) == pytest.approx(values.mean())


def test_chunks_change_no_value():
    rng = np.random.default_rng(3)
    real = rng.integers(0, 256, (11, 13, 17, 3), np.uint8)
    fake = rng.integers(0, 256, (11, 13, 17, 3), np.uint8)
    for metric in (image.psnr_per_frame, image.ssim_per_frame):
        one_by_one = [metric(fake[i : i + 1], real[i : i + 1])[0] for i in range(11)]
        np.testing.assert_allclose(metric(fake, real), one_by_one, rtol=1e-5)


def test_contrast_is_the_standard_deviation_of_luma():
    frames = np.zeros((2, 4, 6, 3), np.uint8)
    frames[0, :, :3] = (255, 0, 0)  # half of the pixels with luma 0.299
    frames[1, :3] = (0, 0, 255)  # three quarters with luma 0.114
    expected = [0.299 / 2, 0.114 * math.sqrt(0.75 * 0.25)]
    np.testing.assert_allclose(image.contrast_per_frame(frames), expected, rtol=1e-5)
    assert image.contrast(frames) == pytest.approx(sum(expected) / 2, rel=1e-5)


def test_sharpness_of_one_bright_pixel():
    frames = np.zeros((1, 7, 9, 3), np.uint8)
    frames[0, 3, 4] = 51  # luma 0.2: the Laplacian is -0.8 there, 0.2 around it
    mean_square = (0.8**2 + 4 * 0.2**2) / 63  # and its mean is 0
    assert image.sharpness(frames) == pytest.approx(mean_square, rel=1e-5)


def test_sharpness_of_a_checkerboard_is_16():
    board = (np.indices((6, 8)).sum(axis=0) % 2 * 255).astype(np.uint8)
    frames = np.repeat(board[None, :, :, None], 3, axis=-1)
    assert image.sharpness_per_frame(frames) == pytest.approx([16.0], rel=1e-5)
    assert image.contrast_per_frame(frames) == pytest.approx([0.5], rel=1e-5)


@pytest.mark.parametrize(
    ("num_frames", "window"),
    [(1, 1), (2, 1), (5, 1), (7, 2), (59, 19), (60, 30), (200, 30)],
)
def test_drift_window_never_overlaps(num_frames, window):
    assert image.drift_window(num_frames) == window


def test_drift_is_last_over_first():
    assert image.drift(np.array([2.0, 4, 9, 9, 9, 5, 1.5])) == pytest.approx(3.25 / 3)
    long = np.concatenate([np.full(30, 4.0), np.full(20, 99.0), np.full(30, 5.0)])
    assert image.drift(long) == pytest.approx(1.25)


def test_drift_from_zero_is_undefined():
    assert math.isnan(image.drift(np.array([0.0, 1.0, 2.0])))


@pytest.mark.parametrize(
    "frames",
    [
        np.zeros((2, 12, 14, 3), np.float32),
        np.zeros((12, 14, 3), np.uint8),
        np.zeros((0, 12, 14, 3), np.uint8),
        np.zeros((2, 12, 14, 1), np.uint8),
    ],
    ids=["float", "one frame", "empty", "grey"],
)
@pytest.mark.parametrize(
    "metric", [image.contrast, image.sharpness, lambda f: image.psnr(f, f)]
)
def test_other_arrays_are_refused(metric, frames):
    with pytest.raises(InputError, match=r"frames: expected .* uint8 \[T, H, W, 3\]"):
        metric(frames)


@pytest.mark.parametrize("metric", [image.psnr, image.ssim])
def test_clips_must_have_one_shape(metric):
    with pytest.raises(InputError, match=r"real: expected shape \[2, 12, 14, 3\]"):
        metric(grey(1, 2), grey(1, 2, 3))


def test_ssim_needs_its_window():
    with pytest.raises(InputError, match="11x11 pixels or more, got 14x10"):
        image.ssim(grey(1, height=10), grey(2, height=10))


def test_drift_needs_values():
    with pytest.raises(InputError, match=r"got shape \[0\]"):
        image.drift(np.array([]))
