"""The commands, as a user calls them."""

import json

import pytest

from v2v_tf.apps.evaluation.baselines import BLEND
from v2v_tf.apps.segmentation.training import STEPS
from v2v_tf.cli.main import build_parser, main


def call(*arguments) -> int:
    return main([str(argument) for argument in arguments])


@pytest.mark.slow
def test_train_segmenter_then_evaluate(tmp_path, street_records, video_run, capsys):
    toy = ("--config", "test/toy_street")
    net, out = tmp_path / "net", tmp_path / "out"
    options = ("--data", street_records, "--output", net, "--seed", 7, "--steps", 3)
    assert call("train-segmenter", *toy, *options) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("mean IoU on held-out real clips (every eighth clip")
    assert lines[1] == f"trained: {net} (seed 7)"
    assert call("train-segmenter", *toy, *options) == 2
    assert "--overwrite" in capsys.readouterr().err

    given = ("--model", video_run, "--data", street_records, "--segmenter", net)
    assert call("evaluate", *given, "--output", out) == 0
    printed = capsys.readouterr().out
    lines = printed.splitlines()
    assert lines[0].split() == ["real", "vid2vid"]
    assert lines[-1] == f"evaluated: {out}"
    assert any("no FID" in line for line in lines)
    assert any("seed 7, 3 steps" in line for line in lines)
    saved = json.loads((out / "metrics.json").read_text())
    assert f"{saved['mean']['vid2vid']['frechet_toyseg']:.4g}" in printed
    assert f"{saved['mean']['vid2vid']['frechet_toyseg_floor']:.4g}" in printed
    assert (out / "toy_0000@000000.vid2vid.mp4").is_file()


@pytest.mark.slow
def test_compare(tmp_path, street_records, video_run, frame_run, segmenter, capsys):
    out = tmp_path / "out"
    status = call(
        *("compare", "--model", video_run, "--frame-model", frame_run),
        *("--data", street_records, "--output", out, "--segmenter", segmenter),
        *("--first-frames", "generated", "--blend", "0.25"),
    )
    assert status == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[-1] == "copy_warp"
    assert lines[-1] == f"compared: {out}"
    saved = json.loads((out / "metrics.json").read_text())
    assert saved["flow_blend_weight"] == 0.25 and saved["first_frames"] == "generated"
    page = (out / "comparison.html").read_text()
    assert page.count("data:video/mp4") >= 5 and "copy_warp" in page


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--model", "absent"), "absent is no run folder"),
        (("--data", "absent"), "absent holds no prepared clips"),
        (("--split", "eval"), "no split 'eval'"),
        (("--inception", "absent.h5"), "no file 'absent.h5'"),
        (("--video-network", "absent"), "is no SavedModel that loads"),
        (("--video-frames", "16"), "name it too"),
        (("--video-network", "absent", "--video-size", "224"), "expected WxH"),
        (("--segmenter", "absent"), "no segmenter.json"),
        (("--first-frames", "zeros"), "never with past frames of zeros"),
    ],
)
def test_what_cannot_be_evaluated(
    tmp_path, street_records, video_run, segmenter, capsys, options, words
):
    out = tmp_path / "out"
    given = ("--model", video_run, "--data", street_records, "--segmenter", segmenter)
    assert call("evaluate", *given, "--output", out, *options) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("v2v-tf evaluate: ") and words in line
    assert not list(tmp_path.iterdir())


def test_defaults_are_those_of_the_functions():
    parser = build_parser()
    data = ("--data", "d", "--output", "o")
    trained = parser.parse_args(["train-segmenter", *data])
    compared = parser.parse_args(
        ["compare", *data, "--model", "m", "--frame-model", "f"]
    )
    assert trained.steps == compared.segmenter_steps == STEPS
    assert compared.blend == BLEND
