import numpy as np
import pytest

from v2v_tf.errors import InputError
from v2v_tf.visualization import panels
from v2v_tf.visualization.panels import CAPTION_HEIGHT, GAP

NAMES = ("condition", "real", "fake", "warped", "mask", "flow")


def tiles(num: int, frames: int = 2, height: int = 64, width: int = 128) -> dict:
    return {
        name: np.full((frames, height, width, 3), 40 * (i + 1), np.uint8)
        for i, name in enumerate(NAMES[:num])
    }


def test_six_tiles_in_reading_order():
    shown = list(panels.panel_video(tiles(6)))
    cell_height, cell_width = 128 + CAPTION_HEIGHT, 256
    assert len(shown) == 2
    assert shown[0].shape == (
        GAP + 2 * (cell_height + GAP),
        GAP + 3 * (cell_width + GAP),
        3,
    )
    for index in range(6):
        y = GAP + index // 3 * (cell_height + GAP) + CAPTION_HEIGHT
        x = GAP + index % 3 * (cell_width + GAP)
        tile = shown[1][y : y + 128, x : x + 256]
        assert (tile == 40 * (index + 1)).all()
        caption = shown[1][y - CAPTION_HEIGHT : y, x : x + 256]
        assert caption.max() > 180  # light ink
        assert np.median(caption) == panels.BACKGROUND


def test_frames_follow_their_time():
    given = tiles(2, frames=3)
    given["real"][2] = 199
    values = [frame.max(initial=0, where=frame < 200) for frame in _bodies(given)]
    assert values == [80, 80, 199]


def _bodies(given):
    for frame in panels.panel_video(given):
        yield frame[GAP + CAPTION_HEIGHT : -GAP]


def test_absent_tiles_are_left_out():
    given = tiles(3)
    without = list(panels.panel_video(given | {"warped": None}))
    np.testing.assert_array_equal(without[0], next(panels.panel_video(given)))


def test_panel_is_one_frame_of_the_video():
    given = tiles(4)
    one = panels.panel({name: tile[1] for name, tile in given.items()})
    np.testing.assert_array_equal(one, list(panels.panel_video(given))[1])


@pytest.mark.parametrize(
    ("num", "height", "width", "expected"),
    [
        (6, 150, 256, (2, 3)),
        (6, 278, 512, (3, 2)),
        (1, 100, 300, (1, 1)),
        (2, 150, 256, (1, 2)),
        (5, 534, 384, (2, 3)),
        (4, 150, 256, (2, 2)),
        (3, 150, 256, (2, 2)),
        (7, 150, 256, (3, 3)),
        (4, 600, 200, (1, 4)),
    ],
)
def test_grid_is_near_16_to_9(num, height, width, expected):
    assert panels.grid_shape(num, height, width) == expected


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((64, 128), (128, 256)),
        ((33, 67), (99, 201)),
        ((100, 200), (100, 200)),
        ((320, 640), (320, 640)),
        ((512, 1024), (256, 512)),
        ((1, 2000), (1, 500)),
    ],
)
def test_tiles_become_readable_by_whole_factors(size, expected):
    tile = np.random.default_rng(2).integers(0, 256, (*size, 3), np.uint8)
    shown = panels.readable(tile)
    assert shown.shape == (*expected, 3)
    if expected > size:
        factor = expected[0] // size[0]
        np.testing.assert_array_equal(shown[::factor, ::factor], tile)
        np.testing.assert_array_equal(shown[factor - 1 :: factor, ::factor], tile)


def test_large_tiles_are_averaged():
    tile = np.zeros((512, 1024, 3), np.uint8)
    tile[::2, 1::2] = 200
    np.testing.assert_array_equal(panels.readable(tile), 50)


def test_long_captions_shrink_to_fit():
    text = "a caption that is much too long for its narrow tile"
    assert panels.caption_width(text) > 300
    bar = panels.caption_bar(text, 300)
    assert bar.shape == (CAPTION_HEIGHT, 300, 3)
    assert (bar[:, -1] == panels.BACKGROUND).all()
    assert (bar[:, 250:] != panels.BACKGROUND).any()


def test_captions_of_other_letters_show_question_marks():
    np.testing.assert_array_equal(
        panels.caption_bar("größe", 200), panels.caption_bar("gr??e", 200)
    )


def test_wrong_tiles_are_refused_at_once():
    with pytest.raises(InputError, match="needs one tile or more"):
        panels.panel_video({"warped": None})
    given = tiles(2)
    with pytest.raises(InputError, match=r"one size .* real \[1, 64, 128, 3\]"):
        panels.panel_video(given | {"real": given["real"][:1]})
    with pytest.raises(InputError, match="tile 'mask': expected a clip"):
        panels.panel_video(given | {"mask": np.zeros((2, 64, 128))})
