"""Irises after the 68 landmarks: read, drawn, carried along and found."""

import numpy as np
import pytest

from v2v_tf.config import TASKS, load_config
from v2v_tf.detection.detector import DetectorOptions
from v2v_tf.errors import InputError
from v2v_tf.tasks import registry
from v2v_tf.tasks.base import RawFrame
from v2v_tf.tasks.face.irises import carried, draw_irises
from v2v_tf.tasks.face.landmarks import read_landmarks
from v2v_tf.tasks.face.mediapipe import MediaPipeFaces
from v2v_tf.tasks.files import read_rgb

WITH = load_config(
    None,
    (
        *("task=face", "conditioning.face.irises=true", "data.resize.scale=none"),
        "conditioning.face.background_edges=false",
    ),
)
WITHOUT = load_config(
    None,
    ("task=face", "data.resize.scale=none", "conditioning.face.background_edges=false"),
)


@pytest.fixture
def face(reference):
    path = sorted((reference / "data/face/train_keypoints/clip").iterdir())[0]
    return read_landmarks(path)


def with_irises(face, shift=0.0):
    eyes = [face[36:42].mean(axis=0), face[42:48].mean(axis=0)]
    return np.concatenate([face, np.add(eyes, (shift, 0.0))])


def test_files_hold_them_after_the_landmarks(tmp_path, face):
    points = with_irises(face, 3.0)
    form = TASKS.get("face").points()
    (tmp_path / "f.txt").write_text(form.write(points, WITH))
    read = read_landmarks(tmp_path / "f.txt")
    np.testing.assert_allclose(read, points, atol=0.01)
    # A model without them reads the same files.
    np.testing.assert_allclose(
        form.points_of([read], (480, 640), WITHOUT)[0], read[:68]
    )
    np.testing.assert_allclose(form.points_of([read, None], (480, 640), WITH)[0], read)
    with pytest.raises(InputError, match="must be 70 points with the irises"):
        form.points_of([face], (480, 640), WITH)


def test_they_are_drawn_into_the_first_plane_alone(face):
    drawn = {}
    for name, config in (("with", WITH), ("without", WITHOUT)):
        conditioning = registry.create(config)
        raw = RawFrame(size=(480, 640), landmarks=with_irises(face))
        drawn[name] = conditioning.draw(raw, conditioning.plan(raw)).planes
    more = (drawn["with"] > drawn["without"]).any(axis=(0, 1))
    assert more.tolist() == [True] + [False] * 14
    added = drawn["with"][..., 0] > drawn["without"][..., 0]
    half = added.shape[1] // 2
    assert added[:, :half].any() and added[:, half:].any()
    assert added.sum() < 0.001 * added.size


def test_the_dot_lies_on_the_iris(face):
    points = with_irises(face, 4.0)
    canvas = draw_irises(points, (480, 640))
    for x, y in np.rint(points[68:]).astype(int):
        assert canvas[y, x] == 255 and canvas[y, x - 9] == 0
    far = points.copy()
    far[68] = 1e9, -1e9
    other = canvas.copy()
    other[:, :350] = 0  # the right eye is on the left
    np.testing.assert_array_equal(draw_irises(far, (480, 640)), other)


def test_landmarks_without_them_are_refused_where_they_are_needed(face):
    conditioning = registry.create(WITH)
    raw = RawFrame(size=(480, 640), landmarks=face)
    with pytest.raises(InputError, match=r"must be 70 points .* got 68: annotate with"):
        conditioning.draw(raw, conditioning.plan(raw))


def test_they_move_with_their_eyes(face):
    points = with_irises(face, 5.0)[np.newaxis]
    turn = np.exp(0.3j) * 1.7
    away = (points[..., 0] + 1j * points[..., 1]) * turn + (40 - 25j)
    expected = np.stack([away.real, away.imag], axis=-1)
    moved = carried(points, expected[:, :68])
    np.testing.assert_allclose(moved, expected[:, 68:], atol=1e-9)


def test_a_face_that_is_fitted_keeps_its_look(face):
    form = TASKS.get("face").points()
    source = np.stack([with_irises(face, 6.0)] * 3)
    reference = np.stack([with_irises(face * 2 + 30, -4.0)] * 3)
    fitted, scale, _ = form.fit(source, reference, "parts")
    assert scale == pytest.approx(2.0) and fitted.shape == (3, 70, 2)
    expected = with_irises(face, 6.0)[68:] * 2 + 30
    np.testing.assert_allclose(fitted[0, 68:], expected, atol=1e-6)


@pytest.mark.needs("mediapipe")
def test_the_network_finds_them_within_the_eyes(reference):
    frames = sorted((reference / "data/face/train_img/clip").iterdir())
    detector = MediaPipeFaces(DetectorOptions(config=WITH))
    (found,) = detector.detect(read_rgb(frames[0]))
    assert found.value.shape == (70, 2) and len(detector.files()) == 3
    # Looked at: she looks a little to her left, at these places.
    np.testing.assert_allclose(found.value[68], (327, 131), atol=2.0)
    np.testing.assert_allclose(found.value[69], (381, 132), atol=2.0)
    assert MediaPipeFaces().detect(read_rgb(frames[0]))[0].value.shape == (68, 2)
