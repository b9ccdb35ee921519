"""GIFs in event files, and the size of their frames."""

from __future__ import annotations

import io

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from v2v_tf.errors import InputError
from v2v_tf.training.gif_summary import gif_summary, reduced


def test_tensorboard_reads_size_rate_and_frames(tmp_path):
    levels = (40, 120, 230)
    frames = [np.full((18, 30, 3), level, np.uint8) for level in levels]
    writer = tf.summary.create_file_writer(str(tmp_path))
    with writer.as_default(17):
        gif_summary("a/clip", iter(frames), fps=4.0)
    writer.close()
    (event,) = EventAccumulator(str(tmp_path)).Reload().Images("a/clip")
    assert (event.step, event.width, event.height) == (17, 30, 18)
    assert event.encoded_image_string[:6] == b"GIF89a"
    with Image.open(io.BytesIO(event.encoded_image_string)) as gif:
        assert (gif.n_frames, gif.size, gif.info["duration"]) == (3, (30, 18), 250)
        for index, level in enumerate(levels):
            gif.seek(index)
            shown = np.asarray(gif.convert("RGB"), int)
            assert np.abs(shown - level).max() < 8


def test_without_frames_nothing_is_written(tmp_path):
    writer = tf.summary.create_file_writer(str(tmp_path))
    with writer.as_default(1), pytest.raises(InputError, match="got none"):
        gif_summary("a/clip", [], fps=4.0)
    writer.close()
    assert EventAccumulator(str(tmp_path)).Reload().Tags()["images"] == []


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((60, 410), (30, 205)),
        ((33, 399), (33, 399)),
        ((512, 1024), (102, 204)),
        ((2, 800), (1, 200)),
    ],
)
def test_frames_are_reduced_by_a_whole_factor(size, expected):
    frames = np.full((2, *size, 3), (10, 20, 30), np.uint8)
    frames[1] += 100
    result = reduced(frames)
    assert result.dtype == np.uint8
    np.testing.assert_array_equal(result[0], np.full((*expected, 3), (10, 20, 30)))
    np.testing.assert_array_equal(result[1], np.full((*expected, 3), (110, 120, 130)))
