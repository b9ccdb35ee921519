import numpy as np
import pytest

from v2v_tf.errors import InputError
from v2v_tf.visualization.panels import BACKGROUND, CAPTION_HEIGHT, GAP, caption_width
from v2v_tf.visualization.sheets import contact_sheet, xt_slice


def rows(num_frames: int = 3) -> dict[str, np.ndarray]:
    real = np.zeros((num_frames, 50, 200, 3), np.uint8)
    real += (60 + 10 * np.arange(num_frames, dtype=np.uint8))[:, None, None, None]
    return {"real clip": real, "fake": real + 100}


def test_one_row_a_clip_one_column_a_frame():
    sheet = contact_sheet(rows(), ["t = 0", "t = 5", "t = 9"])
    margin = caption_width("real clip") + GAP
    assert sheet.shape == (
        CAPTION_HEIGHT + 2 * (50 + GAP),
        margin + 3 * (200 + GAP),
        3,
    )
    for i, frames in enumerate(rows().values()):
        for j, frame in enumerate(frames):
            y, x = CAPTION_HEIGHT + i * (50 + GAP), margin + j * (200 + GAP)
            np.testing.assert_array_equal(sheet[y : y + 50, x : x + 200], frame)
    assert sheet[:CAPTION_HEIGHT, margin : margin + 200].max() > 180
    assert sheet[CAPTION_HEIGHT : CAPTION_HEIGHT + 50, :margin].max() > 180
    assert (sheet[:, -GAP:] == BACKGROUND).all()


def test_without_column_captions():
    assert contact_sheet(rows()).shape[0] == GAP + 2 * (50 + GAP)


def test_wrong_rows_are_refused():
    with pytest.raises(InputError, match="needs one row or more"):
        contact_sheet({})
    with pytest.raises(InputError, match="row 'real clip': expected a clip"):
        contact_sheet({"real clip": np.zeros((2, 4, 4, 3))})
    with pytest.raises(InputError, match=r"one size .* fake \[2, 50, 200, 3\]"):
        contact_sheet(rows() | {"fake": rows()["fake"][:2]})
    with pytest.raises(InputError, match="3 columns needs as many captions, got 1"):
        contact_sheet(rows(), ["t = 0"])


def test_slice_is_one_row_over_time():
    frames = np.random.default_rng(1).integers(0, 256, (4, 5, 7, 3), np.uint8)
    np.testing.assert_array_equal(xt_slice(frames, 3), frames[:, 3])
    for row in (-1, 5):
        with pytest.raises(InputError, match=rf"0 .. 4, got {row}"):
            xt_slice(frames, row)
