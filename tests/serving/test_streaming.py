"""`stream_video`: the function under `v2v-tf stream`."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from serving.protocol import Target
from serving.streaming import stream_video
from v2v_tf.data.input.stream import draw_frames, find_sequence, stack_frames
from v2v_tf.errors import InputError
from v2v_tf.storage.runs import load_config
from v2v_tf.visualization.video import read_video, write_video


@pytest.fixture(scope="module")
def source(tmp_path_factory) -> Path:
    from v2v_tf.toy_street.writer import write_clips

    folder = tmp_path_factory.mktemp("source")
    write_clips(folder, 2, 5, (32, 64), seed=11)
    return folder


@pytest.fixture
def stream(server, street_run, source, tmp_path):
    def call(**more):
        arguments = {
            "source": source,
            "server": f"127.0.0.1:{server.port}",
            "config": load_config(street_run),
            "sequence": "toy_0001",
            **more,
        }
        return stream_video(output=tmp_path / "out.mp4", **arguments)

    return call


def test_the_file_shows_what_the_model_generates_of_the_sequence(
    stream, source, street_run, street_synthesizer, tmp_path
):
    video = stream(fps=7.0)
    assert (video.path, video.num_frames) == (tmp_path / "out.mp4", 5)
    assert video.frames_per_second == pytest.approx(5 / video.seconds)
    config = load_config(street_run)
    clip = stack_frames(draw_frames(find_sequence(source, config, "toy_0001"), config))
    made = street_synthesizer.rollout(clip).fake_frames
    expected = np.concatenate([clip.frames[:2], made])
    # The same encoder: what differs is the rounding of frames alone.
    write_video(tmp_path / "expected.mp4", expected, 7.0)
    found, wanted = read_video(video.path), read_video(tmp_path / "expected.mp4")
    assert found.shape == wanted.shape == (5, 32, 64, 3)
    assert np.abs(found.astype(int) - wanted.astype(int)).mean() < 0.5
    other = stream(sequence="toy_0000", overwrite=True)
    different = np.abs(read_video(other.path).astype(int) - wanted.astype(int)).mean()
    assert different > 2


def test_a_configuration_may_be_a_file_and_a_version_named(stream, street_model):
    config = street_model / "assets.extra" / "config.yaml"
    assert stream(config=config, model=Target(version=1)).num_frames == 5
    with pytest.raises(InputError, match="exists"):
        stream(config=str(config))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"first_frames": "none"}, "expected given, generated, zeros or image:PATH"),
        ({"style": "blue"}, "expected own, sample, index:N or image:PATH"),
        ({"config": "missing.yaml"}, "missing.yaml"),
        ({"sequence": "toy_0007"}, "holds no sequence 'toy_0007'"),
        ({"tls_ca": "no/such.pem"}, "no/such.pem cannot be read"),
        ({"model": Target(label="stable")}, "label"),
    ],
)
def test_what_cannot_be_used_is_refused_and_nothing_written(
    stream, tmp_path, wrong, message
):
    import grpc

    kind = grpc.RpcError if "model" in wrong else InputError
    with pytest.raises(kind, match=message):
        stream(**wrong)
    assert not list(tmp_path.iterdir())


def test_conditions_alone_begin_with_a_photograph(stream, source, tmp_path):
    for kind in ("train_A", "train_inst"):
        shutil.copytree(source / kind, tmp_path / "labels" / kind)
    with pytest.raises(InputError, match=r"begins with 2 frames.*image:PATH"):
        stream(source=tmp_path / "labels")
    photograph = source / "train_B/toy_0000/000003.png"
    lines = []
    begin = {"first_frames": f"image:{photograph}", "say": lines.append}
    video = stream(source=tmp_path / "labels", **begin)
    assert video.num_frames == len(read_video(video.path)) == 5
    assert lines == [
        "toy_0001: 64x32 in, 64x32 out",
        f"toy_0001: begins with the photograph {photograph}",
    ]
