"""Face: planes, crop and part map of a record."""

import imageio.v3 as imageio
import numpy as np
import pytest
import tensorflow as tf

from v2v_tf.config import ResizeConfig
from v2v_tf.errors import InputError
from v2v_tf.tasks.base import RawFrame
from v2v_tf.tasks.face import curves as face_curves
from v2v_tf.tasks.face.conditioning import FaceConditioning
from v2v_tf.tasks.face.config import FaceConfig

SOURCE = (120, 160)


def conditioning(**changes) -> FaceConditioning:
    return FaceConditioning(
        FaceConfig(**changes), ResizeConfig(scale="square", load_size=128)
    )


def raw_frame(**changes) -> RawFrame:
    """Landmarks 40 wide, so a crop of 100, on noise."""
    points = np.random.default_rng(3).uniform([60, 40], [100, 80], (68, 2)).round()
    points[0], points[16] = (60, 60), (100, 60)
    points[8], points[19] = (80, 80), (80, 40)
    image = np.random.default_rng(4).integers(0, 255, (*SOURCE, 3), np.uint8)
    return RawFrame(**({"image": image, "landmarks": points} | changes))


def test_plan_crops_around_the_face():
    geometry = conditioning().plan(raw_frame())
    assert geometry.source_size == SOURCE
    assert geometry.crop == (0, 100, 30, 130)  # y about 50, x about 80
    assert geometry.size == (128, 128)


def test_a16_15_planes_and_parts_0_to_6():
    task = conditioning()
    assert task.num_planes == task.num_channels == 15
    drawn = task.draw(raw_frame(), task.plan(raw_frame()))
    assert drawn.planes.shape == (128, 128, 15)
    assert drawn.planes.dtype == np.uint8
    assert drawn.frame.shape == (128, 128, 3)
    assert drawn.instances.shape == (128, 128)
    assert drawn.instances.dtype == np.uint16
    assert drawn.instances.max() <= 6
    assert {0, 1} < set(np.unique(drawn.instances))


def test_planes_are_the_maps_cropped():
    task = FaceConditioning(
        FaceConfig(background_edges=False), ResizeConfig(scale="none", crop="square")
    )
    raw = raw_frame()
    geometry = task.plan(raw)
    assert geometry.size == (100, 100)
    drawn = task.draw(raw, geometry)
    maps = face_curves.draw_landmarks(raw.get("landmarks"), SOURCE)
    window = slice(0, 100), slice(30, 130)
    np.testing.assert_array_equal(drawn.planes[..., 0], maps.edges[window])
    np.testing.assert_array_equal(drawn.planes[..., 1:], maps.distances[window])
    np.testing.assert_array_equal(drawn.instances, maps.parts[window])
    np.testing.assert_array_equal(drawn.frame, raw.image[window])


def test_background_edges_add_in_8_bits():
    task = FaceConditioning(
        FaceConfig(distance_maps=False), ResizeConfig(scale="none", crop="square")
    )
    raw = raw_frame()
    drawn = task.draw(raw, task.plan(raw))
    maps = face_curves.draw_landmarks(raw.get("landmarks"), SOURCE)
    background = face_curves.draw_background(raw.image, maps.parts)
    both = (maps.edges > 0) & (background > 0)
    assert both[:100, 30:130].any()
    expected = np.where(both, 254, np.maximum(maps.edges, background))
    assert drawn.planes.shape == (100, 100, 1)
    np.testing.assert_array_equal(drawn.planes[..., 0], expected[:100, 30:130])


def test_later_frames_keep_the_crop_of_the_first():
    task = conditioning()
    first, later = raw_frame(), raw_frame()
    geometry = task.plan(first)
    moved = task.draw(
        RawFrame(later.image, landmarks=later.get("landmarks") + 9), geometry
    )
    still = task.draw(first, geometry)
    np.testing.assert_array_equal(moved.frame, still.frame)
    assert (moved.instances != still.instances).any()


def test_without_background_no_image_is_needed_to_draw():
    task = conditioning(background_edges=False)
    geometry = task.plan(raw_frame())
    drawn = task.draw(raw_frame(image=None), geometry)
    assert drawn.frame is None
    assert drawn.planes.shape == (128, 128, 15)
    with pytest.raises(InputError, match="background_edges=false"):
        conditioning().draw(raw_frame(image=None), geometry)


def test_encode_is_0_to_1():
    planes = tf.constant(np.array([0, 51, 254, 255], np.uint8).reshape(1, 2, 2, 1))
    channels = conditioning().encode(planes, None)
    assert channels.dtype == tf.float32
    np.testing.assert_allclose(
        np.ravel(channels), [0, 0.2, 254 / 255, 1], rtol=1e-6, atol=0
    )


def bad_landmarks():
    points = np.full((68, 2), 70.0)
    infinite, far = points.copy(), points.copy()
    infinite[5, 1] = np.nan
    far[66] = (321, 70)
    return [
        (None, "task face needs `landmarks`"),
        (points[:67], r"68 finite points \(x, y\), got shape \[67, 2\]"),
        (points[:, :1], r"got shape \[68, 1\]"),
        ([["a", "b"]] * 68, r"got shape \[68, 2\]"),
        (infinite, r"got \[70.0, nan\] as point 5"),
        (far, r"near the image of 160x120, got \[321.0, 70.0\] as point 66"),
    ]


@pytest.mark.parametrize(("landmarks", "message"), bad_landmarks())
def test_bad_landmarks_are_named(landmarks, message):
    task = conditioning()
    geometry = task.plan(raw_frame())
    for use in (
        lambda raw: task.draw(raw, geometry),
        task.plan,
    ):
        with pytest.raises(InputError, match=message):
            use(raw_frame(landmarks=landmarks))


def test_a_first_frame_without_a_face():
    with pytest.raises(InputError, match="must span a face, got a width of 0 pixels"):
        conditioning().plan(raw_frame(landmarks=np.full((68, 2), 70.0)))


def test_frames_of_another_size():
    task = conditioning()
    geometry = task.plan(raw_frame())
    with pytest.raises(InputError, match="image must be 160x120"):
        task.draw(raw_frame(image=np.zeros((160, 120, 3), np.uint8)), geometry)


@pytest.mark.reference
def test_a16_of_a_real_clip(reference):
    task = FaceConditioning(FaceConfig(), ResizeConfig(scale="width", load_size=512))
    raws = [
        RawFrame(
            imageio.imread(image),
            landmarks=np.loadtxt(
                reference / f"data/face/train_keypoints/clip/{image.stem}.txt",
                delimiter=",",
            ),
        )
        for image in sorted((reference / "data/face/train_img/clip").glob("*.jpg"))[:2]
    ]
    geometry = task.plan(raws[0])
    for raw in raws:
        drawn = task.draw(raw, geometry)
        assert drawn.planes.shape == (512, 512, 15)
        assert set(np.unique(drawn.instances)) == set(range(7))
        channels = task.encode(tf.constant(drawn.planes), None).numpy()
        assert channels.min() == 0
        assert 0.99 < channels[..., 0].max() <= 1
