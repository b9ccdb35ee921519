"""What would need less memory while frames are generated."""

from __future__ import annotations

import re

import pytest

from v2v_tf.config import load_config
from v2v_tf.inference.memory import (
    advice_for_records,
    advice_for_source,
    last_words_for_source,
    use_of_a_frame,
)


@pytest.fixture(scope="module")
def config():
    return load_config("toy_street")


def test_maps_of_a_frame_grow_with_its_pixels(config):
    small = use_of_a_frame(config, (64, 128)).maps
    assert use_of_a_frame(config, (128, 384)).maps == 6 * small > 0


def test_half_the_size_is_offered_in_multiples_that_the_model_takes(config):
    line = advice_for_source(config, (1084, 1928))
    saved = re.match(r"--size 964x540 saves about ([\d.]+) (GiB|MiB); --resume", line)
    assert saved, line
    expected = use_of_a_frame(config, (1084, 1928)).maps * 0.75
    unit = {"GiB": 2**30, "MiB": 2**20}[saved[2]]
    assert float(saved[1]) * unit == pytest.approx(expected, rel=0.1)


def test_before_a_frame_was_drawn_the_size_is_not_known(config):
    assert advice_for_source(config, []).startswith("give smaller frames by --size")
    said = last_words_for_source("give smaller frames")
    assert said.endswith("most likely because memory ran out: give smaller frames")


def test_records_are_prepared_again(config):
    line = advice_for_records(config, (64, 128))
    assert line.startswith("data.resize.load_size=64 (prepare again) saves about ")
    assert line.endswith("frame by frame, however long it is")
