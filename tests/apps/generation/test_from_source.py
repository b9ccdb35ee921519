"""Videos from conditions as they lie on disk: every frame, to be gone on with."""

from __future__ import annotations

import json
import shutil
import subprocess
from fractions import Fraction
from pathlib import Path

import av
import cv2
import imageio_ffmpeg
import numpy as np
import pytest

from v2v_tf import config as configuration
from v2v_tf.apps.generation.beginning import (
    Beginning,
)
from v2v_tf.apps.generation.facts import read_facts
from v2v_tf.apps.generation.frames import Progress, _watched, generate_frames
from v2v_tf.apps.generation.from_source import (
    _identity,
    generate_source,
)
from v2v_tf.apps.generation.steppers import load_stepper
from v2v_tf.apps.generation.wishes import Wishes, configured
from v2v_tf.cli.main import main
from v2v_tf.data.input.stream import (
    Sizes,
    SourcePicture,
    draw_pictures,
    find_sequence,
)
from v2v_tf.errors import InputError
from v2v_tf.inference.label_watch import LabelWatch
from v2v_tf.inference.synthesizer import Synthesizer
from v2v_tf.tasks.base import DrawnFrame

TINY = ("curriculum.0.epochs=1",)
SMALL = ("generator.num_blocks=2", "generator.num_filters=4", "losses.perceptual=0")


@pytest.fixture(scope="module")
def zeros_run(tmp_path_factory, save_run) -> Path:
    folder = tmp_path_factory.mktemp("zeros_run") / "run"
    zeros = (*TINY, "generator.first_frames=zeros", "losses.mask=1")
    save_run(configuration.load_config("test/toy_street", zeros), folder)
    return folder


@pytest.fixture
def labels_alone(street_source, tmp_path) -> Path:
    for kind in ("train_A", "train_inst"):
        shutil.copytree(street_source / kind, tmp_path / "labels" / kind)
    return tmp_path / "labels"


def _frames(folder: Path) -> list[np.ndarray]:
    return [cv2.imread(str(p))[..., ::-1] for p in sorted(folder.glob("frames/*.png"))]


def test_every_frame_comes_and_equals_the_whole_clip(tiny_run, street_source, tmp_path):
    videos = generate_source(tiny_run, street_source, tmp_path / "out")
    assert [(v.name, v.num_frames, v.num_measured) for v in videos] == [
        ("toy_0000", 9, 7),
        ("toy_0001", 9, 7),
    ]
    config = configuration.load_config(tiny_run / "config.yaml")
    sequence = find_sequence(street_source, config, "toy_0001")
    drawn = [p.drawn for p in draw_pictures(sequence, config)]
    whole = Synthesizer.load(tiny_run).rollout(
        {
            "conditions": np.stack([d.planes for d in drawn]),
            "instances": np.stack([d.instances for d in drawn]),
            "frames": np.stack([d.frame for d in drawn]),
        }
    )
    made = _frames(tmp_path / "out/toy_0001")
    np.testing.assert_array_equal(made[2:], whole.fake_frames)
    # The first two are those that it began with, and are not measured.
    np.testing.assert_array_equal(made[:2], [d.frame for d in drawn[:2]])
    facts = json.loads((tmp_path / "out/toy_0001/frames.json").read_text())["frames"]
    assert [f["origin"] for f in facts] == ["given"] * 2 + ["generated"] * 7
    assert [f["name"] for f in facts] == [f"{t:06d}" for t in range(9)]
    assert "psnr" in facts[2] and "psnr" not in facts[1]
    with av.open(str(tmp_path / "out/toy_0001/video.mp4")) as video:
        assert sum(1 for _ in video.decode(video=0)) == 9
        assert video.streams.video[0].average_rate == 25


def test_conditions_alone_need_something_to_begin_with(
    tiny_run, labels_alone, tmp_path
):
    with pytest.raises(InputError, match=r"begins with 2 frames.*image:PATH"):
        generate_source(tiny_run, labels_alone, tmp_path / "out")
    assert list(tmp_path.iterdir()) == [labels_alone]


def test_a_photograph_stands_for_all_past_frames(
    tiny_run, street_source, labels_alone, tmp_path
):
    photograph = street_source / "train_B/toy_0000/000004.png"
    status = main(
        [
            *("generate", "--model", str(tiny_run), "--source", str(labels_alone)),
            *("--sequence", "toy_0001", "--first-frames", f"image:{photograph}"),
            *("--fps", "8", "--format", "png,lossless"),
            *("--output", str(tmp_path / "out")),
        ]
    )
    assert status == 0
    made = _frames(tmp_path / "out/toy_0001")
    assert len(made) == 9
    facts = json.loads((tmp_path / "out/toy_0001/frames.json").read_text())
    assert {f["origin"] for f in facts["frames"]} == {"generated"}
    with av.open(str(tmp_path / "out/toy_0001/video.mkv")) as video:
        stored = [f.to_ndarray(format="rgb24") for f in video.decode(video=0)]
    np.testing.assert_array_equal(stored, made)
    assert not (tmp_path / "out/toy_0001/video.mp4").exists()


@pytest.mark.slow
def test_a_model_of_zeros_makes_the_first_frames_too(zeros_run, labels_alone, tmp_path):
    (video, _) = generate_source(zeros_run, labels_alone, tmp_path / "out")
    assert video.num_frames == 9 and video.num_measured == 0
    with pytest.raises(InputError, match="always begins with them"):
        generate_source(
            zeros_run,
            labels_alone,
            tmp_path / "other",
            wishes=Wishes(first_frames=Beginning("given")),
        )


@pytest.mark.slow
def test_a_model_of_either_makes_what_is_not_there(
    save_run, labels_alone, street_source, tmp_path
):
    either = (*TINY, "generator.first_frames=either", "losses.mask=1")
    save_run(configuration.load_config("test/toy_street", either), tmp_path / "run")
    for source, origin in ((labels_alone, "generated"), (street_source, "given")):
        out = tmp_path / origin
        (video, _) = generate_source(tmp_path / "run", source, out)
        assert video.num_frames == 9
        facts = list(read_facts(video.folder / "frames.json"))
        assert [f["origin"] for f in facts[:3]] == [origin, origin, "generated"]


@pytest.mark.slow
def test_another_size_can_be_asked_for(tiny_run, street_source, tmp_path):
    wishes = Wishes(sequence="toy_0000", sizes=Sizes(drawn=(48, 80)))
    generate_source(tiny_run, street_source, tmp_path / "out", wishes=wishes)
    assert _frames(tmp_path / "out/toy_0000")[5].shape == (48, 80, 3)
    wrong = Wishes(sequence="toy_0000", sizes=Sizes(drawn=(49, 80)))
    with pytest.raises(InputError, match="80x49 must be divisible by"):
        generate_source(tiny_run, street_source, tmp_path / "x", wishes=wrong)


def test_where_nobody_is_seen_the_frame_before_is_held(
    tmp_path, write_face, save_run, make_config
):
    source = write_face(tmp_path / "source", 9)
    for t in (0, 5):
        (source / f"train_keypoints/a/{t:03d}.txt").write_text("")
    config = make_config("face", *SMALL)
    save_run(config, tmp_path / "run")
    stepper = load_stepper(tmp_path / "run")
    pictures = draw_pictures(find_sequence(source, config, None), config)
    frames = list(generate_frames(stepper, pictures))
    origins = ["held", "given", "given", "generated", "generated", "held"]
    assert [f.origin for f in frames] == [*origins, *["generated"] * 3]
    np.testing.assert_array_equal(frames[0].image, frames[1].image)
    np.testing.assert_array_equal(frames[5].image, frames[4].image)
    assert [f.name for f in frames][:2] == ["000", "001"]


def test_sound_and_rate_of_a_video_stay(tmp_path, save_run, make_config):
    path = tmp_path / "my film.mov"
    ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
    inputs = ("testsrc=size=64x32:rate=10:duration=1.2", "sine=duration=1.2")
    command = [ffmpeg, "-v", "error"]
    for one in inputs:
        command += ["-f", "lavfi", "-i", one]
    command += ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac", str(path)]
    subprocess.run(command, check=True)
    config = make_config("edges", *SMALL)
    save_run(config, tmp_path / "run")
    for audio, heard in ((True, 1), (False, 0)):
        out = tmp_path / f"out{heard}"
        generate_source(tmp_path / "run", path, out, wishes=Wishes(audio=audio))
        with av.open(str(out / "my film/video.mp4")) as video:
            assert len(video.streams.audio) == heard
            assert video.streams.video[0].average_rate == Fraction(10)
            assert sum(1 for _ in video.decode(video=0)) == 12
    # At another rate times and sound of the source no longer hold.
    generate_source(tmp_path / "run", path, tmp_path / "slow", wishes=Wishes(fps=5.0))
    with av.open(str(tmp_path / "slow/my film/video.mp4")) as video:
        assert not video.streams.audio
        times = [frame.time for frame in video.decode(video=0)]
    np.testing.assert_allclose(times, np.arange(12) / 5, atol=1e-3)


def test_what_a_video_lacks_is_said_and_marked(tmp_path, save_run, make_config):
    path = tmp_path / "film.mkv"
    times = [0, 1, 2, 3, 9, 10, 11]
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 32, "yuv420p"
        stream.time_base = stream.codec_context.time_base = Fraction(1, 10)
        for index, time in enumerate(times):
            image = np.full((32, 64, 3), 30 * index, np.uint8)
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.pts, frame.time_base = time, Fraction(1, 10)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    config = make_config("edges", *SMALL)
    save_run(config, tmp_path / "run")
    lines = []
    generate_source(tmp_path / "run", path, tmp_path / "out", say=lines.append)
    said = "film: noticed 1 x frames are missing before this one, at 0.90 s:"
    assert any(line.startswith(said) for line in lines)
    facts = json.loads((tmp_path / "out/film/frames.json").read_text())["frames"]
    assert [fact.get("after_gap", False) for fact in facts] == [t == 9 for t in times]


def test_another_shape_than_in_training_is_warned_of(tiny_run, street_source, tmp_path):
    run = shutil.copytree(tiny_run, tmp_path / "run")
    (run / "origin.json").write_text(json.dumps({"sizes": [[64, 64]]}))
    lines = []
    wishes = Wishes(sequence="toy_0000", sizes=Sizes(drawn=(32, 64)))
    generate_source(
        run, street_source, tmp_path / "out", wishes=wishes, say=lines.append
    )
    assert lines[:2] == [
        "toy_0000: 64x32 in, 64x32 out",
        "toy_0000: warning: 64x32 is of another shape than the 64x64 that the model "
        "was trained at, so frames may look worse: give conditions of that shape, or "
        "--size",
    ]


def test_options_of_records_and_of_sources_are_not_mixed(tmp_path, capsys):
    run = ["generate", "--model", "runs/none", "--output", str(tmp_path / "out")]
    assert main([*run, "--data", "data", "--size", "64x32"]) == 2
    assert "--size goes with --source alone" in capsys.readouterr().err
    assert main([*run, "--source", "clips", "--split", "eval"]) == 2
    assert "--split goes with --data alone" in capsys.readouterr().err
    assert main([*run, "--source", "clips", "--size", "64"]) == 2
    assert "expected width x height, such as 512x256" in capsys.readouterr().err
    assert main([*run, "--source", "clips", "--format", "avi"]) == 2
    assert "expected one or more of png, mp4, lossless" in capsys.readouterr().err


def test_a_table_of_labels_counts_by_its_rows(tiny_run, tmp_path):
    config = configuration.load_config("test/toy_street")

    def of(table: Path) -> dict:
        wishes = Wishes(label_map=str(table))
        return _identity(tiny_run, [], wishes, configured(config, wishes), None)

    for name, to in (("a", 3), ("b", 3), ("c", 4)):
        (tmp_path / f"{name}.csv").write_text(f"7,{to}\n0,0\n")
    one, copied, other = (of(tmp_path / f"{name}.csv") for name in "abc")
    assert one == copied and one["options"] != other["options"]


def test_what_is_named_is_never_replaced(tiny_run, street_source, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/metrics.json").touch()
    photograph = tmp_path / "out/me.png"
    shutil.copy(next(street_source.glob("train_B/*/*.png")), photograph)
    wishes = Wishes(first_frames=Beginning("image", photograph))
    with pytest.raises(InputError, match="out"):
        generate_source(
            *(tiny_run, street_source, tmp_path / "out"),
            wishes=wishes,
            overwrite=True,
        )
    assert photograph.is_file()


def test_real_frames_show_the_style_of_a_video_that_begins_without(
    styled_run, street_source
):
    stepper = load_stepper(styled_run)
    sequence = find_sequence(street_source, stepper.config, "toy_0001")
    pictures = draw_pictures(sequence, stepper.config)
    progress = Progress()
    next(generate_frames(stepper, pictures, progress=progress))
    assert str(progress.beginning).startswith("nothing")
    first = next(iter(draw_pictures(sequence, stepper.config))).drawn
    painter = stepper._synthesizer.painter
    expected = painter.table_of(
        first.planes[None], first.instances[None], first.frame[None]
    )
    np.testing.assert_allclose(progress.memory["styles_0"][0], expected, atol=1e-5)


def test_a_source_may_have_ids_of_its_own(street_source, labels_alone, tmp_path):
    config = configuration.load_config("test/toy_street")
    table = tmp_path / "table.csv"
    table.write_text("".join(f"{7 - label},{label}\n" for label in range(8)))
    for path in labels_alone.glob("train_A/*/*.png"):
        cv2.imwrite(str(path), 7 - cv2.imread(str(path), cv2.IMREAD_UNCHANGED))
    other = configured(config, Wishes(label_map=str(table)))
    drawn = [
        next(draw_pictures(find_sequence(source, one, "toy_0000"), one)).drawn.planes
        for source, one in ((street_source, config), (labels_alone, other))
    ]
    np.testing.assert_array_equal(*drawn)
    assert configured(other, Wishes(label_map="none")) == config


def test_labels_that_training_never_showed_are_warned_of(caplog):
    toy = configuration.load_config("test/toy_street")
    planes = np.zeros((32, 64, 1), np.uint8)
    planes[3, 5] = 7
    drawn = DrawnFrame(None, planes)
    pictures = [
        SourcePicture(None, "f07", None, False, (32, 64)),
        SourcePicture(drawn, "f08", None, False, (32, 64)),
        SourcePicture(drawn, "f09", None, False, (32, 64)),
    ]
    given = list(_watched(iter(pictures), LabelWatch(toy, (0, 1))))
    assert given == pictures
    (warning,) = [record.getMessage() for record in caplog.records]
    assert warning.startswith("frame f08 shows label 7 (person)")
