"""From a published checkpoint to frames, by the commands of the README."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tests.published.published import write_generator
from v2v_tf.inference.synthesizer import Synthesizer

OPTIONS = {
    "label_nc": 8,
    "use_instance": True,
    "fg": True,
    "fg_labels": [6, 7],
    "ngf": 8,
    "n_downsample_G": 1,
    "n_blocks": 2,
    "n_blocks_local": 1,
    "n_scales_spatial": 2,
    "loadSize": 64,
}


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    folder = tmp_path_factory.mktemp("checkpoint")
    scales = write_generator(folder, OPTIONS)
    lines = [f"{name}: {value}" for name, value in OPTIONS.items()]
    (folder / "opt.txt").write_text("\n".join(["--- Options ---", *lines]))
    return folder, scales


def _import(call, folder, output, *rest) -> int:
    options = ("--options", folder / "opt.txt", "--output", output)
    return call("import-nvidia", "--checkpoint", folder, *options, *rest)


@pytest.fixture(scope="module")
def imported(tmp_path_factory, call, checkpoint):
    run = tmp_path_factory.mktemp("imported") / "run"
    assert _import(call, checkpoint[0], run) == 0
    return run


@pytest.mark.slow
def test_the_run_generates(tmp_path, call, imported, cli_data):
    output = tmp_path / "out"
    folders = ("--model", imported, "--data", cli_data, "--output", output)
    assert call("generate", *folders) == 0
    assert len(list(output.glob("*/frames/*.png"))) == 3 * 6


def test_the_run_holds_the_weights_and_where_they_come_from(imported, checkpoint):
    _, scales = checkpoint
    generator = Synthesizer.load(imported).generator
    for network, tensors in zip(generator.scales, scales, strict=True):
        np.testing.assert_array_equal(
            network.flow_head.convolution.bias, tensors["model_final_flow.1.bias"]
        )
    facts = json.loads((imported / "imported.json").read_text())
    assert sorted(facts["files"]) == ["latest_net_G0.pth", "latest_net_G1.pth"]
    assert facts["stayed_random"] == [] and "non-commercial" in facts["licence"]
    assert not imported.with_name(".run.partial").exists()


def test_a_used_folder_is_kept_without_overwrite(call, checkpoint, imported, capsys):
    before = (imported / "config.yaml").stat().st_mtime_ns
    assert _import(call, checkpoint[0], imported) == 2
    assert "--overwrite" in capsys.readouterr().err
    assert (imported / "config.yaml").stat().st_mtime_ns == before
    assert _import(call, checkpoint[0], imported, "--overwrite") == 0
    assert (imported / "config.yaml").stat().st_mtime_ns != before


def test_a_missing_scale_is_an_error_or_a_list(tmp_path, call, checkpoint, capsys):
    folder = tmp_path / "coarse"
    folder.mkdir()
    for name in ("latest_net_G0.pth", "opt.txt"):
        (folder / name).write_bytes((checkpoint[0] / name).read_bytes())
    run = tmp_path / "run"
    assert _import(call, folder, run) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "latest_net_G1.pth" in line and "--partial" in line
    assert not run.exists()
    assert _import(call, folder, run, "--partial") == 0
    assert "stayed random: G1: model_final_img.1.bias" in capsys.readouterr().out
    facts = json.loads((run / "imported.json").read_text())
    assert "G1: model_final_img.1.bias" in facts["stayed_random"]


def test_a_folder_that_is_not_there(tmp_path, call, checkpoint, capsys):
    options = ("--options", checkpoint[0] / "opt.txt", "--output", tmp_path / "run")
    assert call("import-nvidia", "--checkpoint", tmp_path / "no", *options) == 2
    assert "is no folder" in capsys.readouterr().err
