"""Previews of a real little generator, read back from what they write."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from v2v_tf import config as configuration
from v2v_tf.data.input.dataset import read_clips
from v2v_tf.errors import InputError
from v2v_tf.inference.generation import measure
from v2v_tf.inference.synthesizer import Synthesizer
from v2v_tf.metrics.summary import mean_of
from v2v_tf.models.vid2vid.generator import SequentialGenerator
from v2v_tf.tasks import registry
from v2v_tf.training.previews import Previews
from v2v_tf.visualization.video import read_video


class Counted(SequentialGenerator):
    """Counts how often Python, and so the tracing of a roll-out, comes by."""

    def __init__(self, *args) -> None:
        super().__init__(*args)
        self.traces = 0

    def __call__(self, *args, **kwargs):
        self.traces += 1
        return super().__call__(*args, **kwargs)


class Drifting(tf.keras.Model):
    """Two steps an epoch that move a generator's weights, as training would."""

    def __init__(self, config) -> None:
        super().__init__()
        tf.keras.utils.set_random_seed(4)
        channels = registry.create(config).num_channels
        self.preview_generator = Counted(config.generator, channels)
        self.preview_generator.build_weights()
        self.compile()

    def train_step(self, data: tf.Tensor) -> dict[str, tf.Tensor]:
        for weight in self.preview_generator.trainable_variables:
            weight.assign_add(tf.fill(weight.shape, 0.05))
        return {"generator/gan": data[0]}

    def train(self, previews: Previews, epochs: int, first_epoch: int = 0) -> None:
        self.fit(
            tf.data.Dataset.from_tensors(np.float32([1.0])).repeat(),
            initial_epoch=first_epoch,
            epochs=first_epoch + epochs,
            steps_per_epoch=2,
            verbose=0,
            callbacks=[previews],
        )


def events(folder: Path) -> EventAccumulator:
    reader = EventAccumulator(str(folder), {"images": 0, "tensors": 0})
    return reader.Reload()


def scalars(reader: EventAccumulator, tag: str) -> list[tuple[int, float]]:
    return [
        (event.step, float(tf.make_ndarray(event.tensor_proto)))
        for event in reader.Tensors(tag)
    ]


def expected(model, config, clips) -> dict[str, float]:
    """The mean metrics of the weights as they are, by a synthesizer of its own."""
    synthesizer = Synthesizer(config, model.preview_generator)
    return mean_of(
        [
            measure(clip, synthesizer.rollout(clip), config, synthesizer.history)
            for clip in clips
        ]
    )


@pytest.fixture(scope="module")
def config():
    return configuration.load_config("test/toy_street", ("generator.num_blocks=1",))


@pytest.fixture(scope="module")
def model(config):
    return Drifting(config)


@pytest.fixture(scope="module")
def clips(config, toy_data):
    """Two clips of different lengths."""
    one, two, *_ = read_clips(toy_data, config)
    return [one, two.take(len(two) - 3)]


@pytest.fixture(scope="module")
def previewed(tmp_path_factory, config, model, clips):
    """Previews of epochs 2 and 3, of 1 to 3, every other one, from step 40."""
    folder = tmp_path_factory.mktemp("run")
    previews = Previews(clips, config, folder, 40, every_epochs=2, fps=5.0)
    model.train(previews, epochs=3)
    return folder, previews, expected(model, config, clips)


@pytest.mark.slow
def test_epochs_that_are_due_and_the_last_of_a_stage(previewed, clips):
    folder, previews, _ = previewed
    assert [step for step, _ in previews.history] == [44, 46]
    first, second = (clip.clip_id for clip in clips)
    assert sorted(path.name for path in (folder / "samples").iterdir()) == sorted(
        [
            *(f"epoch_0002_{first}.mp4", f"epoch_0002_{second}.mp4"),
            *(f"epoch_0003_{first}.mp4", f"epoch_0003_{second}.mp4"),
        ]
    )


def test_metrics_are_the_free_running_clips_mean(previewed):
    folder, previews, now = previewed
    assert previews.metrics == previews.history[1][1]
    assert previews.metrics == pytest.approx(now)
    assert {"psnr", "ssim", "warping_error", "flow_error"} <= set(now)
    # Weights moved in between, under a roll-out that was traced once.
    before = previews.history[0][1]
    assert abs(before["psnr"] - now["psnr"]) > 0.1
    reader = events(folder / "validation")
    for name in now:
        assert scalars(reader, f"eval/{name}") == [
            (44, pytest.approx(before[name])),
            (46, pytest.approx(now[name])),
        ]


def test_tensorboard_reads_a_gif_that_moves(previewed, clips):
    folder, _, _ = previewed
    reader = events(folder / "validation")
    for clip in clips:
        shown = reader.Images(f"previews_gif/{clip.clip_id}")
        assert [event.step for event in shown] == [44, 46]
        assert shown[0].encoded_image_string[:6] == b"GIF89a"
        assert shown[0].encoded_image_string != shown[1].encoded_image_string
        with Image.open(io.BytesIO(shown[1].encoded_image_string)) as gif:
            assert gif.n_frames == len(clip.frames) - 2
            assert gif.info["duration"] == 200
            assert gif.size == (shown[1].width, shown[1].height)


def test_a_sheet_has_a_row_for_each_tile(previewed, clips):
    folder, _, _ = previewed
    reader = events(folder / "validation")
    longer, shorter = (reader.Tensors(f"previews/{clip.clip_id}")[1] for clip in clips)
    assert (longer.step, shorter.step) == (46, 46)
    pictures = [
        tf.io.decode_png(tf.make_ndarray(event.tensor_proto)[2]).numpy()
        for event in (longer, shorter)
    ]
    # Tiles of 64x32 four times as large, 8 pixels between, captions above; five
    # moments of six generated frames, three of three.
    assert {picture.shape[0] for picture in pictures} == {22 + 6 * (128 + 8)}
    assert pictures[0].shape[1] - pictures[1].shape[1] == 2 * (256 + 8)
    last_real = clips[0].frames[-1].repeat(4, axis=0).repeat(4, axis=1)
    top = 22 + 128 + 8
    np.testing.assert_array_equal(pictures[0][top : top + 128, -264:-8], last_real)


def test_the_panel_video_is_of_the_whole_clip(previewed, clips):
    folder, _, _ = previewed
    name = clips[1].clip_id
    video = read_video(folder / "samples" / f"epoch_0003_{name}.mp4")
    assert len(video) == len(clips[1].frames) - 2
    assert video.shape[1] > 2 * 128 and video.shape[2] > 2 * 256


@pytest.mark.slow
def test_over_stages_one_trace_serves_and_old_videos_go(tmp_path, config, model, clips):
    samples = tmp_path / "samples"
    samples.mkdir()
    for name in ("epoch_0001_mine.mp4", "notes.txt"):
        (samples / name).write_text("not of the previews")
    interrupted = samples / f"epoch_0004_{clips[0].clip_id}.mp4"
    interrupted.write_text("of a run that was resumed from before")
    other, before = Drifting(config), model.preview_generator.traces
    previews = Previews(clips, config, tmp_path, 0, keep=2)
    model.train(previews, epochs=2)
    model.train(previews, epochs=1, first_epoch=2)
    other.train(previews, epochs=1, first_epoch=3)
    assert model.preview_generator.traces == before + 1
    assert other.preview_generator.traces == 1
    assert [step for step, _ in previews.history] == [2, 4, 6, 8]
    reader = events(tmp_path / "validation")
    assert [step for step, _ in scalars(reader, "eval/psnr")] == [2, 4, 6, 8]
    assert len(read_video(interrupted)) == len(clips[0].frames) - 2
    assert sorted(path.name for path in samples.iterdir()) == sorted(
        [
            *("epoch_0001_mine.mp4", "notes.txt"),
            *(f"epoch_{n:04d}_{c.clip_id}.mp4" for n in (3, 4) for c in clips),
        ]
    )


@pytest.mark.parametrize("name", ["samples", "validation"])
def test_a_disk_that_refuses_stops_training(tmp_path, config, model, clips, name):
    (tmp_path / name).write_text("in the way")
    previews = Previews(clips[1:], config, tmp_path, 0)
    with pytest.raises((OSError, tf.errors.OpError)):
        model.train(previews, epochs=1)
    assert previews.history == []


def test_what_cannot_be_previewed_is_refused_before_training(tmp_path, config, clips):
    with pytest.raises(InputError, match="one clip or more, got none"):
        Previews([], config, tmp_path, 0)
    with pytest.raises(InputError, match="two clips have the name"):
        Previews([clips[0], clips[0]], config, tmp_path, 0)
    short = clips[1].take(2)
    with pytest.raises(InputError, match="needs more than 2 frames .* got 2"):
        Previews([clips[0], short], config, tmp_path, 0)
    for wrong in ({"every_epochs": 0}, {"fps": float("nan")}, {"keep": -1}):
        with pytest.raises(InputError, match=f"{next(iter(wrong))} must be above 0"):
            Previews(clips, config, tmp_path, 0, **wrong)
    assert not list(tmp_path.iterdir())
