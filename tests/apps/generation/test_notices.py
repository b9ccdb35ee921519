"""What a user is told of a sequence."""

import numpy as np
import pytest

from v2v_tf.apps.generation.notices import (
    announced,
    aspect_warning,
    network_sizes,
    say_problems,
)
from v2v_tf.config import load_config
from v2v_tf.data.input.stream import SourcePicture, draw_pictures, find_sequence
from v2v_tf.data.sources.base import BadClip, Contents
from v2v_tf.tasks.base import DrawnFrame


@pytest.mark.parametrize(
    ("size", "trained", "warns"),
    [
        ((32, 64), [(512, 1024)], False),
        ((96, 160), [(90, 160)], False),
        ((512, 512), [(512, 1024)], True),
        ((1024, 512), [(512, 1024)], True),
        ((512, 512), [(512, 1024), (256, 256)], False),
        ((512, 512), [], False),
    ],
)
def test_another_shape_than_in_training(size, trained, warns):
    said = aspect_warning(size, trained)
    assert bool(said) == warns
    if warns:
        assert f"{size[1]}x{size[0]}" in said and "1024x512" in said


def test_sizes_of_records_are_taken_as_networks_read_them():
    config = load_config("test/toy_street")
    assert network_sizes([(32, 64), (32, 64)], config) == [(32, 64)]
    assert network_sizes([], config) == []


def test_sizes_are_said_once_and_a_warning_after_them():
    def picture(seen):
        planes = np.zeros((32, 48, 1), np.uint8)
        drawn = DrawnFrame(None, planes, None) if seen else None
        return SourcePicture(drawn, "", None, False, (64, 96) if seen else (0, 0))

    lines = []
    pictures = map(picture, (False, True, True))
    assert len(list(announced(pictures, "a", [(32, 64)], lines.append))) == 3
    assert lines[0] == "a: 96x64 in, 48x32 out"
    assert len(lines) == 2 and lines[1].startswith("a: warning: 48x32 is of another")


def test_a_size_that_was_guessed_from_points_is_said(tmp_path, write_face):
    source = write_face(tmp_path / "source", 3)
    config = load_config(
        "test/face_256_single_gpu", ("conditioning.face.background_edges=false",)
    )

    def said(root):
        lines = []
        sequence = find_sequence(root, config, None)
        pictures = draw_pictures(sequence, config)
        assert len(list(announced(pictures, "a", [], lines.append))) == 3
        return lines

    assert [line[:14] for line in said(source)] == ["a: 100x80 in, "]
    sizes, guessed = said(source / "train_keypoints/a")
    assert sizes.startswith("a: 320x180 in, ")
    assert guessed.startswith("a: 320x180 is the smallest common size that holds all")


def test_problems_are_counted_and_nothing_is_said_of_clips():
    problems = (
        BadClip("v.mp4", "v@000003", "the decoder could not read all", 1),
        BadClip.gap("v.mp4", "v@000007", "before this one, at 0.70 s"),
        BadClip("v.mp4", "v@000009", "the decoder could not read all", 1),
    )
    lines = []
    say_problems("v", Contents(12, (range(12),), problems), lines.append)
    assert lines == [
        "v: noticed 2 x the decoder could not read all: v.mp4",
        "v: noticed 1 x frames are missing before this one, at 0.70 s: v.mp4",
    ]
    assert problems[1].reason.endswith("clips end and begin here")
