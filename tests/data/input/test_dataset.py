import itertools

import numpy as np
import pytest
import tensorflow as tf

from tests.data.conftest import equal, make, take
from v2v_tf.data import flow as flows
from v2v_tf.data.flow_composition import compose_flows
from v2v_tf.data.input import sampling
from v2v_tf.data.input.dataset import count_clips, read_clips
from v2v_tf.data.prepare.prepare import prepare
from v2v_tf.data.records.folder import check_network_size
from v2v_tf.errors import InputError

CROP = ("data.resize.crop=square", "data.resize.fine_size=32")


@pytest.fixture(scope="module")
def pose(tmp_path_factory, write_pose, make_config):
    folder = tmp_path_factory.mktemp("pose")
    source = write_pose(folder / "source", 5)
    config = make_config("pose", "data.resize.load_size=128")
    prepare(source, folder / "records", config)
    return folder / "records"


def test_batches_have_the_promised_keys_types_and_static_shapes(street, make_config):
    dataset = make(street, make_config())
    expected = {
        "conditions": ((2, 3, 32, 64, 1), tf.uint8),
        "instances": ((2, 3, 32, 64), tf.int32),
        "frames": ((2, 3, 32, 64, 3), tf.uint8),
        "flow": ((2, 2, 32, 64, 2), tf.float32),
        "flow_confidence": ((2, 2, 32, 64, 1), tf.float32),
    }
    spec = {
        name: (tuple(value.shape), value.dtype)
        for name, value in dataset.element_spec.items()
    }
    assert spec == expected
    (batch,) = take(dataset, 1)
    assert {name: value.shape for name, value in batch.items()} == {
        name: shape for name, (shape, _) in expected.items()
    }


def test_evaluation_gives_the_records_as_they_are(street, make_config):
    config = make_config()
    batches = take(make(street, config, training=False, batch_size=1, repeat=False), 9)
    whole = list(read_clips(street, config))
    assert len(batches) == len(whole) == count_clips(street) == 3
    for batch, clip in zip(batches, whole, strict=True):
        for name in ("conditions", "frames", "instances"):
            np.testing.assert_array_equal(batch[name][0], getattr(clip, name)[:3])
        np.testing.assert_array_equal(batch["flow"][0], clip.flow[:2])
        np.testing.assert_array_equal(
            clip.instances, clip.conditions[..., 0].astype(np.int32) * 1000 + 7
        )


def test_whole_clips_have_all_frames_and_a_name(street, make_config):
    lengths = {c.clip_id: c.frames.shape for c in read_clips(street, make_config())}
    assert lengths == {
        "a@000000": (4, 32, 64, 3),
        "bb@000000": (6, 32, 64, 3),
        "ccc@000000": (9, 32, 64, 3),
    }


def test_the_same_seed_gives_the_same_batches(street, make_config):
    config = make_config("street", *CROP, "data.max_stride=3")
    first = take(make(street, config), 4)
    dataset = make(street, config)
    assert equal(first, take(dataset, 4))
    assert equal(first, take(dataset, 4))
    assert not equal(first, take(make(street, config, seed=5), 4))


@pytest.mark.slow
@pytest.mark.parametrize("global_seed", [0, 5])
def test_the_global_seed_does_not_matter(street, make_config, global_seed):
    config = make_config("street", *CROP, "data.max_stride=3")
    expected = take(make(street, config), 4)
    tf.random.set_seed(global_seed)
    try:
        assert equal(expected, take(make(street, config), 4))
    finally:
        tf.random.set_seed(None)


def test_passes_differ_and_each_has_every_clip_once(street, make_config):
    config = make_config("street", "data.resize.flip=false")
    whole = list(read_clips(street, config))
    found = []
    for batch in take(make(street, config, batch_size=1), 12):
        for clip, start in itertools.product(whole, range(7)):
            if np.array_equal(batch["frames"][0], clip.frames[start : start + 3]):
                found.append((clip.clip_id, start))
    passes = [found[i : i + 3] for i in (0, 3, 6, 9)]
    names = sorted(clip.clip_id for clip in whole)
    assert all(sorted(name for name, _ in drawn) == names for drawn in passes)
    assert len({tuple(name for name, _ in drawn) for drawn in passes}) > 1
    starts = {start for drawn in passes for name, start in drawn if name[0] == "c"}
    assert len(starts) > 1


def test_starts_cover_every_frame(street, make_config):
    config = make_config("street", "data.resize.flip=false")
    (clip,) = (c for c in read_clips(street, config) if c.clip_id == "ccc@000000")
    starts = set()
    for batch in take(make(street, config, num_frames=7, batch_size=1), 30):
        matches = [
            start
            for start in range(3)
            if np.array_equal(batch["frames"][0], clip.frames[start : start + 7])
        ]
        assert len(matches) == 1
        starts.update(matches)
        np.testing.assert_array_equal(
            batch["flow"][0], clip.flow[matches[0] : matches[0] + 6]
        )
    assert starts == {0, 1, 2}


def test_strides_compose_the_flow_between_the_sampled_frames(street, make_config):
    config = make_config("street", "data.resize.flip=false", "data.max_stride=3")
    (clip,) = (c for c in read_clips(street, config) if c.clip_id == "ccc@000000")
    seen = set()
    for batch in take(make(street, config, batch_size=1), 60):
        for start, stride in itertools.product(range(7), (1, 2, 3)):
            frames = clip.frames[start : start + 2 * stride + 1 : stride]
            if np.array_equal(batch["frames"][0], frames):
                break
        else:
            continue
        seen.add(stride)
        for pair in range(2):
            used = np.s_[start + pair * stride : start + (pair + 1) * stride]
            flow, trust = clip.flow[used], clip.flow_confidence[used]
            if stride > 1:
                flow, trust = compose_flows(
                    tf.constant(flow[None]), tf.constant(trust[None])
                )
            np.testing.assert_allclose(batch["flow"][0, pair], flow[0], atol=1e-4)
            np.testing.assert_array_equal(batch["flow_confidence"][0, pair], trust[0])
        # The texture moves one pixel a frame.
        assert np.median(batch["flow"][..., 0]) == pytest.approx(stride, abs=0.1)
    assert seen == {1, 2, 3}


def test_drawn_steps_and_starts_fit_and_reach_both_ends():
    drawn = {
        tuple(int(v) for v in sampling.draw_frames(tf.constant(8), 3, 5, seed))
        for seed in tf.random.split(tf.constant([1, 2]), 200)
    }
    # Three frames of eight leave room for steps 1, 2 and 3.
    assert drawn == {(start, 1) for start in range(6)} | {
        *((start, 2) for start in range(4)),
        *((start, 3) for start in range(2)),
    }


def test_a_single_frame_has_no_flow(street, make_config):
    (batch,) = take(make(street, make_config(), num_frames=1, batch_size=3), 1)
    assert batch["frames"].shape == (3, 1, 32, 64, 3)
    assert batch["flow"].shape == (3, 0, 32, 64, 2)
    assert batch["flow_confidence"].shape == (3, 0, 32, 64, 1)


def test_records_of_one_frame_can_be_read(tmp_path, write_street, make_config):
    source = write_street(tmp_path / "source", {"a": 1})
    config = make_config("street", "data.min_frames=1")
    prepare(source, tmp_path / "out", config)
    (clip,) = read_clips(tmp_path / "out", config)
    assert clip.frames.shape == (1, 32, 64, 3)
    assert clip.flow.shape == (0, 32, 64, 2)


def test_short_records_are_left_out_with_one_warning(street, make_config, caplog):
    dataset = make(
        street, make_config(), num_frames=5, batch_size=1, training=False, repeat=False
    )
    assert len(take(dataset, 9)) == 2 == count_clips(street, num_frames=5)
    warnings = [r for r in caplog.records if "left out" in r.message]
    assert len(warnings) == 1 and "1 of 3 clips" in warnings[0].message


def test_all_records_too_short_names_the_longest(street, make_config):
    with pytest.raises(InputError, match="the 10 frames .* the longest has 9"):
        make(street, make_config(), num_frames=10)


def test_one_pass_loses_no_clip(street, make_config):
    arguments = {"training": False, "repeat": False}
    dataset = make(street, make_config(), batch_size=2, **arguments)
    assert [len(batch["frames"]) for batch in take(dataset, 9)] == [2, 1]
    assert dataset.element_spec["frames"].shape[0] is None
    dataset = make(street, make_config(), batch_size=3, **arguments)
    assert dataset.element_spec["frames"].shape[0] == 3


def test_instances_come_only_where_they_are_used(street, make_config):
    config = make_config("street", "conditioning.street.use_instances=false")
    assert "instances" not in make(street, config).element_spec
    assert next(read_clips(street, config)).instances is None


def test_pose_is_redrawn_with_drops_of_its_own_in_every_pass(pose, make_config):
    base = ("data.resize.load_size=128", "data.resize.scale=width")
    config = make_config("pose", *base, "conditioning.pose.random_drop_prob=0.5")
    (stored,) = read_clips(pose, config)
    drawn = [
        batch["conditions"][0]
        for batch in take(make(pose, config, num_frames=5, batch_size=1), 4)
    ]
    assert not np.array_equal(drawn[0], drawn[1])
    for planes in drawn:
        # Something is dropped, and nothing drawn where nothing was stored.
        before = stored.conditions[..., 3:].any(axis=-1)
        after = planes[..., 3:].any(axis=-1)
        assert after.sum() < before.sum() and not after[~before].any()
    again = take(make(pose, config, num_frames=5, batch_size=1), 4)
    for left, right in zip(drawn, again, strict=True):
        np.testing.assert_array_equal(left, right["conditions"][0])
    # DensePose parts: erased as a whole or not at all, and a frame at a time.
    kept = [
        [bool(frame[20:40, 60:65, 2].any()) for frame in planes] for planes in drawn
    ]
    assert {True, False} == set(itertools.chain(*kept))


def test_pose_without_drops_is_what_was_stored(pose, make_config):
    base = ("data.resize.load_size=128", "data.resize.scale=width")
    config = make_config("pose", *base, "conditioning.pose.random_drop_prob=0.0")
    (stored,) = read_clips(pose, config)
    (batch,) = take(make(pose, config, num_frames=5, batch_size=1), 1)
    np.testing.assert_array_equal(batch["conditions"][0], stored.conditions)
    tiny = make_config("pose", *base, "conditioning.pose.random_drop_prob=1e-12")
    (batch,) = take(make(pose, tiny, num_frames=5, batch_size=1), 1)
    np.testing.assert_array_equal(batch["conditions"][0], stored.conditions)


def test_pose_is_never_mirrored(pose, make_config):
    config = make_config(
        "pose", "data.resize.load_size=128", "conditioning.pose.random_drop_prob=0.0"
    )
    (stored,) = read_clips(pose, config)
    for batch in take(make(pose, config, num_frames=5, batch_size=1), 8):
        np.testing.assert_array_equal(batch["frames"][0], stored.frames)


def test_edges_of_videos_of_any_length(tmp_path, write_video, make_config):
    write_video(tmp_path / "source/a.mp4", 5)
    config = make_config("edges")
    prepare(tmp_path / "source", tmp_path / "out", config)
    (batch,) = take(make(tmp_path / "out", config, batch_size=1), 1)
    assert set(batch) == {"conditions", "frames", "flow", "flow_confidence"}
    assert batch["conditions"].shape == (1, 3, 32, 64, 1)


def test_records_of_another_task_are_refused(street, pose, make_config):
    with pytest.raises(InputError, match="prepared for task street.*is for edges"):
        make(street, make_config("edges"))
    config = make_config(
        "pose", "data.resize.load_size=128", "conditioning.pose.use_densepose=false"
    )
    with pytest.raises(InputError, match="holds 6 planes a frame.*draws 3"):
        make(pose, config)


def test_labels_beyond_the_configuration_are_refused(street, make_config):
    config = make_config("street", "conditioning.street.num_labels=4")
    with pytest.raises(InputError, match="holds label 4, the configuration has 4"):
        make(street, config)


def test_records_without_instances_are_refused_where_they_are_used(
    tmp_path, write_street, make_config
):
    source = write_street(tmp_path / "source", {"a": 3}, instances=False)
    config = make_config("street", "conditioning.street.use_instances=false")
    prepare(source, tmp_path / "out", config)
    with pytest.raises(InputError, match="no instance maps.*use_instances=false"):
        make(tmp_path / "out", make_config())


def test_a_folder_without_records_is_refused(tmp_path, make_config):
    for call in (
        lambda: make(tmp_path, make_config()),
        lambda: read_clips(tmp_path, make_config()),
        lambda: count_clips(tmp_path),
    ):
        with pytest.raises(InputError, match="no prepared clips"):
            call()


def test_splits_that_are_not_there_are_refused(street, make_config):
    with pytest.raises(InputError, match="no split 'eval'"):
        make(street, make_config(), split="eval")


def test_network_sizes_must_be_divisible(street, make_config):
    config = make_config(
        "street", "generator.num_downsamples=4", "generator.num_scales=3"
    )
    with pytest.raises(InputError, match="64x32 must be divisible by 64"):
        make(street, config)
    check_network_size((64, 128), config)


@pytest.mark.parametrize("name", ["num_frames", "batch_size"])
def test_counts_must_be_positive(street, make_config, name):
    with pytest.raises(InputError, match=f"{name} must be 1 or more, got 0"):
        make(street, make_config(), **{name: 0})


def test_changed_drawing_parameters_are_mentioned(
    tmp_path, write_video, make_config, caplog
):
    write_video(tmp_path / "source/a.mp4", 4)
    prepare(tmp_path / "source", tmp_path / "out", make_config("edges"))
    config = make_config("edges", "conditioning.edges.low_threshold=20")
    make(tmp_path / "out", config)
    assert any(
        "low_threshold=60.0, the configuration has 20.0" in record.message
        for record in caplog.records
    )


@pytest.mark.reference
def test_prepared_faces_train(reference, tmp_path, make_config):
    config = make_config("face", "data.resize.load_size=64")
    prepare(reference / "data/face", tmp_path / "out", config)
    (batch,) = take(make(tmp_path / "out", config, batch_size=1), 1)
    assert batch["conditions"].shape == (1, 3, 64, 64, 15)
    assert "instances" not in batch


@pytest.mark.slow
@pytest.mark.reference
def test_pose_recipe_on_real_frames(reference, tmp_path, make_config):
    config = make_config(
        "pose",
        "data.resize.load_size=288",
        "data.resize.scale=random_height",
        "data.resize.crop=scaled_height",
        "data.resize.fine_size=256",
        "data.resize.central_half=true",
    )
    prepare(reference / "data/pose", tmp_path / "out", config)
    (batch,) = take(make(tmp_path / "out", config, batch_size=1), 1)
    # method.md 2.5: 192 columns of 256 rows.
    assert batch["frames"].shape == (1, 3, 256, 192, 3)
    (clip,) = read_clips(tmp_path / "out", config)
    assert clip.conditions.shape == (5, 256, 192, 6)
    # The person stands in the middle half, in all pictures alike.
    body = clip.conditions[..., 2] > 0
    assert body.mean() > 0.05
    flow, _ = flows.decode_flow(flows.encode_flow(clip.flow[0], np.ones((256, 192))))
    np.testing.assert_allclose(flow, clip.flow[0], atol=1 / 64)
