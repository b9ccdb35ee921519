"""Street: ids in records, one-hot and instance edges in the graph."""

import numpy as np
import pytest
import tensorflow as tf

from v2v_tf.config import ResizeConfig
from v2v_tf.errors import InputError
from v2v_tf.tasks.base import Geometry, RawFrame
from v2v_tf.tasks.street.conditioning import StreetConditioning, instance_edges
from v2v_tf.tasks.street.config import StreetConfig

SOURCE = (64, 96)


def conditioning(num_labels: int = 5, use_instances: bool = True) -> StreetConditioning:
    return StreetConditioning(
        StreetConfig(num_labels=num_labels, use_instances=use_instances),
        ResizeConfig(scale="width", load_size=192),
    )


def raw_frame(**changes) -> RawFrame:
    labels = np.zeros(SOURCE, np.int32)
    labels[10:20, 30:50] = 4
    instances = np.zeros(SOURCE, np.int32)
    instances[10:20, 30:50] = 34001
    image = np.full((*SOURCE, 3), 90, np.uint8)
    fields = {"image": image, "label_map": labels, "instance_map": instances}
    return RawFrame(**(fields | changes))


def test_numbers_of_planes_and_channels():
    assert (conditioning().num_planes, conditioning().num_channels) == (1, 6)
    assert conditioning(use_instances=False).num_channels == 5
    assert conditioning().uses_instances
    assert not conditioning(use_instances=False).uses_instances


def test_plan_takes_the_size_of_the_labels_and_needs_no_image():
    geometry = conditioning().plan(raw_frame(image=None))
    assert geometry == Geometry(SOURCE, (0, 64, 0, 96), (128, 192))


def test_draw_resizes_all_three():
    geometry = conditioning().plan(raw_frame())
    drawn = conditioning().draw(raw_frame(), geometry)
    assert drawn.frame.shape == (128, 192, 3)
    assert drawn.planes.shape == (128, 192, 1)
    assert (drawn.planes.dtype, drawn.instances.dtype) == (np.uint8, np.uint16)
    inside = np.zeros((128, 192), bool)
    inside[20:40, 60:100] = True
    np.testing.assert_array_equal(drawn.planes[..., 0], np.where(inside, 4, 0))
    np.testing.assert_array_equal(drawn.instances, np.where(inside, 34001, 0))


def test_draw_without_image_and_instances():
    task = conditioning(use_instances=False)
    raw = raw_frame(image=None, instance_map=None)
    drawn = task.draw(raw, task.plan(raw))
    assert drawn.frame is None
    assert drawn.instances is None


def test_all_256_ids_can_be_used():
    task = conditioning(num_labels=256)
    labels = np.zeros(SOURCE, np.uint8)
    labels[3, 5] = 255
    labels[3, 6] = 254
    raw = raw_frame(label_map=labels)
    drawn = task.draw(raw, task.plan(raw))
    channels = task.encode(drawn.planes, drawn.instances).numpy()
    assert channels.shape == (128, 192, 257)
    assert np.argwhere(channels[..., 255] == 1).tolist() == [
        [6, 10],
        [6, 11],
        [7, 10],
        [7, 11],
    ]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"label_map": None}, "needs `label_map`"),
        ({"label_map": np.full(SOURCE, 5, np.int32)}, "0 .. 4, got 5.*num_labels"),
        ({"label_map": np.full(SOURCE, -3, np.int32)}, "0 .. 4, got -3"),
        ({"label_map": np.full(SOURCE, -1, np.int32)}, "0 .. 4, got -1"),
        ({"label_map": np.zeros(SOURCE, np.float32)}, "label_map must be integers"),
        ({"label_map": np.zeros((*SOURCE, 3), np.uint8)}, r"got uint8 \[64, 96, 3\]"),
        ({"label_map": np.zeros((96, 64), np.uint8)}, "label_map must be 96x64"),
        ({"instance_map": None}, "use_instances is set"),
        ({"instance_map": np.full(SOURCE, 65536, np.int32)}, "65535, got 65536"),
        ({"instance_map": np.full(SOURCE, -1, np.int32)}, "65535, got -1"),
        ({"instance_map": np.zeros((64, 95), np.uint8)}, "instance_map must be 96x64"),
        ({"image": np.zeros((65, 96, 3), np.uint8)}, "image must be 96x64"),
    ],
)
def test_bad_frames_are_named(changes, message):
    geometry = conditioning().plan(raw_frame())
    with pytest.raises(InputError, match=message):
        conditioning().draw(raw_frame(**changes), geometry)


def test_plan_needs_labels():
    with pytest.raises(InputError, match="needs `label_map`"):
        conditioning().plan(RawFrame())


def test_instance_edges_mark_both_sides_of_4_neighbours():
    ids = tf.constant([[1, 1, 1, 1], [1, 9, 1, 1], [1, 1, 1, 2]])
    expected = [[0, 1, 0, 0], [1, 1, 1, 1], [0, 1, 1, 1]]
    np.testing.assert_array_equal(instance_edges(ids), expected)
    np.testing.assert_array_equal(
        instance_edges(tf.cast(tf.stack([ids, 0 * ids]), tf.uint16)),
        [expected, np.zeros((3, 4))],
    )


@pytest.mark.parametrize("lead", [(), (2,), (2, 3)])
def test_encode_is_one_hot_then_edges_for_any_leading_axes(lead):
    ids = np.array([[0, 4, 2], [3, 3, 1]], np.uint8)
    instances = np.array([[0, 7, 7], [0, 7, 7]], np.uint16)
    planes = np.broadcast_to(ids[..., None], (*lead, 2, 3, 1))
    encode = tf.function(conditioning().encode)
    channels = encode(
        tf.constant(planes), tf.constant(np.broadcast_to(instances, (*lead, 2, 3)))
    )
    assert channels.dtype == tf.float32
    assert channels.shape == (*lead, 2, 3, 6)
    np.testing.assert_array_equal(
        channels[..., :5], np.broadcast_to(np.eye(5)[ids], (*lead, 2, 3, 5))
    )
    np.testing.assert_array_equal(
        channels[..., 5], np.broadcast_to([[1, 1, 0], [1, 1, 0]], (*lead, 2, 3))
    )


def test_encode_without_instances():
    planes = tf.constant([[[2], [0]]], tf.uint8)
    channels = conditioning(num_labels=3, use_instances=False).encode(planes, None)
    np.testing.assert_array_equal(channels, [[[0, 0, 1], [1, 0, 0]]])


def test_encode_refuses_to_go_without_instances():
    with pytest.raises(ValueError, match="expects instances"):
        conditioning().encode(tf.zeros((1, 2, 1), tf.uint8), None)


@pytest.mark.reference
def test_real_label_maps_keep_their_ids(reference):
    import imageio.v3 as imageio

    folder = reference / "data/street/train_A/aachen"
    labels = imageio.imread(sorted(folder.glob("*.png"))[0])
    task = StreetConditioning(
        StreetConfig(use_instances=False), ResizeConfig(scale="width", load_size=512)
    )
    raw = RawFrame(label_map=labels)
    drawn = task.draw(raw, task.plan(raw))
    assert drawn.planes.shape == (256, 512, 1)
    assert set(np.unique(drawn.planes)) <= set(np.unique(labels))
    channels = task.encode(tf.constant(drawn.planes), None).numpy()
    np.testing.assert_array_equal(channels.argmax(axis=-1), drawn.planes[..., 0])
    assert channels.sum() == 256 * 512


def ignoring(num_labels: int = 5) -> StreetConditioning:
    return StreetConditioning(
        StreetConfig(num_labels=num_labels, use_instances=False, ignore_label=255),
        ResizeConfig(scale="width", load_size=96),
    )


def test_pixels_that_nobody_labelled_set_no_channel():
    labels = np.zeros(SOURCE, np.int32)
    labels[3, 5], labels[3, 6] = 255, 4
    task = ignoring()
    raw = raw_frame(label_map=labels, instance_map=None)
    drawn = task.draw(raw, task.plan(raw))
    assert (drawn.planes[3, 5, 0], task.plane_limits, task.num_channels) == (5, (5,), 5)
    channels = task.encode(tf.constant(drawn.planes), None).numpy()
    assert channels[3, 4:7].tolist() == [[1, 0, 0, 0, 0], [0] * 5, [0, 0, 0, 0, 1]]
    task.check_planes(drawn.planes, None)


def test_pixels_that_nobody_labelled_are_a_region_with_a_style():
    task = ignoring()
    assert task.num_style_classes == 6
    classes, _ = task.style_regions(tf.constant([[[5], [2]]], tf.uint8), None)
    assert classes.numpy().tolist() == [[5, 2]]


def test_the_id_that_pixels_without_a_label_get_is_none_of_a_file():
    task = ignoring()
    raw = raw_frame(label_map=np.full(SOURCE, 5, np.int32), instance_map=None)
    with pytest.raises(InputError, match=r"0 .. 4, got 5: .*--label-map"):
        task.draw(raw, task.plan(raw))
    with pytest.raises(InputError, match=r"0 .. 4, got 6"):
        task.check_planes(np.full((1, 2, 2, 1), 6), None)


def test_a_frame_of_nothing_but_unlabelled_pixels_is_drawn():
    task = ignoring()
    raw = raw_frame(label_map=np.full(SOURCE, 255, np.int32), instance_map=None)
    assert (task.draw(raw, task.plan(raw)).planes == 5).all()


def test_255_names_the_option_where_nothing_is_ignored():
    raw = raw_frame(label_map=np.full(SOURCE, 255, np.int32))
    with pytest.raises(InputError, match="got 255: .*ignore_label=255; .*train-ids"):
        conditioning().draw(raw, conditioning().plan(raw))
    with pytest.raises(InputError, match="0 .. 4, got 5"):
        conditioning().check_planes(np.full((1, 2, 2, 1), 5), np.zeros((1, 2, 2)))
