import numpy as np
import pytest

from v2v_tf import config as configuration
from v2v_tf.apps.editing.label_edits import LabelEdit, parse_swaps
from v2v_tf.errors import InputError

LABELS = np.array([[1, 1, 2], [3, 2, 2]], np.uint8)
# 1 and 3 are things without ids of their own; of the 2s two are one car.
IDS = np.array([[1, 1, 2000], [3, 2000, 2001]], np.int32)


def test_labels_and_the_ids_that_are_labels_follow():
    labels, ids = LabelEdit(((1, 4),)).apply(LABELS, IDS, 0)
    assert labels.tolist() == [[4, 4, 2], [3, 2, 2]]
    assert ids.tolist() == [[4, 4, 2000], [3, 2000, 2001]]
    assert LABELS[0, 0] == 1 and IDS[0, 0] == 1


def test_two_labels_change_places():
    labels, _ = LabelEdit(((1, 3), (3, 1))).apply(LABELS, None, 0)
    assert labels.tolist() == [[3, 3, 2], [1, 2, 2]]


def test_one_thing_alone_keeps_its_id():
    labels, ids = LabelEdit(((2, 5),), instances=(2000,)).apply(LABELS, IDS, 0)
    assert labels.tolist() == [[1, 1, 5], [3, 5, 2]]
    np.testing.assert_array_equal(ids, IDS)


def test_a_region_is_x_before_y():
    labels, _ = LabelEdit(((2, 5),), region=(1, 1, 3, 2)).apply(LABELS, IDS, 0)
    assert labels.tolist() == [[1, 1, 2], [3, 5, 5]]


@pytest.mark.parametrize(
    ("index", "edited"), [(1, False), (2, True), (4, True), (5, False)]
)
def test_some_frames_alone(index, edited):
    labels, _ = LabelEdit(((1, 4),), frames=(2, 5)).apply(LABELS, IDS, index)
    assert (labels[0, 0] == 4) == edited


def test_an_instance_of_none_is_refused():
    with pytest.raises(InputError, match="leave --instance out"):
        LabelEdit(((1, 4),), instances=(7,)).apply(LABELS, None, 0)


def test_swaps_by_name_and_by_number():
    config = configuration.load_config("cityscapes_512")
    assert parse_swaps(["building=vegetation", "7=23"], config) == ((11, 21), (7, 23))


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (["bilding=sky"], "no label 'bilding'; did you mean 'building'"),
        (["building=35"], "no label '35'"),
        (["building"], "expected FROM=TO"),
        (["building=sky", "11=car"], "can become one other, not two"),
    ],
)
def test_swaps_that_cannot_be_are_said(texts, words):
    with pytest.raises(InputError, match=words):
        parse_swaps(texts, configuration.load_config("cityscapes_512"))


def test_other_tasks_have_no_labels():
    with pytest.raises(InputError, match="task face has none"):
        parse_swaps(["a=b"], configuration.load_config("face_512"))
