"""A clip of five frames of 3x7, each array with values of its own."""

import numpy as np
import pytest

from v2v_tf.data.clips import Clip
from v2v_tf.errors import InputError

LENGTH, SIZE = 5, (3, 7)


def _numbered(length, *shape, dtype):
    """An array whose entry t holds t + 1 everywhere."""
    rising = np.arange(1, length + 1, dtype=dtype)
    return np.broadcast_to(
        rising.reshape(-1, *[1] * len(shape)), (length, *shape)
    ).copy()


@pytest.fixture
def clip():
    return Clip(
        conditions=_numbered(LENGTH, *SIZE, 2, dtype=np.uint8),
        frames=_numbered(LENGTH, *SIZE, 3, dtype=np.uint8) + 10,
        instances=_numbered(LENGTH, *SIZE, dtype=np.int32) + 1000,
        flow=_numbered(LENGTH - 1, *SIZE, 2, dtype=np.float32) + 0.5,
        flow_confidence=_numbered(LENGTH - 1, *SIZE, 1, dtype=np.float32) / 8,
        faces=_numbered(LENGTH, 4, dtype=np.int32) + 20,
        clip_id="street@000030",
        fps=12.5,
    )


def _first_values(clip):
    return {
        name: array.reshape(len(array), -1)[:, 0].tolist()
        for name, array in clip.arrays().items()
    }


def test_after_leaves_the_first_frames_out_and_the_flow_to_them(clip):
    rest = clip.after(2)
    assert len(rest) == 3
    assert _first_values(rest) == {
        "conditions": [3, 4, 5],
        "frames": [13, 14, 15],
        "instances": [1003, 1004, 1005],
        "faces": [23, 24, 25],
        # flow[2] leads from frame 3 to frame 2, the first that is left.
        "flow": [3.5, 4.5],
        "flow_confidence": [0.375, 0.5],
    }
    assert (rest.clip_id, rest.fps) == ("street@000030", 12.5)


def test_take_keeps_the_first_frames_and_the_flow_between_them(clip):
    begin = clip.take(3)
    assert len(begin) == 3
    assert _first_values(begin) == {
        "conditions": [1, 2, 3],
        "frames": [11, 12, 13],
        "instances": [1001, 1002, 1003],
        "faces": [21, 22, 23],
        "flow": [1.5, 2.5],
        "flow_confidence": [0.125, 0.25],
    }
    assert (begin.clip_id, begin.fps) == ("street@000030", 12.5)


def test_after_and_take_cut_out_the_middle(clip):
    middle = clip.after(1).take(2)
    assert middle.conditions[:, 0, 0, 0].tolist() == [2, 3]
    # Frame 2's flow to frame 1.
    assert middle.flow[:, 0, 0, 0].tolist() == [2.5]


def test_nothing_all_and_more_than_all(clip):
    for whole in (clip.after(0), clip.take(5), clip.take(9)):
        assert _first_values(whole) == _first_values(clip)
    for none in (clip.take(0), clip.after(5), clip.after(9)):
        assert len(none) == len(none.frames) == len(none.flow) == 0
    single = clip.take(1)
    assert len(single) == 1
    assert single.flow.shape == (0, *SIZE, 2)


def test_a_negative_number_of_frames(clip):
    for cut in (clip.after, clip.take):
        with pytest.raises(InputError, match="0 frames of a clip or more, got -1"):
            cut(-1)


def test_cutting_leaves_the_clip_as_it_is(clip):
    clip.after(3)
    clip.take(1)
    assert len(clip) == len(clip.frames) == 5
    assert len(clip.flow) == 4


def test_a_clip_of_conditions_alone():
    clip = Clip(np.zeros([4, 3, 7, 2], np.uint8))
    assert len(clip.after(1)) == 3
    assert set(clip.after(1).arrays()) == {"conditions"}
    assert (clip.frames, clip.flow, clip.clip_id, clip.fps) == (None, None, "", None)


def test_what_a_clip_lacks_is_named(clip):
    assert clip.require("frames") is clip.frames
    bare = Clip(clip.conditions, clip_id="face@000007")
    with pytest.raises(InputError, match="clip 'face@000007' needs `flow`, got none"):
        bare.require("flow")
    with pytest.raises(InputError, match="the clip needs `frames`, got none"):
        Clip(clip.conditions).require("frames")


def test_a_mapping_of_arrays_is_a_clip(clip):
    given = {**clip.arrays(), "clip_id": "a@000000", "unknown": 3}
    found = Clip.of(given)
    assert found.clip_id == "a@000000"
    for name, array in clip.arrays().items():
        assert getattr(found, name) is array
    assert Clip.of(clip) is clip


def test_a_mapping_without_conditions():
    with pytest.raises(InputError, match=r"needs 'conditions'.*got only flow, frames"):
        Clip.of({"frames": np.zeros(3), "flow": np.zeros(2)})
    with pytest.raises(InputError, match="got only an empty mapping"):
        Clip.of({})
