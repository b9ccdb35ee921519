"""Files of OpenPose."""

from __future__ import annotations

import json

import pytest

from v2v_tf.errors import InputError
from v2v_tf.tasks.pose.openpose import read_openpose


@pytest.mark.parametrize("text", ['{"people": []}', "[]", "{}", '{"people": 3}'])
def test_openpose_needs_people(tmp_path, text):
    path = tmp_path / "a.json"
    path.write_text(text)
    with pytest.raises(InputError, match="JSON with people"):
        read_openpose(path)


def test_openpose_must_be_json(tmp_path):
    path = tmp_path / "a.json"
    path.write_text("{")
    with pytest.raises(InputError, match="not valid JSON"):
        read_openpose(path)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match="not a text file"):
        read_openpose(path)
    path.write_text('{"people":' + "[" * 100_000)
    with pytest.raises(InputError, match=r"a\.json: not valid JSON.*recursion"):
        read_openpose(path)
    path.write_text(json.dumps({"people": [{}]}))
    assert read_openpose(path) == {"people": [{}]}
