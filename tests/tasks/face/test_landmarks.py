"""Files of landmarks."""

from __future__ import annotations

import pytest

from v2v_tf.errors import InputError
from v2v_tf.tasks.face.landmarks import read_landmarks


def test_landmarks(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("".join(f"{i},{i + 0.5}\n" for i in range(68)) + "\n")
    points = read_landmarks(path)
    assert points.shape == (68, 2) and points[67].tolist() == [67.0, 67.5]
    # How many are needed is not the file's affair.
    path.write_text("1,2,3\n" * 5)
    assert read_landmarks(path).shape == (5, 3)
    path.write_text("")
    assert read_landmarks(path).shape == (0,)
    path.write_text("1;2\n" * 68)
    with pytest.raises(InputError, match="expected lines `x,y`"):
        read_landmarks(path)
    path.write_text("1,2\n" * 67 + "3\n")
    with pytest.raises(InputError, match="a.txt"):
        read_landmarks(path)
