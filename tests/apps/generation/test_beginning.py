"""What a video begins with."""

from __future__ import annotations

import pytest

from v2v_tf.apps.generation.beginning import (
    Beginning,
    choose_beginning,
    parse_beginning,
)
from v2v_tf.errors import InputError


@pytest.mark.parametrize("text", ["image:", "image:/no/such.png", "real", "zeros:1"])
def test_first_frames_are_named_in_known_words(text):
    with pytest.raises(InputError, match="--first-frames"):
        parse_beginning(text)


class _Stepper:
    def __init__(self, history=2, zeros=False, network=False, either=False):
        self.history = history
        self.begins_with_zeros = zeros
        self.may_begin_with_zeros = zeros or either
        self.makes_first_frames = network


def test_what_a_video_begins_with():
    def kind(stepper, has_frames, wanted=None):
        return choose_beginning(stepper, has_frames, wanted).kind

    assert kind(_Stepper(), True) == "given"
    assert kind(_Stepper(network=True), True) == "given"
    assert kind(_Stepper(network=True), False) == "generated"
    assert kind(_Stepper(network=True), True, Beginning("generated")) == "generated"
    assert kind(_Stepper(zeros=True), True) == "zeros"
    assert kind(_Stepper(history=0), False) == "zeros"
    either = _Stepper(either=True)
    assert kind(either, True) == "given"
    assert kind(either, False) == "zeros"
    assert kind(either, True, Beginning("zeros")) == "zeros"
    refused = (
        (_Stepper(), False, None, "neither has the source"),
        (_Stepper(), False, Beginning("given"), "no real frames"),
        (_Stepper(), True, Beginning("generated"), "brings no network"),
        (_Stepper(), True, Beginning("zeros"), "never seen past"),
        (_Stepper(zeros=True), True, Beginning("given"), "always begins"),
        (_Stepper(either=True), True, Beginning("generated"), "brings no network"),
        (_Stepper(either=True), False, Beginning("given"), "no real frames"),
        (_Stepper(history=0), True, Beginning("given"), "from its own condition"),
    )
    for stepper, has_frames, wanted, said in refused:
        with pytest.raises(InputError, match=said):
            choose_beginning(stepper, has_frames, wanted)
