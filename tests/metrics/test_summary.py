import math

import numpy as np
import pytest

from v2v_tf.errors import InputError
from v2v_tf.metrics import flow as flow_metrics
from v2v_tf.metrics import image, spectrum, temporal
from v2v_tf.metrics.summary import METRICS, evaluate_clip, mean_of


def clip(seed: int, shape: tuple[int, ...] = (7, 36, 45, 3)) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


def motion() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(5)
    flow = rng.normal(0, 0.1, (6, 36, 45, 2)).astype(np.float32)
    return {
        "flow": flow,
        "visible": rng.random((6, 36, 45)) < 0.7,
        "label_maps": rng.integers(0, 3, (7, 36, 45)),
        "fake_flow": flow + np.float32(0.5),
    }


def test_everything_given_gives_every_metric():
    """Against the metrics themselves, which have tests of their own: who gets what."""
    fake, real, given = clip(1), clip(2), motion()
    values = evaluate_clip(fake, real, **given)
    assert {name.removesuffix("_real") for name in values} == set(METRICS)
    expected = {
        "psnr": image.psnr(fake, real),
        "ssim": image.ssim(fake, real),
        "warping_error": temporal.warping_error(fake, given["flow"], given["visible"]),
        "warping_error_real": temporal.warping_error(
            real, given["flow"], given["visible"]
        ),
        "flicker": temporal.flicker(fake, real, given["flow"], given["label_maps"]),
        "flicker_real": temporal.still_change(
            real, temporal.still_pixels(given["flow"], given["label_maps"])
        ),
        "contrast": image.contrast(fake),
        "contrast_real": image.contrast(real),
        "sharpness": image.sharpness(fake),
        "sharpness_real": image.sharpness(real),
        "grid": spectrum.grid(fake),
        "grid_real": spectrum.grid(real),
        "grid_peak": spectrum.grid_peak(fake),
        "grid_peak_real": spectrum.grid_peak(real),
        "contrast_drift": image.drift(image.contrast_per_frame(fake)),
        "sharpness_drift_real": image.drift(image.sharpness_per_frame(real)),
        "flow_error": math.sqrt(0.5),
        "flow_error_zero": flow_metrics.zero_flow_error(
            given["flow"], given["visible"]
        ),
        "drift_window": 2,
        "num_frames": 7,
    }
    for name, value in expected.items():
        assert values[name] == pytest.approx(value, rel=1e-5), name


def test_frames_alone_give_the_image_metrics():
    values = evaluate_clip(clip(1), clip(2))
    names = {name.removesuffix("_real") for name in values}
    assert names == set(METRICS) - {
        "warping_error",
        "flicker",
        "flow_error",
        "flow_error_zero",
    }


def test_metrics_without_a_value_are_left_out():
    black = np.zeros((3, 8, 15, 3), np.uint8)  # too low for SSIM, no contrast
    flow = np.full((2, 8, 15, 2), 3.0, np.float32)  # nothing still
    values = evaluate_clip(black, black, flow=flow, visible=np.zeros((2, 8, 15), bool))
    assert values == {
        "psnr": math.inf,
        "contrast": 0,
        "contrast_real": 0,
        "sharpness": 0,
        "sharpness_real": 0,
        "drift_window": 1,
        "num_frames": 3,
    }


def test_mean_of_clips_takes_each_metric_where_it_is():
    clips = [{"psnr": 20.0, "flicker": 0.5}, {"psnr": 26.0}, {"psnr": 29.0, "ssim": 1}]
    assert mean_of(clips) == {"psnr": 25.0, "flicker": 0.5, "ssim": 1.0}


def test_mean_of_no_clips_is_refused():
    with pytest.raises(InputError, match="one clip or more"):
        mean_of([])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (("flow",), "flow and visible go together"),
        (("visible",), "flow and visible go together"),
        (("fake_flow",), "fake_flow needs the reference flow"),
    ],
)
def test_arrays_that_go_together(given, message):
    with pytest.raises(InputError, match=message):
        evaluate_clip(clip(1), clip(2), **{name: motion()[name] for name in given})


def test_clips_must_have_one_shape():
    with pytest.raises(InputError, match=r"real: expected shape \[7, 36, 45, 3\]"):
        evaluate_clip(clip(1), clip(2, (7, 12, 16, 3)))
