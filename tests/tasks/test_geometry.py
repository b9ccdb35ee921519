"""Sizes by the rules of method.md 5.3 and 2.5, on sides that no rule can swap."""

import pytest

from v2v_tf.config import ResizeConfig
from v2v_tf.errors import InputError
from v2v_tf.tasks import geometry

FULL = (720, 1280)


@pytest.mark.parametrize(
    ("scale", "load_size", "expected"),
    [
        ("none", 512, (704, 1280)),  # 22.5 thirty-twos: the even one
        ("square", 200, (192, 192)),
        ("width", 1000, (576, 992)),  # 562 x 1000
        ("height", 500, (512, 896)),  # 500 x 888
        ("random_width", 600, (352, 608)),  # 337 x 600
        ("random_height", 300, (288, 544)),  # 300 x 533
    ],
)
def test_without_crop_both_sides_become_multiples_of_32(scale, load_size, expected):
    resize = ResizeConfig(scale=scale, load_size=load_size)
    assert geometry.scaled_size(FULL, resize) == expected
    assert geometry.prepared_size(FULL, resize) == expected
    assert geometry.crop_size(expected, resize) == expected


@pytest.mark.parametrize(
    ("scale", "load_size", "expected"),
    [
        ("none", 512, (478, 642)),
        ("square", 201, (201, 201)),
        ("width", 1000, (744, 1000)),
        ("height", 500, (500, 671)),
    ],
)
def test_with_a_crop_both_sides_become_multiples_of_4(scale, load_size, expected):
    resize = ResizeConfig(scale=scale, load_size=load_size, crop="square")
    rounded = tuple(round(side / 4) * 4 for side in expected)
    assert geometry.scaled_size((478, 642), resize) == rounded


def test_a_drawn_load_size_replaces_the_configured_one():
    resize = ResizeConfig(scale="random_height", load_size=384, crop="scaled_height")
    assert geometry.scaled_size(FULL, resize, 300) == (300, 532)  # 533
    assert geometry.prepared_size(FULL, resize) == (
        384,
        680,
    )  # 682: 170.5 fours, the even


def test_tiny_frames_keep_one_multiple():
    assert geometry.scaled_size((5, 70), ResizeConfig(scale="none")) == (32, 64)


def test_crops():
    frame = (400, 700)
    for crop, fine, expected in (
        ("square", 200, (192, 192)),
        ("scaled_height", 200, (192, 352)),  # 200 x 350
        ("scaled_width", 300, (160, 288)),  # 171 x 300
    ):
        resize = ResizeConfig(scale="height", crop=crop, fine_size=fine)
        assert geometry.crop_size(frame, resize) == expected


@pytest.mark.parametrize("frame", [(400, 700), (700, 400)])
def test_a_crop_larger_than_the_frame_says_what_to_change(frame):
    resize = ResizeConfig(scale="height", crop="square", fine_size=512)
    with pytest.raises(InputError, match="512x512 does not fit .*fine_size"):
        geometry.crop_size(frame, resize)


def test_a_random_scale_crops_what_its_smallest_draw_still_holds():
    # 256 x 341: 352 would be nearest, but frames of height 256 are 340 wide.
    resize = ResizeConfig(
        scale="random_height", load_size=384, crop="scaled_height", fine_size=256
    )
    prepared = geometry.prepared_size((480, 640), resize)
    assert prepared == (384, 512)
    assert geometry.network_size(prepared, resize) == (256, 320)
    smallest = geometry.scaled_size((480, 640), resize, 256)
    assert smallest == (256, 340)
    fixed = ResizeConfig(scale="height", crop="scaled_height", fine_size=256)
    assert geometry.crop_size((384, 512), fixed) == (256, 352)


def test_a_random_scale_rounds_a_fine_size_down_to_fit():
    resize = ResizeConfig(
        scale="random_width", load_size=600, crop="scaled_width", fine_size=300
    )
    assert geometry.crop_size((340, 600), resize) == (160, 288)  # 170 x 300
    resize = ResizeConfig(
        scale="random_width", load_size=600, crop="scaled_width", fine_size=308
    )
    assert geometry.crop_size((340, 600), resize) == (160, 288)  # not 320


def test_a_square_crop_must_fit_the_smallest_draw():
    resize = ResizeConfig(
        scale="random_height", load_size=512, crop="square", fine_size=320
    )
    assert geometry.crop_size((512, 700), resize) == (320, 320)
    with pytest.raises(InputError, match="320x320 does not fit frames of 220x320"):
        geometry.crop_size((512, 352), resize)


@pytest.mark.parametrize("crop", ["scaled_height", "square"])
def test_a_random_scale_needs_a_range(crop):
    resize = ResizeConfig(
        scale="random_height", load_size=128, crop=crop, fine_size=256
    )
    with pytest.raises(InputError, match="got fine_size=256 above load_size=128"):
        geometry.network_size((128, 224), resize)


def test_a_random_scale_needs_a_crop():
    resize = ResizeConfig(scale="random_width")
    with pytest.raises(InputError, match="random_width .* data.resize.crop"):
        geometry.network_size((288, 512), resize)


def test_without_central_half_a_network_reads_the_crop():
    resize = ResizeConfig(scale="width", crop="scaled_width", fine_size=256)
    assert geometry.network_size((288, 512), resize) == (128, 256)  # 144
    resize = ResizeConfig(scale="width", load_size=512)
    assert geometry.network_size((288, 512), resize) == (288, 512)


@pytest.mark.parametrize(
    ("load_size", "fine_size", "expected"),
    [(384, 256, (256, 192)), (768, 512, (512, 448)), (1536, 1024, (1024, 896))],
)
def test_a17_pose_recipes_read_these_sizes(load_size, fine_size, expected):
    resize = ResizeConfig(
        scale="random_height",
        load_size=load_size,
        crop="scaled_height",
        fine_size=fine_size,
        central_half=True,
    )
    for source in (FULL, (1080, 1920)):
        prepared = geometry.prepared_size(source, resize)
        assert geometry.network_size(prepared, resize) == expected
        for drawn in range(fine_size, load_size + 2):
            height, width = geometry.scaled_size(source, resize, drawn)
            assert height >= expected[0]
            assert width >= expected[1]


@pytest.mark.parametrize(
    ("width", "half"), [(128, 32), (255, 32), (256, 64), (448, 96), (1824, 448)]
)
def test_central_half(width, half):
    assert geometry.central_half_width(width) == half


def test_central_half_of_a_narrow_frame_is_an_error():
    with pytest.raises(InputError, match="128 or more, got 127"):
        geometry.central_half_width(127)
