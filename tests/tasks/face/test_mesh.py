"""The 68 landmarks among the vertices of the mesh."""

import numpy as np
import pytest

from v2v_tf.tasks.face.mesh import OUTLINE, VERTICES, to_landmarks


def test_every_landmark_but_the_jaw_is_a_vertex_of_its_own():
    assert len(VERTICES) == len(set(VERTICES)) == 51
    mesh = np.random.default_rng(0).uniform(0, 100, (478, 3))
    landmarks = to_landmarks(mesh)
    np.testing.assert_array_equal(landmarks[17:], mesh[list(VERTICES), :2])
    # The tip of the nose, and the corners of the mouth.
    assert (VERTICES[30 - 17], VERTICES[48 - 17], VERTICES[54 - 17]) == (4, 61, 291)


def test_the_jaw_is_spread_evenly_over_either_half_of_the_outline():
    mesh = np.zeros((468, 2))
    chin = OUTLINE.index(152)
    assert chin == len(OUTLINE) - 1 - chin
    # The right half goes straight down, the left one up and three times as far.
    for step, vertex in enumerate(OUTLINE[: chin + 1]):
        mesh[vertex] = (10, 2 * step)
    for step, vertex in enumerate(OUTLINE[chin:]):
        mesh[vertex] = (10 + 6 * step, 2 * chin)
    jaw = to_landmarks(mesh)[:17]
    np.testing.assert_allclose(jaw[:9, 1], np.linspace(0, 2 * chin, 9))
    np.testing.assert_allclose(jaw[8:, 0], np.linspace(10, 10 + 6 * chin, 9))
    assert jaw[8].tolist() == pytest.approx([10, 2 * chin])
