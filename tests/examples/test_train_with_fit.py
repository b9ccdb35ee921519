"""The example runs."""

from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np
import pytest

from v2v_tf.visualization.video import read_video

EXAMPLE = Path(__file__).parents[2] / "examples/train_with_fit.py"


@pytest.mark.slow
def test_the_example_makes_a_video(toy_data, tmp_path):
    tiny = (
        *("data.resize.load_size=64", "generator.num_filters=4"),
        *("discriminator.num_filters=4", "curriculum.0.steps_per_epoch=1"),
        *("curriculum.1.steps_per_epoch=1", "curriculum.2.steps_per_epoch=1"),
        *("curriculum.2.num_frames=4",),
        *(f"curriculum.{stage}.epochs=1" for stage in range(3)),
    )
    main = runpy.run_path(str(EXAMPLE))["main"]
    main(str(toy_data), str(tmp_path / "street.mp4"), *tiny)
    frames = np.stack(list(read_video(tmp_path / "street.mp4")))
    assert frames.shape == (6, 32, 64, 3)
    assert frames.std() > 1
