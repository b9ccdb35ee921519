"""Annotating videos, by a detector of another package: it finds coloured squares."""

import json
import signal

import numpy as np
import pytest

from v2v_tf.apps.annotation.annotate import annotate
from v2v_tf.apps.annotation.following import parse_person
from v2v_tf.apps.annotation.smoothing import parse_smoothing
from v2v_tf.apps.annotation.working import AnnotationOptions, AnnotationStopped
from v2v_tf.config import load_config
from v2v_tf.config.plugins import DETECTORS
from v2v_tf.data.sources.base import Sequence
from v2v_tf.data.sources.finding import list_sequences
from v2v_tf.detection.detector import Detection, Detector
from v2v_tf.detection.model_files import Licences, ModelFile
from v2v_tf.errors import InputError
from v2v_tf.tasks.face.landmarks import read_landmarks
from v2v_tf.visualization.video import read_video, write_video

FPS = 12


class Squares(Detector):
    """Finds the box of what is red, and of what is green."""

    name = "squares"
    task = "face"

    def __init__(self, options=None):
        if options is not None and options.network == "missing":
            raise InputError("--network missing: there is no such file")

    def detect(self, frame, before=()):
        found = []
        for channel in (0, 1):
            rows, columns = np.nonzero(frame[..., channel] > frame[..., 2] + 100.0)
            if not rows.size:
                continue
            low = np.array([columns.min(), rows.min()], np.float32)
            high = np.array([columns.max(), rows.max()], np.float32)
            points = low + (high - low) * np.linspace(0, 1, 68)[:, None]
            box = (*low.tolist(), *high.tolist())
            found.append(Detection(box, 0.9, points.astype(np.float32)))
        return found

    def files(self):
        from pathlib import Path

        licences = Licences("MIT", "MIT", "none")
        return (ModelFile(Path("squares.bin"), "ab" * 32, "", licences),)


@pytest.fixture(autouse=True)
def squares(monkeypatch):
    monkeypatch.setitem(DETECTORS._loaded, "squares", Squares)


def frame(red=None, green=None, floor=40):
    picture = np.full((48, 64, 3), floor, np.uint8)
    for channel, square in ((0, red), (1, green)):
        if square is not None:
            x, y, side = square
            picture[y : y + side, x : x + side] = 0
            picture[y : y + side, x : x + side, channel] = 255
    return picture


@pytest.fixture
def video(tmp_path):
    """A red square that moves, and is gone for frames 5 and 6; then another shot."""
    first = [frame(red=None if t in (5, 6) else (4 + 2 * t, 10, 20)) for t in range(12)]
    second = [frame(red=(30 - t, 20, 16), floor=200) for t in range(8)]
    path = tmp_path / "walk.mp4"
    write_video(path, [*first, *second], FPS)
    return path


def run(source, output, smooth="off", max_gap=2, resume=False, **options):
    lines = []
    config = load_config(None, ("task=face", f"data.max_gap={max_gap}"))
    wanted = AnnotationOptions("squares", smoothing=parse_smoothing(smooth), **options)
    summaries = annotate(
        source, output, config, wanted, resume=resume, say=lines.append
    )
    return summaries, lines


def test_a_video_becomes_a_source_of_a_sequence_for_every_shot(tmp_path, video):
    (summary,), lines = run(video, tmp_path / "out")
    assert (summary.num_frames, summary.num_found, summary.gaps) == (20, 18, (2,))
    assert summary.shots == {"walk_000": 12, "walk_001": 8} and summary.fps == "12"
    assert lines == ["walk: found in 18 of 20 frames, 2 to be bridged; 2 shots"]
    assert run(video, tmp_path / "strict", max_gap=1)[1] == [
        "walk: found in 18 of 20 frames, cut at 1 gaps longer than data.max_gap=1; "
        "2 shots"
    ]
    config = load_config(None, ("task=face", "data.max_gap=2"))
    sequences = list(list_sequences(tmp_path / "out", config))
    assert all(isinstance(one, Sequence) for one in sequences)
    assert [(one.name, one.count_frames()) for one in sequences] == [
        *[("walk_000", 12), ("walk_001", 8)]
    ]
    assert [one.fps() for one in sequences] == [FPS, FPS]
    keypoints = tmp_path / "out/train_keypoints"
    read = read_landmarks(keypoints / "walk_000/000003.txt")
    # From (10, 10) to (29, 29), but for what the video's compression moves.
    np.testing.assert_allclose(read[0], (10, 10), atol=1.1)
    np.testing.assert_allclose(read[-1], (29, 29), atol=1.1)
    assert read_landmarks(keypoints / "walk_000/000005.txt") is None
    read = read_landmarks(keypoints / "walk_001/000014.txt")
    np.testing.assert_allclose(read[0], (28, 20), atol=1.1)
    preview = read_video(tmp_path / "out/previews/walk.mp4")
    assert len(preview) == 20 and preview.shape[2] > 3 * 64


def test_what_found_it_is_written_down(tmp_path, video):
    run(video, tmp_path / "out", smooth="3")
    said = json.loads((tmp_path / "out/annotations.json").read_text())
    assert (said["detector"], said["threshold"], said["smooth"]) == (
        "squares",
        0.5,
        "3",
    )
    assert said["networks"][0]["licences"]["code"] == "MIT"
    assert said["sequences"][0]["shots"] == {"walk_000": 12, "walk_001": 8}
    stored = np.load(tmp_path / "out/detections/walk/0000000.npz", allow_pickle=False)
    assert stored["counts"].tolist() == [*[1] * 5, 0, 0, *[1] * 13]
    assert stored["values"].shape == (18, 68, 2)


def test_smoothing_is_a_median_and_none_is_what_was_found(tmp_path):
    places = [10, 10, 10, 16, 10, 10]
    write_video(tmp_path / "v.mp4", [frame(red=(x, 12, 20)) for x in places], FPS)
    for smooth, expected in (("off", 16), ("3", 10)):
        run(tmp_path / "v.mp4", tmp_path / f"out{smooth}", smooth=smooth)
        path = tmp_path / f"out{smooth}/train_keypoints/v/000003.txt"
        assert read_landmarks(path)[0, 0] == pytest.approx(expected, abs=1.1)


def test_of_two_people_one_is_followed_and_the_other_named(tmp_path):
    frames = [frame(red=(2, 10, 16), green=(30 + t, 8, 24)) for t in range(5)]
    write_video(tmp_path / "two.mp4", frames, FPS)
    for who, expected in (("largest", 32), ("0", 2), ("point 5,15", 2)):
        out = tmp_path / who
        (summary,), lines = run(tmp_path / "two.mp4", out, person=parse_person(who))
        assert summary.most_people == 2 and "up to 2 people in one frame" in lines[1]
        read = read_landmarks(out / "train_keypoints/two/000002.txt")
        assert read[0, 0] == pytest.approx(expected, abs=1.1)


def test_a_point_outside_of_the_picture_is_refused_before_work(tmp_path):
    write_video(tmp_path / "v.mp4", [frame(red=(4, 10, 20))] * 5, FPS)
    for who in ("point 64,10", "point 10,48", "point -1,10"):
        with pytest.raises(InputError, match="x below 64 and y below 48, the size of"):
            run(tmp_path / "v.mp4", tmp_path / "out", person=parse_person(who))
    assert [one.name for one in tmp_path.iterdir()] == ["v.mp4"]


def test_somebody_found_in_few_frames_is_a_reason_to_look(tmp_path):
    frames = [frame(red=(4, 10, 20) if t < 4 else None) for t in range(10)]
    write_video(tmp_path / "v.mp4", frames, FPS)
    lines = run(tmp_path / "v.mp4", tmp_path / "few")[1]
    assert "found in 4 of 10 frames" in lines[0] and "less than half" in lines[1]
    frames = [frame(red=(4, 10, 20) if t < 5 else None) for t in range(10)]
    write_video(tmp_path / "half.mp4", frames, FPS)
    lines = run(tmp_path / "half.mp4", tmp_path / "enough")[1]
    assert not any("less than half" in line for line in lines)


def test_the_work_may_be_shared_and_gives_the_same(tmp_path, monkeypatch):
    # Above one span of frames.
    from v2v_tf.apps.annotation import finding

    monkeypatch.setattr(finding, "SPAN", 4)
    frames = [frame(red=(4 + t, 10, 20)) for t in range(11)]
    write_video(tmp_path / "v.mp4", frames, FPS)
    run(tmp_path / "v.mp4", tmp_path / "out")
    spans = sorted(path.name for path in (tmp_path / "out/detections/v").iterdir())
    assert spans == ["0000000.npz", "0000004.npz", "0000008.npz"]
    names = sorted(path.name for path in (tmp_path / "out/train_img/v").iterdir())
    assert names == [f"{t:06d}.png" for t in range(11)]


def test_an_interrupted_one_goes_on(tmp_path, monkeypatch):
    from v2v_tf.apps.annotation import finding

    monkeypatch.setattr(finding, "SPAN", 4)
    source = tmp_path / "v.mp4"
    write_video(source, [frame(red=(4 + t, 10, 20)) for t in range(11)], FPS)
    run(source, tmp_path / "whole")
    looked_at = []
    detect = Squares.detect

    def breaks_off(self, image, before=()):
        looked_at.append(image)
        if len(looked_at) == 7:
            signal.raise_signal(signal.SIGINT)
        return detect(self, image, before)

    monkeypatch.setattr(Squares, "detect", breaks_off)
    with pytest.raises(AnnotationStopped, match="SIGINT: give the same command with"):
        run(source, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    with pytest.raises(InputError, match="interrupted annotation: go on with --resume"):
        run(source, tmp_path / "out")
    write_video(tmp_path / "w.mp4", [frame(red=(4, 10, 20))] * 11, FPS)
    with pytest.raises(InputError, match="not as they were: .*sequence"):
        run(tmp_path / "w.mp4", tmp_path / "out", resume=True)
    run(source, tmp_path / "out", resume=True)
    # The part of the seventh frame was ended, and the last three are left.
    assert len(looked_at) == 8 + 3
    for name in ("train_keypoints", "train_img", "detections"):
        for path in (tmp_path / "whole" / name / "v").iterdir():
            again = tmp_path / "out" / name / "v" / path.name
            if path.suffix == ".npz":
                one, two = np.load(path), np.load(again)
                assert all(np.array_equal(one[key], two[key]) for key in one.files)
            else:
                assert path.read_bytes() == again.read_bytes()
    assert not list(tmp_path.glob(".*"))


def test_shots_of_nobody_are_left_out(tmp_path):
    empty = [frame(floor=200)] * 5
    frames = [*empty, *[frame(red=(4 + t, 10, 20)) for t in range(6)], *empty]
    write_video(tmp_path / "v.mp4", frames, FPS)
    (summary,), lines = run(tmp_path / "v.mp4", tmp_path / "out")
    assert (summary.num_frames, summary.num_left_out, summary.num_found) == (16, 10, 6)
    assert summary.shots == {"v": 6}
    assert "left out 10 frames that are damaged, or of shots" in lines[0]
    names = sorted(path.stem for path in (tmp_path / "out/train_img/v").iterdir())
    assert names == [f"{t:06d}" for t in range(5, 11)]


def test_frames_of_several_sizes_and_numbers_that_cannot_be_are_refused(tmp_path):
    from v2v_tf.visualization.video import write_png

    for index in range(4):
        picture = frame(red=(4, 10, 20))
        small = picture[:40, :50] if index == 2 else picture
        write_png(tmp_path / f"clip/{index}.png", np.ascontiguousarray(small))
    with pytest.raises(InputError, match="frame 2: expected 64x48 as the frame before"):
        run(tmp_path / "clip", tmp_path / "out")
    assert not (tmp_path / ".out.partial").exists()
    with pytest.raises(InputError, match="--workers must be 1 or more, got 0"):
        run(tmp_path / "clip", tmp_path / "out", workers=0)
    with pytest.raises(InputError, match="--max-gap must be 0 or more, got -1"):
        run(tmp_path / "clip", tmp_path / "out", max_gap=-1)


def test_a_shot_that_is_too_short_for_a_clip_is_named(tmp_path):
    first = [frame(red=(4 + t, 10, 20)) for t in range(6)]
    second = [frame(red=(30, 20, 16), floor=200)] * 2
    write_video(tmp_path / "v.mp4", [*first, *second], FPS)
    _, lines = run(tmp_path / "v.mp4", tmp_path / "out")
    assert lines[1] == (
        "v: too short for a clip, which has 3 frames (data.min_frames), and will be "
        "put aside: v_001"
    )


def test_damaged_frames_are_left_out(tmp_path, reference):
    source = reference / "cases/video/damaged_mpg/mpeg2.mpg"
    (summary,), lines = run(source, tmp_path / "out")
    assert (summary.num_frames, summary.num_left_out) == (19, 12)
    assert "the decoder could not read all of this frame and 11 frames" in lines[0]
    assert len(list((tmp_path / "out/train_img/mpeg2").iterdir())) == 7


def test_what_was_found_is_kept_for_another_choice(tmp_path):
    write_video(tmp_path / "v.mp4", [frame(red=(4, 10, 20))] * 4, FPS)
    with pytest.raises(InputError, match="--person 3: expected 0 .. 0, as 1 are seen"):
        run(tmp_path / "v.mp4", tmp_path / "out", person=parse_person("3"))
    (summary,), _ = run(tmp_path / "v.mp4", tmp_path / "out", resume=True)
    assert summary.num_found == 4


def test_nothing_is_left_where_nobody_is(tmp_path):
    write_video(tmp_path / "empty.mp4", [frame()] * 4, FPS)
    with pytest.raises(InputError, match="found nobody in any of 4 frames"):
        run(tmp_path / "empty.mp4", tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty.mp4"]


def test_what_cannot_be_done_is_said_before_work(tmp_path, video, monkeypatch):
    config = load_config(None, ("task=edges",))
    # Every task of ours has a detector; one of another package may have none.
    monkeypatch.delitem(DETECTORS._built_in, "canny-edges")
    with pytest.raises(InputError, match="no detector finds what task edges reads"):
        annotate(video, tmp_path / "out", config)
    with pytest.raises(InputError, match="task face reads, and the task is edges"):
        annotate(video, tmp_path / "out", config, AnnotationOptions("squares"))
    with pytest.raises(
        InputError, match="no detector 'square'; there are mediapipe-face"
    ):
        annotate(video, tmp_path / "out", config, AnnotationOptions("square"))
    with pytest.raises(InputError, match="there is no such file"):
        run(video, tmp_path / "out", network="missing")
    (tmp_path / "none").mkdir()
    with pytest.raises(InputError, match="none holds no videos and no frames: exp"):
        run(tmp_path / "none", tmp_path / "out")
    (tmp_path / "out").mkdir()
    (tmp_path / "out/thesis.txt").touch()
    with pytest.raises(InputError, match="already holds something"):
        run(video, tmp_path / "out")


class Bright(Detector):
    """Finds what is bright, as a mask."""

    name = "bright"
    task = "silhouette"

    def __init__(self, options=None):
        pass

    def detect(self, frame, before=()):
        mask = np.where(frame[..., 0] > 200, 255, 0).astype(np.uint8)
        if not mask.any():
            return []
        rows, columns = np.nonzero(mask)
        low, high = (columns.min(), rows.min()), (columns.max(), rows.max())
        return [Detection((*map(float, low), *map(float, high)), 0.9, mask)]

    def files(self):
        return ()


def annotate_masks(source, output, **options):
    config = load_config(None, ("task=silhouette",))
    wanted = AnnotationOptions("bright", **options)
    return annotate(source, output, config, wanted)


def test_pictures_that_are_found_are_written_and_smoothed(tmp_path, monkeypatch):
    from v2v_tf.apps.annotation import finding
    from v2v_tf.storage.maps import read_map

    monkeypatch.setattr(finding, "SPAN", 3)
    monkeypatch.setitem(DETECTORS._loaded, "bright", Bright)
    # A square that stands, but for one frame, and is gone for another.
    places = [10, 10, 10, 16, 10, None, 10, 10]
    frames = [frame(red=None if x is None else (x, 12, 20)) for x in places]
    write_video(tmp_path / "v.mp4", frames, FPS)
    (summary,) = annotate_masks(
        tmp_path / "v.mp4", tmp_path / "out", smoothing=parse_smoothing("off")
    )
    assert (summary.num_frames, summary.num_found, summary.gaps) == (8, 7, (1,))
    (line,) = summary.lines(None, 3)
    assert line == "v: found in 7 of 8 frames, the conditions of 1 others are empty"
    folder = tmp_path / "out/train_mask/v"
    assert len(list(folder.iterdir())) == 8
    exact = read_map(folder / "000003.png")
    assert exact[20, 33] == 255 and exact[20, 12] == 0
    assert not read_map(folder / "000005.png").any()
    annotate_masks(tmp_path / "v.mp4", tmp_path / "smooth")
    smooth = read_map(tmp_path / "smooth/train_mask/v/000003.png")
    assert smooth[20, 33] == 0 and smooth[20, 12] == 255
    preview = read_video(tmp_path / "out/previews/v.mp4")
    assert len(preview) == 8 and preview.shape[2] > 3 * 64
    stored = tmp_path / "out/detections/v"
    assert len(list(stored.glob("*/*.png"))) == 7
    config = load_config(None, ("task=silhouette",))
    (sequence,) = list_sequences(tmp_path / "out", config)
    assert sequence.count_frames() == 8
