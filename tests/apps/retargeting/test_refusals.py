"""What cannot be retargeted is said, and nothing is left behind."""

import shutil

import numpy as np
import pytest

from tests.apps.retargeting.skeletons import (
    faces,
    standing,
    walk,
    write_faces,
    write_json,
    write_poses,
)
from v2v_tf.apps.retargeting.retarget import RetargetOptions, retarget
from v2v_tf.data.input.stream import SequenceChoice
from v2v_tf.errors import InputError
from v2v_tf.inference.job import Destination
from v2v_tf.tasks.files import read_rgb
from v2v_tf.visualization.video import write_png


def test_only_an_earlier_result_is_replaced_and_only_when_asked(tmp_path, pose_config):
    source = write_poses(tmp_path / "a", walk(2))
    out = tmp_path / "out"

    def call(overwrite, folder=out):
        options = RetargetOptions()
        retarget(
            SequenceChoice(source),
            SequenceChoice(source),
            Destination(folder, overwrite),
            options,
            config=pose_config,
        )

    call(False)
    (out / "mark").touch()
    with pytest.raises(InputError, match="already holds something"):
        call(False)
    assert (out / "mark").exists()
    call(True)
    assert not (out / "mark").exists()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/a.txt").write_text("mine")
    with pytest.raises(InputError, match="is no result of retarget"):
        call(True, tmp_path / "mine")
    with pytest.raises(InputError, match="holds .* which replacing it would delete"):
        call(True, tmp_path)


@pytest.mark.parametrize(
    ("task", "overrides", "proportions", "words"),
    [
        ("street", (), None, "for the tasks face and pose, got street"),
        ("pose", (), None, "conditioning.pose.use_densepose=false"),
        ("face", (), None, "conditioning.face.background_edges=false"),
        (
            "pose",
            ("conditioning.pose.use_densepose=false",),
            "parts",
            "must be limbs or global, got parts",
        ),
        (
            "face",
            ("conditioning.face.background_edges=false",),
            "limbs",
            "must be parts or global, got limbs",
        ),
    ],
)
def test_models_that_cannot_be_driven_are_refused(
    tmp_path, make_config, task, overrides, proportions, words
):
    config = make_config(task, *overrides)
    options = RetargetOptions(proportions)
    with pytest.raises(InputError, match=words):
        retarget(
            SequenceChoice(tmp_path),
            SequenceChoice(tmp_path),
            Destination(tmp_path / "out"),
            options,
            config=config,
        )
    assert not list(tmp_path.iterdir())


def _without_pictures(root):
    shutil.rmtree(root / "train_img")


def _with_pictures_of_two_sizes(root):
    path = root / "train_img/a/001.png"
    write_png(path, read_rgb(path)[:-5], overwrite=True)


def _with_two_sequences(root):
    shutil.copytree(root / "train_openpose/a", root / "train_openpose/b")


def _without_files(root):
    for path in (root / "train_openpose/a").iterdir():
        path.unlink()


def _without_people(root):
    for path in (root / "train_openpose/a").iterdir():
        write_json(path)


def _far_away(root):
    """One frame of ten is far to the right."""
    shutil.rmtree(root / "train_openpose/a")
    clip = np.stack([standing(150, 40)] * 9 + [standing(1100, 40)])
    shutil.rmtree(root / "train_img")
    write_poses(root, clip, pictures=False)


@pytest.mark.parametrize(
    ("broken", "change", "words"),
    [
        ("reference", _without_pictures, "must have the pictures of a in train_img/"),
        (
            "source",
            _with_pictures_of_two_sizes,
            "001.png: .* 400x300, got 400x295",
        ),
        ("source", _with_two_sequences, "name one of them by --sequence: a, b"),
        ("reference", _with_two_sequences, "one of them by --reference-sequence: a, b"),
        (
            "source",
            _without_files,
            "got 0 in openpose, .* openpose end in .json",
        ),
        ("source", _without_people, "expected pose points, got none in it"),
        ("source", shutil.rmtree, "no source at .*source"),
        ("source", _far_away, "frame 009 of the result must lie near .* 400x300"),
    ],
)
def test_unusable_clips_are_refused_and_nothing_is_written(
    tmp_path, pose_config, broken, change, words
):
    roots = {
        name: write_poses(tmp_path / name, walk(2)) for name in ("source", "reference")
    }
    change(roots[broken])
    out = tmp_path / "results/out"
    with pytest.raises(InputError, match=words):
        retarget(
            *map(SequenceChoice, roots.values()),
            Destination(out),
            RetargetOptions(),
            config=pose_config,
        )
    assert not out.parent.exists()


def test_an_unknown_sequence_is_named(tmp_path, pose_config):
    source = write_poses(tmp_path / "a", walk(2))
    with pytest.raises(InputError, match="no sequence 'b': there are a"):
        retarget(
            SequenceChoice(source, "b"),
            SequenceChoice(source),
            Destination(tmp_path / "out"),
            RetargetOptions(),
            config=pose_config,
        )


def test_67_landmarks_are_no_face(tmp_path, face_config):
    source = write_faces(tmp_path / "a", faces(2))
    path = source / "train_keypoints/a/001.txt"
    path.write_text("1,2\n" * 67)
    with pytest.raises(InputError, match=r"001\.txt: expected 68 .* got 67 lines of 2"):
        retarget(
            SequenceChoice(source),
            SequenceChoice(source),
            Destination(tmp_path / "out"),
            RetargetOptions(),
            config=face_config,
        )
