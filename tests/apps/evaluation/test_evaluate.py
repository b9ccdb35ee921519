"""A model and its baselines on real records: numbers, videos, and what is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest

from v2v_tf import config as configuration
from v2v_tf.apps.evaluation.baselines import copy_warp
from v2v_tf.apps.evaluation.clip_features import FeatureNetworks, NetworkOptions
from v2v_tf.apps.evaluation.evaluate import compare, evaluate
from v2v_tf.apps.evaluation.networks import VideoNetworkOptions
from v2v_tf.apps.segmentation.segmenter import Segmenter
from v2v_tf.data.input.dataset import read_clips
from v2v_tf.data.prepare.prepare import prepare
from v2v_tf.detection.segmenter_folder import FACTS_FILE
from v2v_tf.errors import InputError
from v2v_tf.inference.generation import generate
from v2v_tf.inference.job import ClipSelection, Destination
from v2v_tf.inference.loading import ModelOptions
from v2v_tf.metrics.image import psnr
from v2v_tf.metrics.segmentation import confusion_matrix, mean_iou
from v2v_tf.visualization.video import read_video

METHODS = ["vid2vid", "frame_by_frame", "frame_by_frame_flow_blend", "copy_warp"]


@pytest.fixture(scope="module")
def compared(tmp_path_factory, video_run, frame_run, street_records, segmenter):
    output = tmp_path_factory.mktemp("compared") / "out"
    summary = compare(
        ModelOptions(video_run),
        frame_run,
        ClipSelection(street_records),
        Destination(output, fps=8.0),
        networks=NetworkOptions(segmenter),
    )
    return output, summary


def _read(folder, name):
    return json.loads((folder / name).read_text(encoding="utf-8"))


@pytest.mark.slow
def test_videos_of_all_methods_play_in_sync(compared):
    output, _ = compared
    found = _read(output, "comparison.json")
    assert found["fps"] == 8.0 and found["methods"] == ["real", *METHODS]
    names = {clip["clip_id"] for clip in found["clips"]}
    assert names == {f"toy_000{i}@000000" for i in range(4)}
    for clip in found["clips"]:
        assert list(clip["videos"]) == ["real", *METHODS]
        for method, name in clip["videos"].items():
            assert name == f"{clip['clip_id']}.{method}.mp4"
            assert read_video(output / name).shape == (8, 32, 64, 3)
        assert (output / f"{clip['clip_id']}.png").is_file()
    files = len(list(output.iterdir()))
    assert files == 4 * (5 + 1) + 3


def test_every_row_has_every_metric(compared):
    output, _ = compared
    table = _read(output, "comparison.json")["table"]
    columns = [column["name"] for column in table["columns"]]
    assert {
        *("psnr", "ssim", "warping_error", "flicker", "sharpness", "grid"),
        *("color_error", "color_drift"),
        *("miou_toyseg", "frechet_toyseg", "frechet_toyseg_halves"),
        "frechet_toyseg_video",
    } <= set(columns)
    rows = {row["name"]: row["values"] for row in table["rows"]}
    assert list(rows) == ["real", *METHODS]
    assert set(columns) - set(rows["vid2vid"]) == set()
    assert set(columns) - set(rows["copy_warp"]) == {"flow_error"}
    assert set(columns) - set(rows["real"]) == {
        *("psnr", "ssim", "color_error", "flow_error")
    }
    text = (output / "comparison.md").read_text(encoding="utf-8")
    assert "frame_by_frame_flow_blend" in text and "| frechet_toyseg |" in text
    assert "it may know them" in text  # Measured on the split it was trained on.
    assert "no FID" in text and "- toyseg: format_version 1" in text
    assert "adherence to conditions is left out: task street" in text


def test_the_baselines_are_what_they_say(compared, street_records, toy_config):
    output, summary = compared
    for clip in read_clips(street_records, toy_config):
        measured = summary.clips[clip.clip_id]
        moved = copy_warp(clip.frames[1], clip.flow[1:])
        assert measured["copy_warp"]["psnr"] == pytest.approx(
            psnr(moved, clip.frames[2:])
        )
    mean = summary.mean
    # A real frame moved along the exact flow against networks of chance.
    assert mean["copy_warp"]["psnr"] > mean["frame_by_frame"]["psnr"] + 3
    assert mean["copy_warp"]["miou_toyseg"] <= 1
    calmer = mean["frame_by_frame_flow_blend"]["warping_error"]
    assert calmer < mean["frame_by_frame"]["warping_error"]
    facts = _read(output, "metrics.json")
    assert facts["flow_blend_weight"] == 0.5 and facts["first_frame"] == 2


@pytest.mark.slow
def test_numbers_are_those_of_generate(compared, tmp_path, video_run, street_records):
    _, summary = compared
    generated = generate(video_run, street_records, tmp_path / "out")
    for name in ("psnr", "warping_error", "flow_error", "sharpness_real"):
        assert summary.mean["vid2vid"][name] == pytest.approx(generated[name])


def test_real_clips_share_their_own_values(compared):
    _, summary = compared
    for name in ("frechet_toyseg_floor", "miou_toyseg_real", "warping_error_real"):
        values = {mean[name] for mean in summary.mean.values()}
        assert len(values) == 1 and values.pop() > 0


def test_mean_iou_is_of_all_pixels(compared, segmenter, street_records, toy_config):
    _, summary = compared
    net, total = Segmenter.load(segmenter), 0
    for clip in read_clips(street_records, toy_config):
        seen = net.segment(clip.frames[2:]).label_maps
        counts = confusion_matrix(clip.conditions[2:, ..., 0], seen, 8)
        total = total + counts
        values = summary.clips[clip.clip_id]["copy_warp"]
        assert values["miou_toyseg_real"] == pytest.approx(mean_iou(counts))
    expected = mean_iou(total)
    assert summary.mean["vid2vid"]["miou_toyseg_real"] == pytest.approx(expected)


def test_distances_tell_copies_from_chance(compared):
    _, summary = compared
    mean = summary.mean
    for name in ("frechet_toyseg", "frechet_toyseg_halves"):
        assert mean["copy_warp"][name] < mean["frame_by_frame"][name]


@pytest.mark.slow
def test_a_run_keeps_its_segmentation_network(
    tmp_path, save_run, toy_config, street_records, capsys
):
    run = tmp_path / "run"
    save_run(toy_config, run)
    networks = NetworkOptions(segmenter_steps=2)
    first = evaluate(
        ModelOptions(run), ClipSelection(street_records), networks=networks
    )
    assert "training a segmentation network" in capsys.readouterr().out
    kept = (run / "segmenter" / FACTS_FILE).read_bytes()
    again = evaluate(
        ModelOptions(run), ClipSelection(street_records), networks=networks
    )
    assert "training" not in capsys.readouterr().out
    assert (run / "segmenter" / FACTS_FILE).read_bytes() == kept
    assert again.mean == first.mean
    assert list(first.mean) == ["vid2vid"] and "psnr_real" not in first.mean["vid2vid"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["run"]
    evaluate(
        ModelOptions(run),
        ClipSelection(street_records),
        networks=NetworkOptions(segmenter_steps=3),
    )
    assert "once more" in capsys.readouterr().out
    assert _read(run / "segmenter", FACTS_FILE)["steps"] == 3


@pytest.mark.slow
def test_single_images_are_measured_from_the_first(
    frame_run, street_records, segmenter
):
    summary = evaluate(
        ModelOptions(frame_run),
        ClipSelection(street_records),
        networks=NetworkOptions(segmenter),
    )
    assert summary.mean["frame_by_frame"]["num_frames"] == 10
    assert "4 clips, each from frame 0 on" in summary.notes


@pytest.mark.slow
def test_tasks_without_labels_say_what_is_left_out(tmp_path, write_video, save_run):
    config = configuration.load_config(
        "test/video_edges", ("data.resize.load_size=64",)
    )
    (tmp_path / "videos").mkdir()
    write_video(tmp_path / "videos/clip.mp4", 6)
    prepare(tmp_path / "videos", tmp_path / "data", config)
    run = tmp_path / "run"
    save_run(config, run)
    summary = evaluate(ModelOptions(run), ClipSelection(tmp_path / "data"))
    assert "which the task edges has not" in " ".join(summary.notes)
    mean = summary.mean["vid2vid"]
    assert not {"miou_toyseg", "frechet_toyseg"} & set(mean)
    # Frames of chance have few edges of the real ones, which are found again.
    assert mean["edge_f1"] < 0.8 < 0.95 < mean["edge_f1_floor"] <= 1
    assert summary.clips[next(iter(summary.clips))]["vid2vid"].keys() == mean.keys()


@pytest.mark.slow
def test_faces_that_nobody_finds_are_noted(tmp_path, write_face, save_run):
    config = configuration.load_config(
        "test/face_512", ("data.resize.load_size=64", "data.resize.fine_size=64")
    )
    write_face(tmp_path / "faces", 6)  # landmarks on a texture
    prepare(tmp_path / "faces", tmp_path / "data", config)
    save_run(config, tmp_path / "run")
    summary = evaluate(ModelOptions(tmp_path / "run"), ClipSelection(tmp_path / "data"))
    (note,) = (n for n in summary.notes if "adherence" in n)
    assert note == (
        "no faces found in the real clips at 64x64: adherence to conditions is not "
        "measured"
    )
    assert "faces_found" not in summary.mean["vid2vid"]
    assert summary.networks["adherence"]["detector"] == "mediapipe-face"


def test_a_video_network_that_is_too_long(
    tmp_path, video_run, street_records, segmenter
):
    import tensorflow as tf

    module = tf.Module()

    @tf.function(input_signature=[tf.TensorSpec((None, None, 8, 8, 3), name="clips")])
    def call(clips):
        return {"mean": tf.reduce_mean(clips, axis=[1, 2, 3])}

    module.call = call
    path = str(tmp_path / "net")
    tf.saved_model.save(module, path, signatures={"serving_default": call})

    def networks(num_frames: int) -> NetworkOptions:
        video = VideoNetworkOptions(path, num_frames=num_frames)
        return NetworkOptions(segmenter, video_network=video)

    with pytest.raises(InputError, match="windows of 9 frames after the first 2"):
        evaluate(
            ModelOptions(video_run), ClipSelection(street_records), networks=networks(9)
        )
    found = evaluate(
        ModelOptions(video_run), ClipSelection(street_records), networks=networks(4)
    )
    values = found.mean["vid2vid"]
    assert values["fvd"] > 0 and values["fvd_floor"] > 0
    assert found.networks["video_network"]["clip_frames"] == 4
    assert np.isfinite(values["fvd_halves"])


def test_nothing_is_written_over_or_half(
    tmp_path, compared, video_run, frame_run, street_records, segmenter
):
    output, _ = compared
    networks = NetworkOptions(segmenter)
    records = ClipSelection(street_records)

    def call(
        folder=tmp_path / "out",
        models=(video_run, frame_run),
        networks=networks,
        overwrite=False,
        **options,
    ):
        fps = options.pop("fps", 12.0)
        destination = Destination(folder, overwrite, fps)
        model = ModelOptions(models[0])
        return compare(
            model, models[1], records, destination, networks=networks, **options
        )

    with pytest.raises(InputError, match="--overwrite"):
        call(output)
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match="is no result of evaluate or compare"):
        call(tmp_path, overwrite=True)
    with pytest.raises(InputError, match="which replacing it would delete"):
        call(video_run, overwrite=True)
    with pytest.raises(InputError, match="--fps must be above 0"):
        call(fps=0.0)
    with pytest.raises(InputError, match="--blend"):
        call(blend=1.5)
    with pytest.raises(InputError, match="a first_frame model is needed here"):
        call(models=(video_run, video_run))
    with pytest.raises(InputError, match="a vid2vid model is needed here"):
        call(models=(frame_run, frame_run))
    with pytest.raises(InputError, match="no segmenter.json"):
        call(networks=NetworkOptions(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def load_networks(options, config, records, run_dir="absent"):
    return FeatureNetworks.load(
        options, config, run_dir, ClipSelection(records), start=2
    )


def test_a_network_of_other_labels(street_records, segmenter):
    override = ("conditioning.street.num_labels=9",)
    config = configuration.load_config("test/toy_street", override)
    with pytest.raises(InputError, match="tells 8 labels apart, the model draws 9"):
        load_networks(NetworkOptions(segmenter), config, street_records)


def test_networks_of_tasks_without_labels(street_records, segmenter, make_config):
    networks = load_networks(NetworkOptions(), make_config("edges"), street_records)
    assert networks.segmenter is None and networks.describe() == {}
    (note,) = networks.notes
    assert note.startswith("miou_toyseg, frechet_toyseg and frechet_toyseg_video need")
    with pytest.raises(InputError, match="which the task edges has not: leave it out"):
        load_networks(NetworkOptions(segmenter), make_config("edges"), street_records)
