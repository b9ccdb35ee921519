"""Scores by step, by hand."""

import numpy as np
import pytest

from v2v_tf.apps.forecasting.label_forecaster import ForecastClip
from v2v_tf.apps.forecasting.measuring import StepScores, table
from v2v_tf.apps.forecasting.study import shown_steps


def clip(labels, level):
    frames = np.full((len(labels), 16, 16, 3), level, np.uint8)
    return ForecastClip(np.array(labels, np.uint8), None, frames)


def test_pixels_of_all_forecasts_count_together():
    scores = StepScores(2)
    real = clip([[[0, 1]], [[0, 1]]], 100)
    scores.add(clip([[[0, 1]], [[1, 1]]], 110), real)
    scores.add(clip([[[0, 0]], [[1, 1]]], 120), real)
    found = scores.by_step()
    # Step 1: label 0 right twice of 3, label 1 once of 2. Step 2: 0 of 2, 2 of 4.
    assert found["miou"] == pytest.approx([(2 / 3 + 1 / 2) / 2, (0 + 1 / 2) / 2])
    psnr = [20 * np.log10(255 / apart) for apart in (10, 20)]
    assert found["psnr"] == pytest.approx([np.mean(psnr)] * 2, rel=1e-5)
    assert "frechet_toyseg" not in found


def test_labels_alone():
    scores = StepScores(3)
    one = ForecastClip(np.ones((1, 2, 2), np.uint8))
    scores.add(one, one)
    assert scores.by_step() == {"miou": [1.0]}


def test_a_step_without_a_labelled_pixel_has_no_value():
    scores = StepScores(3, ignored=3)
    scores.add(
        ForecastClip(np.ones((2, 2, 2), np.uint8)),
        ForecastClip(np.array([[[1, 1]] * 2, [[3, 3]] * 2], np.uint8)),
    )
    assert scores.by_step() == {"miou": [1.0, None]}
    assert "| a | 1.000 | - |" in table({"a": scores.by_step()}, [1, 2])


def test_a_table_shows_each_metric():
    text = table({"a": {"miou": [0.5, 0.25]}, "b": {"psnr": [20.0, 10.0]}}, [2])
    assert "| miou | +2 |" in text and "| a | 0.250 |" in text
    assert "| b | 10.00 |" in text and text.count("| a |") == 1


def test_steps_shown():
    assert shown_steps(3) == [1, 2, 3]
    assert shown_steps(20)[0] == 1 and shown_steps(20)[-1] == 20
    assert len(shown_steps(20)) == 8
