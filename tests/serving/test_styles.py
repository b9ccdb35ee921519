"""Styles between a client and a server."""

import asyncio

import grpc
import numpy as np
import pytest

from serving.aio_client import AsyncVid2VidClient
from serving.client import Vid2VidClient
from v2v_tf.errors import InputError
from v2v_tf.export.saved_model import export
from v2v_tf.inference.loading import open_run
from v2v_tf.inference.style_choice import StyleChoice
from v2v_tf.visualization.video import read_video


@pytest.fixture(scope="module")
def styled(styled_run, start_server, tmp_path_factory):
    """A server of that model alone."""
    model = export(styled_run, tmp_path_factory.mktemp("styled") / "vid2vid")
    return start_server({"vid2vid": model.parent}), model


@pytest.fixture
def styled_client(styled):
    with Vid2VidClient(f"127.0.0.1:{styled[0].port}") as client:
        yield client


@pytest.mark.slow
def test_a_video_in_a_style(styled_client, styled_run, toy_clips):
    # Weights of chance drift apart: few frames.
    clip = {k: v[:5] for k, v in toy_clips[0].items()}
    assert styled_client.interface().has_styles
    styles = styled_client.sample_styles(seed=3)
    frames = list(
        styled_client.stream(clip["conditions"], clip["instances"], styles=styles)
    )
    chosen = open_run(styled_run, style=StyleChoice("sample", seed=3))
    expected = chosen.rollout(clip).fake_frames
    difference = np.abs(np.stack(frames).astype(int) - expected)
    assert difference.max() <= 2 and (difference == 0).mean() >= 0.99
    component = styled_client.sample_styles(component=1)
    assert not np.array_equal(component, styles)


def test_the_async_client_does_the_same(styled, styled_client, toy_clips):
    clip = toy_clips[0]
    shown = (clip["conditions"][:2], clip["frames"][:2], clip["instances"][:2])

    async def ask():
        async with AsyncVid2VidClient(f"127.0.0.1:{styled[0].port}") as client:
            styles = await client.styles_from_frames(*shown)
            drawn = await client.sample_styles(seed=3)
            stream = client.stream(
                clip["conditions"][:3], clip["instances"][:3], styles=styles
            )
            return styles, drawn, [frame async for frame in stream]

    styles, drawn, frames = asyncio.run(ask())
    np.testing.assert_array_equal(styles, styled_client.styles_from_frames(*shown))
    np.testing.assert_array_equal(drawn, styled_client.sample_styles(seed=3))
    assert len(frames) == 1


def test_who_has_styles_and_who_has_not(styled_client, client, toy_clips):
    clip = toy_clips[0]
    with pytest.raises(InputError, match="this model needs styles"):
        next(styled_client.stream(clip["conditions"], clip["instances"]))
    with pytest.raises(InputError, match="has no styles"):
        styles = np.zeros((8, 3, 2), np.float32)
        first = clip["frames"][:2]
        next(client.stream(clip["conditions"], clip["instances"], first, styles))
    with pytest.raises(grpc.RpcError):
        client.sample_styles()


@pytest.mark.slow
@pytest.mark.parametrize("style", ["own", "sample", "index:1", "image"])
def test_the_command_streams_in_a_style(styled, write_street, tmp_path, style):
    from v2v_tf.cli.main import main

    server, model = styled
    source = write_street(tmp_path / "source", {"one": 4})
    if style == "image":
        style = f"image:{source / 'train_B/one/one_0003.png'}"
    output = tmp_path / "out.mp4"
    status = main(
        [
            *("stream", "--server", f"127.0.0.1:{server.port}", "--style", style),
            *("--config", str(model / "assets.extra/config.yaml")),
            *("--source", str(source), "--output", str(output)),
        ]
    )
    assert status == 0
    assert read_video(output).shape == (4, 32, 64, 3)
