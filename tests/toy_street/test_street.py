import numpy as np
import pytest

from v2v_tf.errors import InputError
from v2v_tf.toy_street import street as toy_street
from v2v_tf.toy_street.street import LABEL_NAMES, ToyStreet

CLIPS = [
    pytest.param(0, (128, 256), marks=pytest.mark.slow),
    (3, (64, 128)),
    pytest.param(5, (96, 160), marks=pytest.mark.slow),
    ((7, 2), (64, 128)),
]


def _warp(image, flow):
    """Bilinear, without OpenCV's rounding of positions; inside the image only."""
    height, width = image.shape[:2]
    x = np.clip(np.arange(width) + flow[..., 0], 0, width - 1.001)
    y = np.clip(np.arange(height)[:, None] + flow[..., 1], 0, height - 1.001)
    left, top = x.astype(int), y.astype(int)
    part_x, part_y = (x - left)[..., None], (y - top)[..., None]
    upper = image[top, left] * (1 - part_x) + image[top, left + 1] * part_x
    lower = image[top + 1, left] * (1 - part_x) + image[top + 1, left + 1] * part_x
    return upper * (1 - part_y) + lower * part_y


@pytest.mark.parametrize(("seed", "size"), CLIPS)
def test_warping_the_previous_frame_gives_the_frame(seed, size):
    street = ToyStreet(seed, size, 20)
    warped_errors, still_errors, seen = [], [], []
    for t in range(1, 20):
        now, before = street.frame(t), street.frame(t - 1)
        target = now.frame.astype(np.float64)
        warped = _warp(before.frame.astype(np.float64), now.flow)
        warped_errors.append(np.abs(warped - target)[now.visible].ravel())
        still_errors.append(np.abs(before.frame - target)[now.visible].ravel())
        seen.append(now.visible.mean())
    error, still = np.concatenate(warped_errors), np.concatenate(still_errors)
    assert np.mean(seen) > 0.8
    assert error.mean() <= 3.0
    assert (error <= 10).mean() >= 0.95
    assert still.mean() >= 3 * error.mean()


@pytest.mark.parametrize(("seed", "size"), CLIPS)
def test_labels_and_instances_follow_the_flow(seed, size):
    street = ToyStreet(seed, size, 15)
    labels_kept, things_kept = [], []
    for t in (1, 7, 14):
        now, before = street.frame(t), street.frame(t - 1)
        height, width = size
        x = np.rint(np.arange(width) + now.flow[..., 0])[now.visible].astype(int)
        y = np.rint(np.arange(height)[:, None] + now.flow[..., 1])[now.visible]
        y = y.astype(int)
        labels_kept.append(before.label_map[y, x] == now.label_map[now.visible])
        ids = now.instance_map[now.visible]
        is_thing = now.label_map[now.visible] >= LABEL_NAMES.index("tree")
        things_kept.append((before.instance_map[y, x] == ids)[is_thing])
    # Paint on the road is a pattern, and half a pixel off at its edges.
    assert np.concatenate(labels_kept).mean() > 0.99
    assert np.concatenate(things_kept).all()


def test_flow_forth_and_back_cancels():
    street = ToyStreet(2, (96, 192), 12)
    there, seen = street.flow_between(10, 4)
    back, _ = street.flow_between(4, 10)
    error = np.linalg.norm(there + _warp(back, there), axis=-1)[seen]
    assert np.median(np.linalg.norm(there, axis=-1)[seen]) > 2
    assert np.percentile(error, 95) < 0.02


def test_flow_to_itself_is_zero():
    flow, seen = ToyStreet(1, (64, 96), 4).flow_between(2, 2)
    assert np.abs(flow).max() < 1e-3
    assert seen[1:-1, 1:-1].mean() > 0.5
    assert flow.dtype == np.float32 and seen.dtype == bool


def test_the_road_moves_as_a_pinhole_camera_sees_it():
    # Ground at depth d moves down by focal * eye height * (1 / d' - 1 / d).
    street = ToyStreet(0, (128, 256), 3)
    frame = street.frame(2)
    camera = street._scene.camera
    step = camera[2] - camera[1]
    row = 120
    depth = 0.8 * 256 * 1.55 / (row - 0.46 * 127)
    road = frame.label_map[row] == LABEL_NAMES.index("road")
    column = int(np.flatnonzero(road)[np.abs(np.flatnonzero(road) - 128).argmin()])
    assert abs(column - 128) < 40
    expected = 0.8 * 256 * 1.55 * (1 / (depth + step[1]) - 1 / depth)
    assert step[1] > 0.2
    assert frame.flow[row, column, 1] == pytest.approx(expected, rel=0.06)


def test_the_sky_only_turns():
    street = ToyStreet(4, (96, 192), 8)
    frame = street.frame(6)
    turned = street._scene.camera[6, 2] - street._scene.camera[5, 2]
    rows, columns = np.nonzero(frame.label_map == LABEL_NAMES.index("sky"))
    centre = np.abs(columns - 95.5) < 8
    assert centre.sum() > 10 and abs(turned) > 1e-3
    across = frame.flow[rows, columns, 0][centre]
    # A camera that turns right moves the sky left: it was further right before.
    np.testing.assert_allclose(across, 0.8 * 192 * np.tan(turned), atol=0.05)


def test_first_frame_has_no_past():
    frame = ToyStreet(0, (32, 48), 1).frame(0)
    assert not frame.visible.any()
    assert not frame.flow.any()
    assert frame.flow.shape == (32, 48, 2)


def test_types_and_ids():
    frame = ToyStreet(6, (64, 128), 3).frame(2)
    assert frame.frame.dtype == np.uint8 and frame.frame.shape == (64, 128, 3)
    assert frame.label_map.dtype == np.uint8 and frame.label_map.shape == (64, 128)
    assert frame.instance_map.dtype == np.uint16
    assert frame.flow.dtype == np.float32 and frame.visible.dtype == bool
    ids, labels = frame.instance_map, frame.label_map
    counted = labels >= LABEL_NAMES.index("building")
    np.testing.assert_array_equal(ids[counted] // 1000, labels[counted])
    np.testing.assert_array_equal(ids[~counted], labels[~counted])


def test_every_label_occurs_and_none_rules():
    counts = np.zeros(toy_street.NUM_LABELS)
    for seed in range(4):
        frame = ToyStreet((1, seed), (64, 128), 10).frame(9)
        counts += np.bincount(frame.label_map.ravel(), minlength=len(counts))
    shares = counts / counts.sum()
    assert len(shares) == toy_street.NUM_LABELS == len(toy_street.LABEL_COLORS)
    assert shares.min() > 0.002
    assert shares.max() < 0.5
    names = [LABEL_NAMES[i] for i in toy_street.FOREGROUND_LABELS]
    assert names == ["car", "person"]


def test_cars_of_one_label_differ_in_colour():
    car = LABEL_NAMES.index("car")
    means = []
    for seed in range(6):
        frame = ToyStreet(seed, (128, 256), 1).frame(0)
        for number in np.unique(frame.instance_map[frame.label_map == car]):
            pixels = frame.frame[frame.instance_map == number]
            if len(pixels) > 300:
                means.append(pixels.mean(axis=0))
    assert len(means) > 6
    assert np.std(means, axis=0).min() > 20


def test_same_seed_same_bytes_other_seed_others():
    first = ToyStreet(9, (64, 128), 5).frame(4)
    again = ToyStreet(9, (64, 128), 5).frame(4)
    other = ToyStreet(10, (64, 128), 5).frame(4)
    for name in first._fields:
        assert getattr(first, name).tobytes() == getattr(again, name).tobytes()
        assert getattr(first, name).tobytes() != getattr(other, name).tobytes()


def test_frames_do_not_depend_on_the_order_they_are_asked_for():
    forward, backward = ToyStreet(3, (48, 96), 16), ToyStreet(3, (48, 96), 16)
    late = backward.frame(15).flow.tobytes()
    early = [backward.frame(t).frame.tobytes() for t in range(15, -1, -1)][::-1]
    assert [forward.frame(t).frame.tobytes() for t in range(16)] == early
    assert forward.frame(15).flow.tobytes() == late


def test_frames_are_copies():
    street = ToyStreet(3, (32, 64), 2)
    street.frame(1).frame[:] = 7
    assert street.frame(1).frame.std() > 10


@pytest.mark.parametrize("size", [(32, 32), (33, 95), (160, 64)])
def test_odd_sizes(size):
    frame = ToyStreet(1, size, 3).frame(2)
    assert frame.frame.shape == (*size, 3)
    assert frame.visible.mean() > 0.5
    assert np.isfinite(frame.flow).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, (31, 64), 4), "64x31"),
        ((0, (32, 64), 0), "1 frame"),
        ((-1, (32, 64), 4), "seed"),
        (((0, -3), (32, 64), 4), "seed"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(InputError, match=message):
        ToyStreet(*arguments)


@pytest.mark.parametrize("t", [-1, 4])
def test_frames_outside_the_clip(t):
    street = ToyStreet(0, (32, 64), 4)
    with pytest.raises(InputError, match=r"0 \.\. 3"):
        street.frame(t)
    with pytest.raises(InputError, match=r"0 \.\. 3"):
        street.flow_between(2, t)
