"""Depth from folders to records and batches, and what is put aside."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
import tensorflow as tf

from v2v_tf import config as configuration
from v2v_tf.data.input.dataset import make_dataset, read_clips
from v2v_tf.data.input.stream import draw_frames, find_sequence
from v2v_tf.data.prepare.prepare import prepare
from v2v_tf.data.records.folder import resolve_config
from v2v_tf.data.records.manifest import read_manifest
from v2v_tf.errors import InputError
from v2v_tf.tasks.pictures import colorize_conditions


def load(*overrides: str) -> configuration.Config:
    return configuration.load_config("test/depth_256", overrides)


def stored(clips: Path, clip: str) -> np.ndarray:
    paths = sorted((clips / "train_depth" / clip).iterdir())
    return np.stack([cv2.imread(str(p), cv2.IMREAD_UNCHANGED) for p in paths])


def test_records_hold_the_files_depths(depth_clips, depth_data):
    manifest = read_manifest(depth_data)
    assert (manifest.task, manifest.num_planes) == ("depth", 1)
    assert not manifest.has_instances and manifest.label_histogram == ()
    for split in ("train", "eval"):
        for clip in read_clips(depth_data, load(), split):
            depth = stored(depth_clips, clip.clip_id.partition("@")[0])
            assert clip.conditions.dtype == np.uint16 and depth.max() > 20_000
            np.testing.assert_array_equal(clip.conditions[..., 0], depth)


def test_the_range_is_that_of_the_training_clips_alone(depth_clips, depth_data):
    clips = read_manifest(depth_data).split("train").clips
    names = [clip.clip_id.partition("@")[0] for clip in clips]
    depth = np.concatenate([stored(depth_clips, name).ravel() for name in names])
    known = np.sort(depth[depth > 0])
    depth = resolve_config(load(), depth_data).conditioning.depth
    # The first depth that 1 % and 99 % are not above.
    ranks = [-(-known.size * percent // 100) - 1 for percent in (1, 99)]
    assert [depth.near, depth.far] == known[ranks].tolist()
    everything = read_clips(depth_data, load(), "eval")
    assert next(everything).conditions.max() != known.max()


def test_workers_and_shards_change_no_percentile(depth_clips, depth_data, tmp_path):
    options = ("data.eval_fraction=0.3", "data.num_shards=1")
    prepare(depth_clips, tmp_path / "one", load(*options))
    workers = (
        "--direct_running_mode=multi_threading",
        "--direct_num_workers=3",
    )
    prepare(depth_clips, tmp_path / "three", load("data.eval_fraction=0.3"), workers)
    first = read_manifest(depth_data).statistics
    assert read_manifest(tmp_path / "one").statistics == first
    text = (tmp_path / "three/manifest.json").read_text()
    assert text == (depth_data / "manifest.json").read_text()


def test_manifests_of_other_tasks_have_no_statistics(toy_data):
    values = json.loads((toy_data / "manifest.json").read_text())
    assert "statistics" not in values and sum(values["label_histogram"]) > 0


def test_a_configuration_of_another_task_is_not_resolved(toy_data, toy_config):
    assert resolve_config(toy_config, toy_data) == toy_config
    with pytest.raises(InputError, match="prepared for task street"):
        resolve_config(load(), toy_data)


def test_batches_are_of_16_bits_and_mirrored_whole(depth_data, depth_config):
    dataset = make_dataset(
        depth_data, depth_config, num_frames=3, batch_size=2, training=True, seed=1
    )
    assert dataset.element_spec["conditions"].dtype == tf.uint16
    assert dataset.element_spec["conditions"].shape == (2, 3, 32, 64, 1)
    whole = {c.clip_id: c.conditions for c in read_clips(depth_data, depth_config)}
    found = set()
    for batch in dataset.take(4).as_numpy_iterator():
        for planes in batch["conditions"]:
            for name, conditions in whole.items():
                for start in range(len(conditions) - 2):
                    part = conditions[start : start + 3]
                    for mirrored in (False, True):
                        shown = part[:, :, ::-1] if mirrored else part
                        if np.array_equal(planes, shown):
                            found.add((name, mirrored))
    assert len(found) == 4


def test_a_stream_draws_what_records_hold(depth_clips, depth_data, depth_config):
    clip = next(read_clips(depth_data, depth_config))
    name = clip.clip_id.partition("@")[0]
    sequence = find_sequence(depth_clips, depth_config, name)
    drawn = list(draw_frames(sequence, depth_config))
    np.testing.assert_array_equal([d.planes for d in drawn], clip.conditions)


def test_a_stream_scales_down_by_the_nearest(depth_clips):
    config = load("data.resize.crop=square", "data.resize.fine_size=32")
    sequence = find_sequence(depth_clips, config, "toy_0001")
    drawn = next(draw_frames(sequence, config))
    assert drawn.planes.shape == (32, 32, 1) and drawn.planes.dtype == np.uint16
    np.testing.assert_array_equal(
        drawn.planes[..., 0], stored(depth_clips, "toy_0001")[0][:, 16:48]
    )


def test_panels_show_depth_in_colour(depth_data, depth_config):
    clip = next(read_clips(depth_data, depth_config))
    painted = colorize_conditions(clip.conditions, depth_config)
    assert painted.shape == (*clip.conditions.shape[:3], 3)
    missing = clip.conditions[..., 0] == 0
    assert missing.any() and (painted[missing] == 0).all()
    assert (painted[~missing].sum(axis=-1) > 0).all()
    red, blue = painted[0, -1, :, 0].astype(int), painted[0, -1, :, 2].astype(int)
    assert (red > blue).mean() > 0.9  # the road in front of us
    with pytest.raises(InputError, match="expected uint16 .* got uint8"):
        colorize_conditions(clip.conditions.astype(np.uint8), depth_config)


# What is put aside


def _spoil(clips: Path, change) -> None:
    for path in sorted((clips / "train_depth/toy_0001").iterdir())[2:]:
        depth = change(cv2.imread(str(path), cv2.IMREAD_UNCHANGED))
        assert cv2.imwrite(str(path), depth)


def _constant(clips: Path) -> None:
    for path in (clips / "train_depth/toy_0001").iterdir():
        assert cv2.imwrite(str(path), np.full((32, 64), 700, np.uint16))


def _exr(clips: Path) -> None:
    for path in sorted((clips / "train_depth/toy_0001").iterdir())[4:]:
        path.with_suffix(".exr").write_bytes(b"v/1\x01")
        path.unlink()


POISONS = {
    # The first two frames are good, and too few.
    "mixed": (
        lambda clips: _spoil(clips, lambda d: (d // 256).astype(np.uint8)),
        "depth must have 16 bits as the sequence began, got 8",
    ),
    "colour": (
        lambda clips: _spoil(clips, lambda d: np.dstack([d] * 3)),
        "16 bits, RGB: store one depth a pixel",
    ),
    "size": (
        lambda clips: _spoil(clips, lambda d: d[:, :60]),
        "depth must be 64x32 as the sequence began, got 60x32",
    ),
    "constant": (_constant, "depth_spread 0: its depth is the same everywhere"),
    "float": (_exr, "expected a depth map.*another kind of file"),
}


@pytest.mark.parametrize("poison", POISONS)
def test_a_bad_clip_is_put_aside_with_the_reason(depth_clips, tmp_path, poison):
    spoil, reason = POISONS[poison]
    for folder in ("train_depth", "train_B"):
        shutil.copytree(depth_clips / folder, tmp_path / "clips" / folder)
    spoil(tmp_path / "clips")
    config = load("data.flow_preset=ultrafast", "data.num_shards=1")
    summary = prepare(tmp_path / "clips", tmp_path / "out", config)
    # Of the floats the four frames before them are left.
    assert summary.num_clips == {"train": 3 if poison == "float" else 2}
    (bad,) = summary.bad
    starts = {"constant": 0, "float": 4}
    assert bad.clip == f"toy_0001@{starts.get(poison, 2):06d}"
    assert re.search(reason, bad.reason), bad.reason


def test_frames_that_are_not_as_large_as_depth(depth_clips, tmp_path):
    for folder in ("train_depth", "train_B"):
        shutil.copytree(depth_clips / folder, tmp_path / folder)
    for path in (tmp_path / "train_B/toy_0002").iterdir():
        assert cv2.imwrite(str(path), cv2.imread(str(path))[:30])
    summary = prepare(tmp_path, tmp_path / "out", load())
    assert "image must be 64x32 as the sequence began" in summary.bad[0].reason


def test_test_folders_serve_where_there_are_none_for_training(depth_clips, tmp_path):
    for kind, name in (("train_depth", "test_depth"), ("train_B", "test_img")):
        shutil.copytree(depth_clips / kind, tmp_path / "clips" / name)
    sequence = find_sequence(tmp_path / "clips", load(), "toy_0002")
    planes = next(draw_frames(sequence, load())).planes[..., 0]
    np.testing.assert_array_equal(planes, stored(depth_clips, "toy_0002")[0])


def test_a_source_without_frames_names_the_folder(depth_clips, tmp_path):
    shutil.copytree(depth_clips / "train_depth", tmp_path / "train_depth")
    with pytest.raises(InputError, match="task depth needs the folder .*train_img"):
        prepare(tmp_path, tmp_path / "out", load())
    with pytest.raises(InputError, match="train_depth/<sequence>/, train_img"):
        prepare(tmp_path / "train_depth/toy_0001", tmp_path / "out", load())
