import json

import pytest


def _generate(call, run, data, output, *rest) -> int:
    arguments = ("--model", run, "--data", data, "--output", output)
    return call("generate", *arguments, *rest)


@pytest.fixture(scope="module")
def generated(tmp_path_factory, toy_run, cli_data, call):
    output = tmp_path_factory.mktemp("generated") / "out"
    assert _generate(call, toy_run, cli_data, output) == 0
    return output


def test_writes_every_clip_and_says_the_metrics(
    tmp_path, toy_run, cli_data, call, capsys
):
    assert _generate(call, toy_run, cli_data, tmp_path / "out") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == f"generated: {tmp_path / 'out'}"
    saved = json.loads((tmp_path / "out/metrics.json").read_text())
    assert sorted(saved["clips"]) == [f"toy_000{i}@000000" for i in range(3)]
    printed = {name: float(value) for name, value in map(str.split, lines[:-1])}
    assert set(printed) == set(saved["mean"])
    assert printed["psnr"] == pytest.approx(saved["mean"]["psnr"], abs=1e-4)
    assert len(list((tmp_path / "out").glob("*/frames/*.png"))) == 3 * 6


def test_a_used_output(generated, toy_run, cli_data, call, capsys):
    before = (generated / "metrics.json").stat().st_mtime_ns
    assert _generate(call, toy_run, cli_data, generated) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("v2v-tf generate: ") and "--overwrite" in line
    assert (generated / "metrics.json").stat().st_mtime_ns == before


@pytest.mark.slow
def test_overwrite_gives_the_same_frames_again(
    tmp_path, generated, toy_run, cli_data, call
):
    output = tmp_path / "out"
    output.mkdir()
    (output / "metrics.json").write_text("of an earlier call")
    assert _generate(call, toy_run, cli_data, output, "--overwrite") == 0
    metrics = "metrics.json"
    assert (output / metrics).read_bytes() == (generated / metrics).read_bytes()
    for path in generated.glob("*/frames/*.png"):
        again = output / path.relative_to(generated)
        assert again.read_bytes() == path.read_bytes()


@pytest.mark.parametrize("missing", ["run", "data"])
def test_missing_folders(tmp_path, toy_run, cli_data, call, capsys, missing):
    folders = {"run": toy_run, "data": cli_data} | {missing: tmp_path / "absent"}
    output = tmp_path / "out"
    assert _generate(call, folders["run"], folders["data"], output) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("v2v-tf generate: ") and "absent" in line
    assert not output.exists()


def test_a_split_that_is_not_there(tmp_path, toy_run, cli_data, call, capsys):
    output = tmp_path / "out"
    assert _generate(call, toy_run, cli_data, output, "--split", "eval") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "eval" in line and not output.exists()


def test_another_split_is_a_usage_error(tmp_path, call, capsys):
    with pytest.raises(SystemExit) as stopped:
        _generate(call, tmp_path, tmp_path, tmp_path, "--split", "test")
    assert stopped.value.code == 2
    assert "invalid choice: 'test'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--first-frames", "zeros"), "never with past frames of zeros"),
        (("--first-frames", "generated"), "needs the network that makes them"),
        (("--first-frame-model", "absent"), "--first-frames generated alone"),
        (
            ("--first-frames", "generated", "--first-frame-model", "absent"),
            "absent is no run folder",
        ),
    ],
)
def test_first_frames_that_do_not_go_with_the_run(
    tmp_path, toy_run, cli_data, call, capsys, arguments, message
):
    output = tmp_path / "out"
    assert _generate(call, toy_run, cli_data, output, *arguments) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("v2v-tf generate: ") and message in line
    assert not output.exists()
