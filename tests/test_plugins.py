"""A task of another package: registered by an entry point, with options of its own."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.plugin_packages import install, run_command
from v2v_tf.config.plugins import Registry
from v2v_tf.errors import InputError

TASK = '''
"""A task of somebody else: the brightness of a frame in a few steps."""

from dataclasses import dataclass

import numpy as np

from v2v_tf.tasks import FileKind, Task
from v2v_tf.tasks.rules import ClipRule, Scalar
from v2v_tf.tasks.statistics import ValueCounts


@dataclass(frozen=True)
class GreyConfig:
    """Options.

    Attributes:
        steps: of brightness.
        least: brightness that the brightest step of a clip must reach.
    """

    steps: int = 4
    least: int = 0


class Brightness(ValueCounts):
    """The darkest and the brightest step of a clip."""

    def scalars(self):
        present = np.flatnonzero(np.array(self.counts())).tolist()
        return {"brightness": (present[0], present[-1])}


class GreyTask(Task):
    """One plane of brightness."""

    name = "grey"
    config_class = GreyConfig
    default_preset = "video_edges"
    draws_from_frames = True
    scalars = (Scalar("brightness", int, 0, 255, max_count=2),)

    def rules(self, config):
        least = config.conditioning.grey.least
        return (ClipRule("brightness", "too dark", above=least - 1),)

    def statistics(self, config):
        return Brightness(256)

    def conditioning(self, config):
        from grey_planes import GreyConditioning

        return GreyConditioning(config.conditioning.grey.steps, config.data.resize)

    def files(self, config):
        return (FileKind("img"),)

    def picture(self, planes, config):
        return np.repeat(planes, 3, axis=-1)


TASK = GreyTask()
'''
PLANES = """
import numpy as np
import tensorflow as tf

from v2v_tf.tasks import geometry, images
from v2v_tf.tasks.base import Conditioning, DrawnFrame


class GreyConditioning(Conditioning):
    task = "grey"
    num_planes = 1
    num_channels = 1
    plane_resizing = "smooth"

    def __init__(self, steps, resize):
        self._steps, self._resize = steps, resize

    def plan(self, first):
        size = images.require(first, "image", self.task).shape[:2]
        return images.whole(size, geometry.prepared_size(size, self._resize))

    def draw(self, raw, target):
        frame = images.draw_frame(raw.image, target)
        step = 256 // self._steps
        grey = frame.mean(axis=-1, keepdims=True) // step * step
        return DrawnFrame(frame, grey.astype(np.uint8))

    def encode(self, planes, instances):
        return tf.cast(planes, tf.float32) / 255.0
"""


@pytest.fixture(scope="module")
def package(tmp_path_factory) -> Path:
    """A folder with the package as an installer leaves it."""
    folder = tmp_path_factory.mktemp("site")
    modules = {"grey_task": TASK, "grey_planes": PLANES}
    install(folder, "grey_task", modules, "v2v_tf.tasks", "grey = grey_task:TASK")
    return folder


@pytest.fixture
def command(package):
    """Runs `v2v-tf` where the package is installed."""
    return functools.partial(run_command, package)


@pytest.fixture
def preset(tmp_path) -> Path:
    path = tmp_path / "grey.yaml"
    path.write_text(
        "extends: test/video_edges\ntask: grey\n"
        "conditioning: {grey: {steps: 8}}\ndata: {resize: {load_size: 64}}\n"
    )
    return path


@pytest.mark.slow
def test_it_is_prepared_trained_generated_and_exported(
    command, preset, tmp_path, write_video
):
    write_video(tmp_path / "clip.mp4", 8)
    records, run = tmp_path / "records", tmp_path / "run"
    steps = (
        ("prepare", "--config", preset, "--source", tmp_path / "clip.mp4"),
        ("train", "--config", preset, "--data", records, "--run", run),
        ("generate", "--model", run, "--data", records, "--output", tmp_path / "out"),
        ("export", "--run", run, "--output", tmp_path / "model", "--data", records),
    )
    for step in steps:
        more = ("--output", records) if step[0] == "prepare" else ()
        done = command(*step, *more)
        assert done.returncode == 0, done.stderr
    saved = yaml.safe_load((run / "config.yaml").read_text())
    assert (saved["task"], saved["conditioning"]) == (
        "grey",
        {"grey": {"steps": 8, "least": 0}},
    )
    assert list((tmp_path / "out").rglob("video.mp4"))
    assert (tmp_path / "model/1/saved_model.pb").is_file()


@pytest.mark.slow
def test_its_pipeline_has_a_schema_with_its_scalars(
    command, preset, tmp_path, write_video
):
    for name in ("one", "other"):
        write_video(tmp_path / f"clips/{name}.mp4", 8)
    pipeline = tmp_path / "nightly.yaml"
    pipeline.write_text(
        f"name: grey\nexperiment: {preset}\ntrain_steps: 1\nbeam: {{workers: 1}}\n"
        "evaluation: {thresholds: [{metric: psnr, at_least: 1.0}], video_clips: 1}\n"
    )
    run = ("pipeline", "run", "--config", pipeline, "--root", tmp_path / "nightly")
    done = command(*run, "--source", tmp_path / "clips")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "TaskSchemaGen" in done.stdout and "verdict: pushed" in done.stdout
    (file,) = tmp_path.glob("nightly/artifacts/TaskSchemaGen/schema/*/schema.pbtxt")
    assert 'name: "brightness"' in file.read_text()
    # Above every brightness: the rule is asked of the statistics of ready records.
    records = next(tmp_path.glob("nightly/artifacts/ClipExampleGen/examples/*"))
    shown = ("--set", "conditioning.grey.least=256", "--source", records)
    refused = command(*run, *shown)
    assert refused.returncode == 2
    assert "brightness: " in refused.stderr and "too dark" in refused.stderr


def test_its_options_are_checked_like_any_other(command, preset, tmp_path):
    arguments = ("prepare", "--config", preset, "--source", tmp_path, "--output", "x")
    unknown = command(*arguments, "--set", "conditioning.grey.step=3")
    assert unknown.returncode == 2
    assert (
        "unknown key 'conditioning.grey.step'; did you mean 'steps'?" in unknown.stderr
    )
    wrong = command(*arguments, "--set", "conditioning.grey.steps=many")
    assert "'conditioning.grey.steps' expected int, got 'many'" in wrong.stderr


def test_without_the_package_its_name_is_unknown(preset):
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    program = (
        "import sys; from v2v_tf.config import load_config; load_config(sys.argv[1])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, preset],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (
        "'task' expected one of street, face, pose, edges, depth, silhouette, got "
        "'grey'" in done.stderr
    )


def test_a_plugin_that_cannot_be_imported_is_named(tmp_path, monkeypatch):
    facts = tmp_path / "broken-1.0.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1.0")
    (facts / "entry_points.txt").write_text("[v2v_tf.tests]\nodd = no_such_module:X\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    registry = Registry("v2v_tf.tests", "task", {"here": "v2v_tf.errors:InputError"})
    assert registry.names() == ("here", "odd")
    with pytest.raises(InputError, match="task 'odd' of no_such_module:X cannot be"):
        registry.get("odd")
    with pytest.raises(InputError, match="no task 'od'; did you mean 'odd'"):
        registry.get("od")
    # Where others are looked up it is passed over.
    assert registry.names_with("__doc__") == ("here",)


def test_a_name_is_registered_once(tmp_path, monkeypatch):
    facts = tmp_path / "second-1.0.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: second\nVersion: 1.0")
    (facts / "entry_points.txt").write_text("[v2v_tf.tests]\nhere = second:TASK\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    registry = Registry("v2v_tf.tests", "task", {"here": "first:TASK"})
    with pytest.raises(InputError, match="two packages register the task 'here'"):
        registry.names()
