"""What becomes of frames that show nobody, between others that do."""

from pathlib import Path

import numpy as np
import pytest

from v2v_tf.apps.annotation.conditions import Pictures
from v2v_tf.apps.annotation.findings import Found
from v2v_tf.apps.annotation.smoothing import Smoothing
from v2v_tf.storage.maps import map_bytes, read_map
from v2v_tf.tasks.found_pictures import PictureFormat

FORM = PictureFormat(
    "mask", lambda mask: np.repeat(mask[..., None], 3, -1), can_smooth=True
)


def written(tmp_path: Path, values: list[int | None], window: int) -> list[int]:
    """Returns the value of the mask of each frame, for masks of one value each."""
    people: list[Found | None] = []
    for index, value in enumerate(values):
        file = tmp_path / f"{index}.png"
        file.write_bytes(map_bytes(np.full([5, 3], value or 0, np.uint8)))
        people.append(None if value is None else Found((0, 0, 3, 5), 1.0, file))
    images = [np.zeros([5, 3, 3], np.uint8)] * len(values)
    result = []
    frames = Pictures(FORM, Smoothing("median", window)).of_shot(people, images, 10.0)
    for index, frame in enumerate(frames):
        file = tmp_path / f"written_{index}.png"
        file.write_bytes(frame.files["mask", ".png"])
        result.append(int(read_map(file)[2, 1]))
    return result


@pytest.mark.parametrize(
    ("values", "window", "expected"),
    [
        # Without gaps: the median of each three, the ends as they are.
        ([9, 1, 2, 8, 3], 3, [9, 2, 2, 3, 3]),
        # Missing in one frame alone: it stays empty, and pulls no other to zero.
        ([7, 7, None, 7, 7], 3, [7, 7, 0, 7, 7]),
        # Found in one frame alone: it stays.
        ([None, None, 7, None, None], 3, [0, 0, 7, 0, 0]),
        # A window of 5 shrinks to 3 beside the gap, and to 1 next to it.
        ([1, 9, 4, 2, 6, None], 5, [1, 4, 4, 4, 6, 0]),
    ],
)
def test_frames_without_anybody_stay_empty_and_count_in_no_median(
    tmp_path, values, window, expected
):
    assert written(tmp_path, values, window) == expected
