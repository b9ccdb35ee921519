import shutil

import numpy as np
import pytest
import tensorflow as tf

from v2v_tf.data.clips import Clip
from v2v_tf.errors import InputError
from v2v_tf.inference.loading import open_run
from v2v_tf.inference.synthesizer import Synthesizer, to_uint8
from v2v_tf.models.vid2vid.chunk import generate_chunk
from v2v_tf.models.vid2vid.generator import build_generator
from v2v_tf.models.vid2vid.states import generate_frame


@pytest.fixture(scope="module")
def toy_run(tmp_path_factory, street_config, save_run):
    """(run folder, the model whose weights it holds)."""
    run_dir = tmp_path_factory.mktemp("run") / "toy"
    return run_dir, save_run(street_config(), run_dir)


@pytest.fixture(scope="module")
def synthesizer(toy_run):
    return Synthesizer.load(toy_run[0])


def _untrained(config) -> Synthesizer:
    tf.keras.utils.set_random_seed(11)
    return Synthesizer(config, build_generator(config))


def _start(synthesizer, clip):
    n = synthesizer.history
    instances, frames = clip["instances"][:n], clip["frames"][:n]
    return synthesizer.init_states(clip["conditions"][:n], instances, frames)


def _stream(synthesizer, clip):
    n = synthesizer.history
    return synthesizer.stream(
        clip["conditions"][n:], clip["instances"][n:], _start(synthesizer, clip)
    )


def _channels(synthesizer, clip):
    """The encoded conditions of the generated frames, [1, F, H, W, C]."""
    n = synthesizer.history
    ids = tf.constant(clip["instances"][n:])
    return synthesizer.conditioning.encode(tf.constant(clip["conditions"][n:]), ids)[
        None
    ]


def _assert_same_levels(images, expected):
    """The bound of "the same frames" on uint8: 1 level, 99.9 % equal."""
    difference = np.abs(np.asarray(images, np.int16) - np.asarray(expected, np.int16))
    assert difference.max() <= 1
    assert np.mean(difference == 0) >= 0.999


def test_rollout_has_one_frame_for_each_frame_after_the_history(synthesizer, make_clip):
    result = synthesizer.rollout(make_clip(7))
    assert synthesizer.history == 2
    shapes = {name: array.shape for name, array in result._asdict().items()}
    assert shapes == {
        "fake_frames": (5, 32, 64, 3),
        "raw_frames": (5, 32, 64, 3),
        "warped_frames": (5, 32, 64, 3),
        "flow": (5, 32, 64, 2),
        "mask": (5, 32, 64, 1),
    }
    assert {str(array.dtype) for array in result[:3]} == {"uint8"}
    assert {str(array.dtype) for array in result[3:]} == {"float32"}
    assert 0.0 <= result.mask.min() < result.mask.max() <= 1.0
    assert np.abs(result.flow).max() > 0.5


def test_a_clip_and_a_mapping_of_its_arrays_give_the_same(synthesizer, make_clip):
    arrays = make_clip(4)
    of_clip = synthesizer.rollout(Clip.of(arrays))
    of_mapping = synthesizer.rollout(arrays)
    for name, array in of_clip._asdict().items():
        np.testing.assert_array_equal(array, getattr(of_mapping, name), name)
    with pytest.raises(InputError, match="a clip needs 'conditions'"):
        synthesizer.rollout({"frames": arrays["frames"]})


def test_stream_equals_rollout(synthesizer, make_clip):
    clip = make_clip(6)
    whole = synthesizer.rollout(clip)
    for t, frame in enumerate(_stream(synthesizer, clip)):
        for name, array in frame._asdict().items():
            np.testing.assert_array_equal(array, getattr(whole, name)[t], name)
    assert t == 3


def test_rollout_equals_one_graph_over_the_clip(synthesizer, make_clip):
    clip = make_clip(6)
    chunk = tf.function(generate_chunk)
    output, states = chunk(
        synthesizer.generator,
        _channels(synthesizer, clip),
        _start(synthesizer, clip),
    )
    whole = synthesizer.rollout(clip)
    for name in ("fake_frames", "raw_frames", "warped_frames"):
        _assert_same_levels(getattr(whole, name), to_uint8(getattr(output, name)[0]))
    np.testing.assert_allclose(whole.mask, output.mask[0], atol=1e-4)
    # Pixels: twenty times what the network's last layer gives.
    np.testing.assert_allclose(whole.flow, output.flow[0], atol=20 * 1e-4)
    np.testing.assert_array_equal(states.frames[-1][0], output.fake_frames[0, -2:])


def test_two_chunks_equal_one(synthesizer, make_clip):
    clip = make_clip(7)
    channels, states = _channels(synthesizer, clip), _start(synthesizer, clip)
    one, _ = generate_chunk(synthesizer.generator, channels, states)
    first, states = generate_chunk(synthesizer.generator, channels[:, :2], states)
    second, _ = generate_chunk(synthesizer.generator, channels[:, 2:], states)
    frames = tf.concat([first.fake_frames, second.fake_frames], axis=1)
    np.testing.assert_allclose(frames, one.fake_frames, atol=1e-4)


def test_a_batch_of_two_equals_each_alone(synthesizer, make_clip):
    clips = [make_clip(3, seed=1), make_clip(3, seed=2)]
    conditions = [_channels(synthesizer, clip)[:, 0] for clip in clips]
    states = [_start(synthesizer, clip) for clip in clips]
    both, next_states = generate_frame(
        synthesizer.generator,
        tf.concat(conditions, axis=0),
        tf.nest.map_structure(lambda *x: tf.concat(x, axis=0), *states),
    )
    for index in range(2):
        alone, next_alone = generate_frame(
            synthesizer.generator, conditions[index], states[index]
        )
        frames, frames_alone = both.fake_frames[index], alone.fake_frames[0]
        np.testing.assert_allclose(frames, frames_alone, atol=1e-4)
        _assert_same_levels(to_uint8(frames), to_uint8(frames_alone))
        np.testing.assert_allclose(
            next_states.frames[-1][index], next_alone.frames[-1][0], atol=1e-4
        )
    assert np.abs(both.fake_frames[0] - both.fake_frames[1]).max() > 0.1


def test_states_drop_the_oldest_frame(synthesizer, make_clip):
    clip = make_clip(3)
    states = _start(synthesizer, clip)
    np.testing.assert_allclose(
        states.frames[-1][0], clip["frames"][:2] / 127.5 - 1.0, atol=1e-6
    )
    channels = _channels(synthesizer, clip)[:, 0]
    output, after = generate_frame(synthesizer.generator, channels, states)
    np.testing.assert_array_equal(after.frames[-1][:, 0], states.frames[-1][:, 1])
    np.testing.assert_array_equal(after.frames[-1][:, 1], output.fake_frames)
    np.testing.assert_array_equal(after.conditions[:, 1], channels)


def test_clips_do_not_influence_each_other(synthesizer, make_clip):
    one, other = make_clip(5, seed=3), make_clip(5, size=(48, 32), seed=4)
    before = synthesizer.rollout(one)
    of_other = synthesizer.rollout(other)
    pairs = zip(
        _stream(synthesizer, one), _stream(synthesizer, other), range(3), strict=True
    )
    for frame, frame_of_other, t in pairs:
        np.testing.assert_array_equal(frame.fake_frames, before.fake_frames[t])
        np.testing.assert_array_equal(
            frame_of_other.fake_frames, of_other.fake_frames[t]
        )
    fresh = Synthesizer(synthesizer.config, synthesizer.generator).rollout(other)
    np.testing.assert_array_equal(fresh.fake_frames, of_other.fake_frames)


def test_a_stream_asks_for_one_condition_at_a_time(synthesizer, make_clip):
    clip, asked = make_clip(6), []

    def conditions():
        for t in range(2, 6):
            asked.append(t)
            yield clip["conditions"][t]

    states = _start(synthesizer, clip)
    for count, _ in enumerate(
        synthesizer.stream(conditions(), iter(clip["instances"][2:]), states), 1
    ):
        assert len(asked) == count
    assert asked == [2, 3, 4, 5]


def test_load_restores_the_weights(toy_run, synthesizer, make_clip):
    _, model = toy_run
    clip = make_clip(4)
    in_memory = Synthesizer(synthesizer.config, model.generator).rollout(clip)
    np.testing.assert_array_equal(
        synthesizer.rollout(clip).fake_frames, in_memory.fake_frames
    )
    other = _untrained(synthesizer.config).rollout(clip)
    assert not np.array_equal(other.fake_frames, in_memory.fake_frames)


def test_load_needs_a_run_with_a_checkpoint(tmp_path, toy_run):
    with pytest.raises(InputError, match=r"absent is no run folder.*config\.yaml"):
        Synthesizer.load(tmp_path / "absent")
    shutil.copy(toy_run[0] / "config.yaml", tmp_path)
    with pytest.raises(InputError, match="checkpoints holds no checkpoint yet"):
        Synthesizer.load(tmp_path)


@pytest.mark.slow
def test_zeros_start_without_first_frames_and_without_the_warp(
    street_config, make_clip
):
    synthesizer = _untrained(street_config("generator.first_frames=zeros"))
    clip = make_clip(5)
    given = synthesizer.rollout(clip)
    np.testing.assert_array_equal(given.fake_frames[0], given.raw_frames[0])
    assert not np.array_equal(given.fake_frames[1], given.raw_frames[1])
    del clip["frames"]
    absent = synthesizer.rollout(clip)
    np.testing.assert_array_equal(absent.fake_frames, given.fake_frames)
    states = synthesizer.init_states(
        clip["conditions"][:2], clip["instances"][:2], None
    )
    assert states.frames[-1].shape == (1, 2, 32, 64, 3)
    assert not np.any(states.frames[-1])


@pytest.mark.slow
def test_a_model_of_either_begins_as_it_is_asked(
    street_config, make_clip, save_run, tmp_path
):
    config = street_config("generator.first_frames=either")
    save_run(config, tmp_path / "run")
    clip = make_clip(5)
    given = open_run(tmp_path / "run").rollout(clip)
    assert not np.array_equal(given.fake_frames[0], given.raw_frames[0])
    blank = open_run(tmp_path / "run", first_frames="zeros").rollout(clip)
    np.testing.assert_array_equal(blank.fake_frames[0], blank.raw_frames[0])
    assert not np.array_equal(blank.fake_frames[1], blank.raw_frames[1])
    assert not np.array_equal(blank.fake_frames, given.fake_frames)
    del clip["frames"]
    alone = open_run(tmp_path / "run").rollout(clip)
    np.testing.assert_array_equal(alone.fake_frames, blank.fake_frames)
    with pytest.raises(InputError, match="makes its first frames itself: use zeros"):
        open_run(tmp_path / "run", None, "generated", tmp_path / "run")


def test_given_first_frames_matter_and_the_first_frame_is_warped(
    synthesizer, make_clip
):
    clip = make_clip(3)
    result = synthesizer.rollout(clip)
    assert not np.array_equal(result.fake_frames, result.raw_frames)
    clip["frames"] = 255 - clip["frames"]
    changed = synthesizer.rollout(clip)
    assert not np.array_equal(result.fake_frames, changed.fake_frames)


def test_a_history_of_one_frame(street_config, make_clip):
    synthesizer = _untrained(street_config("generator.num_frames=2"))
    assert synthesizer.history == 1
    assert len(synthesizer.rollout(make_clip(4)).fake_frames) == 3


def test_without_flow_there_is_nothing_to_warp(street_config, make_clip):
    synthesizer = _untrained(street_config("generator.use_flow=false"))
    result = synthesizer.rollout(make_clip(4))
    assert result.warped_frames is result.flow is result.mask is None
    np.testing.assert_array_equal(result.fake_frames, result.raw_frames)


def test_missing_first_frames(synthesizer, make_clip):
    clip = make_clip(4)
    del clip["frames"]
    with pytest.raises(InputError, match="needs 2 first frames, got none"):
        synthesizer.rollout(clip)


def test_a_clip_too_short(synthesizer, make_clip):
    with pytest.raises(InputError, match="more than 2 frames .*, got 2"):
        synthesizer.rollout(make_clip(2))


def test_missing_instances(synthesizer, make_clip):
    clip = make_clip(5)
    whole = dict(clip)
    del clip["instances"]
    with pytest.raises(InputError, match="needs `instances`.*use_instances=false"):
        synthesizer.rollout(clip)
    frames = synthesizer.stream(
        whole["conditions"][2:], whole["instances"][2:4], _start(synthesizer, whole)
    )
    assert len([next(frames), next(frames)]) == 2
    with pytest.raises(InputError, match="needs `instances` for every frame"):
        next(frames)


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("frames", lambda x: x[:, :, :32], r"frames: .*32, 64, 3\], got .*32, 32, 3\]"),
        ("frames", lambda x: x[:1], r"frames: expected uint8 \[2, .*got uint8 \[1, "),
        ("frames", lambda x: x / 127.5 - 1, "frames: expected uint8 .*got float64"),
        ("conditions", lambda x: x[..., 0], r"conditions: .*got uint8 \[2, 32, 64\]"),
        ("conditions", lambda x: x.astype(np.int32), "uint8 .*got int32"),
        ("instances", lambda x: x[:, :8], r"instances: .*\[2, 32, 64\].*\[2, 8, 64\]"),
    ],
)
def test_wrong_arrays(synthesizer, make_clip, name, change, message):
    clip = make_clip(4)
    clip[name] = change(clip[name])
    with pytest.raises(InputError, match=message):
        synthesizer.rollout(clip)


def test_a_size_the_generator_cannot_halve(synthesizer, make_clip):
    clip = {name: array[:, :30] for name, array in make_clip(4).items()}
    with pytest.raises(InputError, match="64x30 must be divisible by 4"):
        synthesizer.rollout(clip)


def test_a_condition_of_another_size_in_the_stream(synthesizer, make_clip):
    states = _start(synthesizer, make_clip(2))
    other = make_clip(1, size=(48, 64))
    frames = synthesizer.stream(other["conditions"], other["instances"], states)
    with pytest.raises(InputError, match=r"\[32, 64, 1\], got uint8 \[48, 64, 1\]"):
        next(frames)


@pytest.mark.slow
def test_mixed_precision_is_that_of_the_run(
    street_config, save_run, synthesizer, make_clip, tmp_path
):
    save_run(street_config("runtime.precision=mixed_bfloat16"), tmp_path / "run")
    clip = make_clip(3)
    result = Synthesizer.load(tmp_path / "run").rollout(clip)
    assert result.flow.dtype == result.mask.dtype == np.float32
    # The same weights, with the rounding of bfloat16 (8 bits).
    full = synthesizer.rollout(clip)
    assert not np.array_equal(result.mask, full.mask)
    np.testing.assert_allclose(result.mask, full.mask, atol=0.05)
    assert tf.keras.mixed_precision.global_policy().name == "float32"


def test_to_uint8_rounds_and_clips():
    #         level 0    63.75     127.5      165.75    255   above
    images = [-1.2, -1.0, -0.5, 0.0, 0.3, 1.0, 7.0]
    levels = to_uint8(tf.constant(images))
    assert levels.dtype == tf.uint8
    assert levels.numpy().tolist() == [0, 0, 64, 128, 166, 255, 255]


def test_to_uint8_undoes_the_scaling_of_frames():
    levels = tf.range(256)
    images = tf.cast(levels, tf.float32) / 127.5 - 1.0
    np.testing.assert_array_equal(to_uint8(images), levels)
