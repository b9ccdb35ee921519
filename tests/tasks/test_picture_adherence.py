"""F1 of lines and intersection of masks, against numbers by hand."""

import numpy as np
import pytest

from v2v_tf.errors import InputError
from v2v_tf.tasks.picture_adherence import (
    TOLERANCE,
    lines_adherence,
    lines_f1,
    mask_iou,
    masks_adherence,
)


def blank(height=40, width=60):
    return np.zeros([height, width], np.uint8)


def test_f1_of_lines_by_hand():
    real, found = blank(), blank()
    real[10, 5:35] = 255  # 30 pixels
    found[11, 5:25] = 255  # 20 pixels, all of them 1 pixel off
    found[30, 0:12] = 255  # 12 pixels, far from all
    # Precision 20 / 32, recall 20 / 30.
    expected = 2 * (20 / 32) * (20 / 30) / (20 / 32 + 20 / 30)
    assert lines_f1(found, real) == pytest.approx(expected)
    assert lines_f1(real, found) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("size", "reaches"),
    # 0.0075 of the diagonal: 0.54, so 1 pixel; 3.75; 7.5.
    [((40, 60), 1), ((300, 400), 3), ((600, 800), 7)],
)
def test_the_tolerance_grows_with_the_picture(size, reaches):
    assert TOLERANCE == 0.0075
    real = blank(*size)
    real[20, :] = 255
    for moved, expected in ((reaches, 1.0), (reaches + 1, 0.0)):
        assert lines_f1(np.roll(real, moved, axis=0), real) == expected


def test_no_lines():
    some = blank()
    some[3, 4] = 255
    assert lines_f1(blank(), blank()) is None
    assert lines_f1(some, blank()) == lines_f1(blank(), some) == 0.0


def test_soft_lines_count_from_a_threshold():
    real, found = blank(), blank()
    real[10, :] = 255
    found[10, :] = 128
    found[25, :] = 127
    assert lines_f1(found, real) == 1.0
    assert lines_f1(found, real, threshold=127) == pytest.approx(2 / 3)


def test_iou_by_hand():
    real, found = blank(), blank()
    real[10:20, 10:30] = 255  # 200 pixels
    found[15:25, 20:50] = 255  # 300 pixels, 5 x 10 of them shared
    assert mask_iou(found, real) == pytest.approx(50 / 450)
    assert mask_iou(real, real) == 1.0
    assert mask_iou(blank(), real) == 0.0
    assert mask_iou(blank(), blank()) is None


def test_pictures_of_two_sizes_are_refused():
    for measure in (lines_f1, mask_iou):
        with pytest.raises(InputError, match=r"got \[40, 60\] and \[30, 60\]"):
            measure(blank(), blank(30, 60))


def test_a_task_of_masks_needs_two_lines():
    adherence = masks_adherence("silhouette_iou", "Silhouette IoU", "silhouettes")
    real = blank()
    real[:, 10:20] = 255
    assert adherence.compare(real[:, ::-1], real) == {"silhouette_iou": 0.0}
    assert adherence.compare(real, real) == {"silhouette_iou": 1.0}
    # Nobody found is an empty mask.
    assert adherence.compare(None, real) == {"silhouette_iou": 0.0}
    assert adherence.compare(real, None) == {"silhouette_iou": 0.0}
    assert adherence.compare(None, None) == adherence.compare(blank(), None) == {}
    assert (adherence.mirror(real, 60) == real[:, ::-1]).all()
    assert adherence.look is None and adherence.what == "silhouettes"


def test_a_task_of_lines_may_look_for_itself():
    adherence = lines_adherence("f1", "F1", "lines", lambda frame: frame[..., 0])
    frame = np.zeros([40, 60, 3], np.uint8)
    frame[10, :, 0] = 200
    assert adherence.look is not None
    seen = adherence.look(frame)
    assert adherence.compare(seen, seen) == {"f1": 1.0}
    assert "0.75%" in adherence.metrics[0].note
