import json
import math
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
import tensorflow as tf

from v2v_tf.data.clips import Clip
from v2v_tf.data.input.dataset import read_clips
from v2v_tf.data.prepare.prepare import prepare
from v2v_tf.errors import InputError
from v2v_tf.inference.generation import generate, measure, tiles
from v2v_tf.inference.synthesizer import Synthesized, Synthesizer
from v2v_tf.metrics import image
from v2v_tf.storage import runs
from v2v_tf.toy_street.writer import write_clips
from v2v_tf.visualization.video import read_video

SHORT = "toy_0001"


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory, street_config, save_run):
    folder = tmp_path_factory.mktemp("run") / "toy"
    save_run(street_config(), folder)
    return folder


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    """Source clips of six frames; one of two, which gives nothing to generate."""
    folder = tmp_path_factory.mktemp("clips")
    write_clips(folder, num_clips=4, num_frames=6, size=(32, 64), seed=2)
    for path in folder.glob(f"train_*/{SHORT}/*"):
        if int(path.stem) > 1:
            path.unlink()
    return folder


@pytest.fixture(scope="module")
def records(tmp_path_factory, clips, street_config):
    folder = tmp_path_factory.mktemp("records")
    # This share puts one of the four names into the split `eval`.
    config = street_config("data.min_frames=2", "data.eval_fraction=0.4")
    summary = prepare(clips, folder, config)
    assert not summary.bad
    assert summary.num_clips["eval"] == 1
    return folder


@pytest.fixture(scope="module")
def generated(tmp_path_factory, run_dir, records):
    """(output folder, returned means) of the split `train`."""
    output = tmp_path_factory.mktemp("generated") / "nested" / "out"
    return output, generate(run_dir, records, output, fps=7.0)


def _clips(data_dir, run_dir, split="train"):
    config = runs.load_config(run_dir)
    return {clip.clip_id: clip for clip in read_clips(data_dir, config, split)}


def _contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_folder_for_each_clip(generated, records, run_dir):
    output, _ = generated
    names = {name for name in _clips(records, run_dir) if not name.startswith(SHORT)}
    assert len(names) == 2
    assert {path.name for path in output.iterdir()} == {*names, "metrics.json"}
    for name in names:
        files = sorted(
            str(path.relative_to(output / name))
            for path in (output / name).rglob("*")
            if path.is_file()
        )
        # Six frames, of which the first two are history.
        frames = [f"frames/0000{t}.png" for t in (2, 3, 4, 5)]
        assert files == [*frames, "panels.mp4", "sheet.png", "video.mp4"]
    assert list(output.parent.iterdir()) == [output]


def test_frames_and_videos_show_the_rollout(generated, records, run_dir):
    output, _ = generated
    synthesizer = Synthesizer.load(run_dir)
    for name, clip in _clips(records, run_dir).items():
        if name.startswith(SHORT):
            continue
        frames = synthesizer.rollout(clip).fake_frames
        for t, frame in enumerate(frames, 2):
            read = cv2.imread(str(output / name / f"frames/{t:05d}.png"))
            np.testing.assert_array_equal(read[..., ::-1], frame)
        video = read_video(output / name / "video.mp4")
        assert video.shape == frames.shape
        # H.264 halves the resolution of colour, which noise has plenty of.
        assert np.abs(video.mean((1, 2)) - frames.mean((1, 2))).max() < 8
        panels = read_video(output / name / "panels.mp4")
        assert len(panels) == 4
        assert panels.shape[1] > 2 * 32 and panels.shape[2] > 3 * 64
        capture = cv2.VideoCapture(str(output / name / "video.mp4"))
        assert capture.get(cv2.CAP_PROP_FPS) == pytest.approx(7.0)
        capture.release()


def test_metrics_of_each_clip_and_their_mean(generated, records, run_dir):
    output, mean = generated
    saved = json.loads((output / "metrics.json").read_text())
    assert saved["mean"] == mean
    clips = _clips(records, run_dir)
    for name, values in saved["clips"].items():
        real = clips[name].frames[2:]
        paths = sorted((output / name / "frames").glob("*.png"))
        fake = np.stack([cv2.imread(str(path))[..., ::-1] for path in paths])
        assert values["psnr"] == pytest.approx(image.psnr(fake, real), abs=1e-4)
        assert values["num_frames"] == 4
        assert {"ssim", "warping_error", "flicker", "flow_error"} <= set(values)
    assert len(saved["clips"]) == 2
    for metric in ("psnr", "warping_error", "flow_error_zero"):
        two = [values[metric] for values in saved["clips"].values()]
        assert two[0] != two[1]
        assert mean[metric] == pytest.approx(sum(two) / 2)


@pytest.mark.slow
def test_the_split_eval(tmp_path, run_dir, records):
    generate(run_dir, records, tmp_path / "out", split="eval")
    (name,) = _clips(records, run_dir, "eval")
    assert (tmp_path / "out" / name / "frames/00002.png").is_file()
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "metrics.json",
        name,
    ]


def test_a_used_output_needs_overwrite(tmp_path, run_dir, records):
    output = tmp_path / "out"
    output.mkdir()
    (output / "mine.txt").write_text("keep me")
    with pytest.raises(InputError, match="out already holds something.*--overwrite"):
        generate(run_dir, records, output)
    with pytest.raises(InputError, match="is no result of generate"):
        generate(run_dir, records, output, overwrite=True)
    assert [path.name for path in tmp_path.rglob("*")] == ["out", "mine.txt"]
    (output / "metrics.json").write_text("{}")
    generate(str(run_dir), str(records), str(output), split="eval", overwrite=True)
    assert (output / "metrics.json").is_file() and not (output / "mine.txt").exists()
    assert list(tmp_path.iterdir()) == [output]


@pytest.mark.slow
def test_a_failure_in_the_middle_leaves_the_old_output(
    tmp_path, run_dir, clips, street_config
):
    data = tmp_path / "data"
    prepare(clips, data, street_config("data.num_shards=1", "data.min_frames=3"))
    (shard,) = data.glob("*.tfrecord")
    content = bytearray(shard.read_bytes())
    content[-40] ^= 0xFF  # in the last of three clips; its checksum tells
    shard.write_bytes(content)
    output = tmp_path / "out"
    output.mkdir()
    (output / "metrics.json").write_text("of an earlier call")
    with pytest.raises(tf.errors.DataLossError):
        generate(run_dir, data, output, overwrite=True)
    assert (output / "metrics.json").read_text() == "of an earlier call"
    assert {path.name for path in tmp_path.iterdir()} == {"data", "out"}


def test_a_bad_fps_leaves_nothing(tmp_path, run_dir, records):
    with pytest.raises(InputError, match="fps must be above 0, got 0"):
        generate(run_dir, records, tmp_path / "out", fps=0)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("kind", ["run", "records", "parent"])
def test_the_input_is_never_replaced(tmp_path, run_dir, records, kind):
    shutil.copytree(run_dir, tmp_path / "run")
    shutil.copytree(records, tmp_path / "records")
    before = _contents(tmp_path)
    output = tmp_path if kind == "parent" else tmp_path / kind
    with pytest.raises(InputError, match="would delete: name another folder"):
        generate(tmp_path / "run", tmp_path / "records", output, overwrite=True)
    assert _contents(tmp_path) == before


def test_an_output_that_is_a_file(tmp_path, run_dir, records):
    path = tmp_path / "file"
    path.write_text("keep me")
    with pytest.raises(InputError, match="is a file"):
        generate(run_dir, records, path, overwrite=True)
    assert path.read_text() == "keep me"


@pytest.mark.slow
def test_the_working_folder_as_output_is_filled_when_empty(
    tmp_path, run_dir, records, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.txt").write_text("")
    with pytest.raises(InputError, match="--overwrite"):
        generate(run_dir, records, Path("."))
    (tmp_path / "mine.txt").unlink()
    generate(run_dir, records, Path("."), split="eval")
    assert (tmp_path / "metrics.json").is_file()


def test_only_clips_too_short(tmp_path, run_dir, clips, street_config):
    source = tmp_path / "source"
    for folder in clips.iterdir():
        if (folder / SHORT).is_dir():
            shutil.copytree(folder / SHORT, source / folder.name / SHORT)
    prepare(source, tmp_path / "data", street_config("data.min_frames=2"))
    with pytest.raises(InputError, match="no clip of split 'train' has the 3 frames"):
        generate(run_dir, tmp_path / "data", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_missing_records_and_splits(tmp_path, run_dir, clips, street_config):
    with pytest.raises(InputError, match="absent"):
        generate(run_dir, tmp_path / "absent", tmp_path / "out")
    prepare(clips, tmp_path / "data", street_config())
    with pytest.raises(InputError, match="eval"):
        generate(run_dir, tmp_path / "data", tmp_path / "out", split="eval")
    assert not (tmp_path / "out").exists()


def _perfect(clip, history) -> Synthesized:
    """What a model that reproduces a clip and its flow would give."""
    frames = clip.frames[history:]
    mask = np.full((*frames.shape[:3], 1), 0.4, np.float32)
    flow = clip.flow[history - 1 :]
    return Synthesized(frames, frames, frames, flow, mask)


def test_measure_compares_each_frame_with_its_own(street_config, make_clip):
    clip = Clip.of(make_clip(6))
    values = measure(clip, _perfect(clip, 2), street_config(), history=2)
    assert math.isinf(values["psnr"])
    assert values["ssim"] == pytest.approx(1.0)
    assert values["flow_error"] == 0.0
    # Flow of N(0, 2) pixels in each direction: a mean length of 2 sqrt(pi / 2).
    assert values["flow_error_zero"] == pytest.approx(2 * math.sqrt(math.pi / 2), 0.05)
    assert values["warping_error"] == values["warping_error_real"] > 0.1
    assert values["num_frames"] == 4


def test_measure_heeds_what_is_visible(street_config, make_clip):
    clip = Clip.of(make_clip(4))
    result = _perfect(clip, 2)
    wrong = result.flow.copy()
    wrong[1, :, :10] += (3.0, 4.0)
    result = result._replace(flow=wrong)
    seen = measure(clip, result, street_config(), history=2)
    assert seen["flow_error"] == pytest.approx(5.0 * 10 / 64, rel=1e-4)
    clip.flow_confidence[2, :, :10] = 0.25
    hidden = measure(clip, result, street_config(), history=2)
    assert hidden["flow_error"] == 0.0


def test_measure_of_one_frame_has_no_temporal_metrics(street_config, make_clip):
    clip = Clip.of(make_clip(3))
    values = measure(clip, _perfect(clip, 2), street_config(), history=2)
    assert values["num_frames"] == 1
    assert not {"warping_error", "flicker", "flow_error"} & set(values)


def test_tiles_show_the_generated_part(street_config, make_clip):
    clip = Clip.of(make_clip(5))
    shown = tiles(clip, _perfect(clip, 2), street_config(), history=2)
    assert list(shown) == [
        "condition",
        "real",
        "fake",
        "warped",
        "mask (white: hallucinated)",
        "flow",
    ]
    assert {tile.shape for tile in shown.values()} == {(3, 32, 64, 3)}
    assert {tile.dtype for tile in shown.values()} == {np.dtype(np.uint8)}
    np.testing.assert_array_equal(shown["real"], clip.frames[2:])
    assert np.unique(shown["mask (white: hallucinated)"]).tolist() == [102]
    # One colour for each label, of the right frames.
    labels, colours = clip.conditions[2:, ..., 0], shown["condition"]
    for label in range(8):
        assert len(np.unique(colours[labels == label], axis=0)) == 1


def test_tiles_without_flow(street_config, make_clip):
    clip = Clip.of(make_clip(4))
    result = _perfect(clip, 2)._replace(warped_frames=None, flow=None, mask=None)
    shown = tiles(clip, result, street_config(), history=2)
    missing = [caption for caption, tile in shown.items() if tile is None]
    assert missing == ["warped", "mask (white: hallucinated)", "flow"]
