import cv2
import numpy as np
import pytest

from v2v_tf.data.flow import read_flow
from v2v_tf.errors import InputError
from v2v_tf.toy_street import street as toy_street
from v2v_tf.toy_street.street import LABEL_NAMES, ToyStreet
from v2v_tf.toy_street.surfaces import facade, ground
from v2v_tf.toy_street.things import people, traffic, trees
from v2v_tf.toy_street.world import (
    BUILDING,
    LANE_MARK,
    PAVEMENT,
    ROAD,
    SKY,
    TREE,
    Wall,
)
from v2v_tf.toy_street.writer import FOLDERS, _stored, write_clips

CLIPS = [(0, (128, 256)), (3, (64, 128)), (5, (96, 160)), ((7, 2), (64, 128))]


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


def test_cars_overtake_and_turn():
    rng = np.random.default_rng(11)
    time = np.arange(60)
    camera = np.stack([0 * time, 0.3 * time, 0 * time], axis=1)
    cars = [c for _ in range(6) for c in traffic(rng, camera, 0.3, 90.0)]
    gaps = np.array([c.poses[:, 2] - camera[:, 1] for c in cars])
    turns = np.abs(np.array([np.ptp(c.poses[:, 3]) for c in cars]))
    assert ((gaps[:, 0] < 2) & (gaps[:, -1] > 5)).any()  # overtakes us
    assert (turns > np.radians(10)).any()
    assert all(np.isfinite(c.poses).all() for c in cars)


def test_cars_never_meet():
    for seed in range(20):
        scene = ToyStreet(seed, (32, 64), 60)._scene
        cars = np.unique(scene.thing[scene.labels == LABEL_NAMES.index("car")])
        for t in range(0, 60, 5):
            x, z = scene.poses[t][cars][:, [0, 2]].T
            beside = np.abs(x[:, None] - x) < 1.9
            close = np.abs(z[:, None] - z) < 4.2
            near = np.abs(z - scene.camera[t, 1]) < 50
            meets = beside & close & near & near[:, None]
            assert not np.triu(meets, 1).any(), (seed, t)


def test_people_and_trees_keep_off_the_road():
    rng = np.random.default_rng(5)
    things = people(rng, 60.0, 30) + trees(rng, 60.0, 30)
    assert len(things) > 20
    assert min(np.abs(t.poses[:, 0]).min() for t in things) > 4.65


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


def _ground(x, z, foot=0.01):
    x, z = np.float32([[x]]), np.float32([[z]])
    foot = np.float32([[foot]])
    return ground(x, z, np.float32([[5.0]]), foot, foot)


def test_ground_labels_are_where_the_paint_is():
    road, mark, walk = (LABEL_NAMES.index(n) for n in ("road", "lane mark", "pavement"))
    assert _ground(1.55, 10.0).labels[0, 0] == road  # between two dashes
    assert _ground(1.55, 7.0).labels[0, 0] == mark  # on one
    assert _ground(1.8, 7.0).labels[0, 0] == road  # beside it
    assert _ground(-4.3, 10.0).labels[0, 0] == mark  # the line along the edge
    assert _ground(-4.7, 10.0).labels[0, 0] == walk
    assert _ground(0.0, 43.0).labels[0, 0] == mark  # a stripe of a crossing
    assert _ground(0.5, 43.0).labels[0, 0] == road  # between two stripes


def test_thin_paint_fades_with_distance_instead_of_flickering():
    near = _ground(1.55, 7.0).colour.mean()
    far = _ground(1.55, 7.0, foot=0.8)
    road = _ground(0.8, 7.0, foot=0.8).colour.mean()
    assert far.labels[0, 0] == LABEL_NAMES.index("road")
    assert road < far.colour.mean() < near


def test_facade_windows_and_roofs():
    wall = Wall(
        ends=np.float32([8, 20]),
        heights=np.float32([6.0, 9.0]),
        colours=np.float32([[200, 100, 50], [90, 90, 90]]),
        window_period=np.float32([2.0, 2.0]),
        window_share=np.float32([0.5, 0.5]),
        instances=np.uint16([4001, 4002]),
    )
    along = np.float32([3.0, 9.0, 21.0])
    small = np.full(3, 0.01, np.float32)
    height = np.float32([[7.5] * 3, [4.5] * 3, [-0.2] * 3])
    colour, covered, ids = facade(
        wall, along, height, np.full(3, 9, np.float32), small, small, 1.0, 0.0
    )
    assert covered.tolist() == [[False, True, True], [True] * 3, [False] * 3]
    assert ids.tolist() == [4001, 4002, 4002]
    # Bays of (8 - 0.6) / 3 from 0.3 on: 3.0 lies a tenth into the second, on wall.
    assert colour[1, 0, 0] > 150
    bay = 0.3 + 1.5 * 7.4 / 3
    in_window, _, _ = facade(
        wall, np.float32([bay]), np.float32([[4.5]]), *[small[:1]] * 3, 1.0, 0.0
    )
    assert in_window[0, 0, 0] < 100


def _tree(folder):
    return {
        str(p.relative_to(folder)): p.read_bytes()
        for p in folder.rglob("*")
        if p.is_file()
    }


def test_the_road_is_as_deep_as_its_row_says():
    street = ToyStreet(3, (48, 96), 2)
    depth, labels = street.depth(1), street.frame(1).label_map
    assert depth.shape == (48, 96) and depth.dtype == np.float32
    rows, columns = np.nonzero(np.isin(labels, (ROAD, LANE_MARK, PAVEMENT)))
    assert len(rows) > 500
    # Eyes 1.55 m above the ground, a focal length of 0.8 widths, a horizon at 0.46.
    expected = 1.55 * 0.8 * 96 / (rows - 0.46 * 47)
    np.testing.assert_allclose(depth[rows, columns], expected, rtol=1e-5)
    sky = labels == SKY
    assert sky.any() and np.isinf(depth[sky]).all()
    assert np.isfinite(depth[~sky]).all() and (depth[~sky] > 0.3).all()


def test_depth_and_the_drive_give_the_flow_of_all_that_stands():
    size, t = (48, 96), 4
    street = ToyStreet(11, size, 6)
    frame, depth = street.frame(t), street.depth(t)
    still = np.isin(frame.label_map, (ROAD, PAVEMENT, BUILDING, TREE))
    assert still.sum() > 1500
    focal, centre = 0.8 * size[1], ((size[1] - 1) / 2, 0.46 * (size[0] - 1))
    rows, columns = np.mgrid[: size[0], : size[1]]
    x = np.where(still, depth, 1) * (columns - centre[0]) / focal
    y = np.where(still, depth, 1) * (rows - centre[1]) / focal
    z = np.where(still, depth, 1)
    (here_x, here_z, turn), (then_x, then_z, before) = street._scene.camera[[t, t - 1]]
    world_x = x * np.cos(turn) + z * np.sin(turn) + here_x - then_x
    world_z = -x * np.sin(turn) + z * np.cos(turn) + here_z - then_z
    then = world_z * np.cos(before) + world_x * np.sin(before)
    aside = world_x * np.cos(before) - world_z * np.sin(before)
    flow = np.stack(
        [
            focal * aside / then + centre[0] - columns,
            focal * y / then + centre[1] - rows,
        ],
        axis=-1,
    )
    np.testing.assert_allclose(frame.flow[still], flow[still], atol=2e-3)
    assert np.abs(flow[still]).max() > 2


def test_depth_of_a_frame_that_is_not_there():
    with pytest.raises(InputError, match="no frame 2"):
        ToyStreet(3, (32, 64), 2).depth(2)


def test_depth_is_written_in_steps_as_kitti_s(tmp_path):
    write_clips(tmp_path / "out", 1, 3, (32, 64), seed=5)
    path = tmp_path / "out/train_depth/toy_0000/000002.png"
    stored = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    assert stored.dtype == np.uint16 and stored.shape == (32, 64)
    street = ToyStreet((5, 0), (32, 64), 3)
    depth, sky = street.depth(2), street.frame(2).label_map == SKY
    assert (stored[sky] == 0).all() and sky.any() and (stored[~sky] > 0).all()
    error = stored[~sky] / 256 - depth[~sky]
    assert np.abs(error).max() <= 1 / 512 + 1e-5


def test_depth_beyond_16_bits_is_the_farthest():
    depth = np.float32([[0.001, 2.5, 255.99], [256, 900, np.inf]])
    assert _stored(depth).tolist() == [[1, 640, 65533], [65535, 65535, 0]]


def test_written_clips_read_back(tmp_path):
    write_clips(tmp_path / "out", 2, 3, (32, 64), seed=5)
    files = _tree(tmp_path / "out")
    names = {
        f"{folder}/toy_{clip:04d}/{t:06d}.png"
        for folder in FOLDERS
        for clip in (0, 1)
        for t in ((1, 2) if folder in ("train_flow", "train_visible") else (0, 1, 2))
    }
    assert set(files) == names

    truth = ToyStreet((5, 1), (32, 64), 3).frame(2)

    def read(folder):
        path = tmp_path / "out" / folder / "toy_0001" / "000002.png"
        return cv2.imread(str(path), cv2.IMREAD_UNCHANGED)

    for folder, expected in (
        ("train_A", truth.label_map),
        ("train_B", truth.frame[..., ::-1]),
        ("train_inst", truth.instance_map),
        ("train_visible", truth.visible.astype(np.uint8) * 255),
    ):
        assert read(folder).dtype == expected.dtype
        np.testing.assert_array_equal(read(folder), expected)
    flow, valid = read_flow(tmp_path / "out/train_flow/toy_0001/000002.png")
    np.testing.assert_array_equal(valid, truth.visible)
    np.testing.assert_allclose(
        flow[truth.visible], truth.flow[truth.visible], atol=1 / 128 + 1e-6
    )


def test_clips_of_one_call_and_of_two_seeds_differ(tmp_path):
    write_clips(tmp_path / "a", 2, 2, (32, 64), seed=0)
    write_clips(tmp_path / "b", 1, 2, (32, 64), seed=1)
    frames = [
        (tmp_path / "a/train_B/toy_0000/000000.png").read_bytes(),
        (tmp_path / "a/train_B/toy_0001/000000.png").read_bytes(),
        (tmp_path / "b/train_B/toy_0000/000000.png").read_bytes(),
    ]
    assert len(set(frames)) == 3


def test_writer_touches_no_used_folder(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match="--overwrite"):
        write_clips(tmp_path, 1, 2, (32, 64), seed=0)
    assert _tree(tmp_path) == {"notes.txt": b"mine"}


def test_overwrite_replaces_the_clips_and_nothing_else(tmp_path):
    write_clips(tmp_path, 2, 2, (32, 64), seed=0)
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / ".toy_0001.left").mkdir()
    write_clips(tmp_path, 1, 3, (32, 64), seed=1, overwrite=True)
    files = _tree(tmp_path)
    assert files.pop("notes.txt") == b"mine"
    assert not (tmp_path / ".toy_0001.left").exists()
    write_clips(tmp_path / "fresh", 1, 3, (32, 64), seed=1)
    assert files == _tree(tmp_path / "fresh")


def test_overwrite_spares_clips_of_others(tmp_path):
    clip = tmp_path / "train_A" / "aachen"
    clip.mkdir(parents=True)
    (clip / "0.png").write_bytes(b"x")
    with pytest.raises(InputError, match="aachen"):
        write_clips(tmp_path, 1, 2, (32, 64), seed=0, overwrite=True)
    assert _tree(tmp_path) == {"train_A/aachen/0.png": b"x"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, 2, (32, 64), 0), "1 clip"),
        ((1, 1, (32, 64), 0), "2 frames"),
        ((1, 2, (16, 64), 0), "64x16"),
        ((1, 2, (32, 64), -1), "seed"),
    ],
)
def test_writer_checks_before_it_makes_anything(tmp_path, arguments, message):
    with pytest.raises(InputError, match=message):
        write_clips(tmp_path / "out", *arguments)
    assert not (tmp_path / "out").exists()


def test_writer_refuses_a_file(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="is a file"):
        write_clips(tmp_path / "file", 1, 2, (32, 64), seed=0)
