"""`serve` and `stream`, from a source of frames to a video file."""

from __future__ import annotations

import argparse
import sys

import imageio.v3
import pytest

from serving import serve_command, stream_command
from v2v_tf.errors import InputError


def parse(*arguments):
    parser = argparse.ArgumentParser()
    subparsers = parser.add_subparsers()
    serve_command.add_parser(subparsers)
    stream_command.add_parser(subparsers)
    return parser.parse_args([str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    from v2v_tf.toy_street.writer import write_clips

    folder = tmp_path_factory.mktemp("source")
    write_clips(folder, 2, 6, (32, 64), seed=8)
    return folder


@pytest.fixture
def stream(server, street_model, source, tmp_path):
    config = street_model / "assets.extra" / "config.yaml"

    def call(*more, target=f"127.0.0.1:{server.port}", output=tmp_path / "out.mp4"):
        args = parse(
            *("stream", "--server", target, "--config", config, "--source", source),
            *("--output", output, *more),
        )
        return args.run_command(args), output

    return call


def test_a_sequence_becomes_a_video(stream, capsys):
    status, output = stream("--sequence", "toy_0001", "--fps", "8")
    assert status == 0
    frames = imageio.v3.imread(output, plugin="FFMPEG")
    assert frames.shape == (6, 32, 64, 3)
    assert "streamed 6 frames in" in capsys.readouterr().out
    with pytest.raises(InputError, match="exists"):
        stream("--sequence", "toy_0001")


def test_which_sequence(stream, tmp_path):
    with pytest.raises(
        InputError, match="one of them by --sequence: toy_0000, toy_0001"
    ):
        stream()
    assert not list(tmp_path.iterdir())


def test_a_server_that_refuses_or_is_not_there(stream, capsys, free_port, tmp_path):
    status, output = stream("--sequence", "toy_0000", "--model-name", "other")
    assert status == 1
    assert "NOT_FOUND: Servable not found" in capsys.readouterr().err
    target = f"127.0.0.1:{free_port()}"
    status, _ = stream("--sequence", "toy_0000", target=target)
    assert status == 1
    assert "UNAVAILABLE" in capsys.readouterr().err
    assert not output.exists() and not list(tmp_path.iterdir())


def test_first_frames_of_a_model_that_makes_none(stream):
    with pytest.raises(InputError, match="brings no network for first frames"):
        stream("--sequence", "toy_0000", "--first-frames", "generated")


def test_serve_refuses_before_it_loads_anything(tmp_path):
    args = parse("serve", "--model-base-path", tmp_path / "missing")
    with pytest.raises(InputError, match="is no folder"):
        args.run_command(args)


def test_help_needs_no_tensorflow():
    import subprocess

    program = (
        "import sys\n"
        "from serving import options, serve_command, stream_command\n"
        "import argparse\n"
        "sub = argparse.ArgumentParser().add_subparsers()\n"
        "serve_command.add_parser(sub)\n"
        "stream_command.add_parser(sub)\n"
        "assert 'tensorflow' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
