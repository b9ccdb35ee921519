"""A model family of another package: found by an entry point, with its own options."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.plugin_packages import install, run_command

FAMILY = '''
"""A model family of somebody else: vid2vid with a generator of its own width."""

import dataclasses

from v2v_tf.models.vid2vid.family import Vid2VidFamily


@dataclasses.dataclass(frozen=True)
class NarrowConfig:
    """Options.

    Attributes:
        num_filters: width of the generator, in place of `generator.num_filters`.
    """

    num_filters: int = 6


class NarrowFamily(Vid2VidFamily):
    """A narrower generator."""

    name = "narrow"
    config_class = NarrowConfig
    title = "as narrow as can be"
    explanation = "A narrow model of {task}."
    reference = "After nobody, arXiv 0000.00000."

    def build_generator(self, config):
        own = config.families.narrow
        wide = dataclasses.replace(config.generator, num_filters=own.num_filters)
        return super().build_generator(dataclasses.replace(config, generator=wide))

    def checks(self, config):
        yield from super().checks(config)
        own = config.families.narrow
        yield own.num_filters % 2, "families.narrow.num_filters must be odd"

    def check_stage(self, stage, config):
        super().check_stage(stage, config)
        if stage.kind == "flow":
            from v2v_tf.errors import InputError

            raise InputError(f"stage '{stage.name}': a narrow model trains no flow")


FAMILY = NarrowFamily()
'''


@pytest.fixture(scope="module")
def package(tmp_path_factory) -> Path:
    """A folder with the package as an installer leaves it."""
    folder = tmp_path_factory.mktemp("site")
    entry = "narrow = narrow_family:FAMILY"
    install(folder, "narrow", {"narrow_family": FAMILY}, "v2v_tf.models", entry)
    return folder


@pytest.fixture
def command(package):
    """Runs `v2v-tf` where the package is installed."""
    return functools.partial(run_command, package)


@pytest.fixture
def preset(tmp_path) -> Path:
    path = tmp_path / "narrow.yaml"
    path.write_text(
        "extends: test/video_edges\nmodel: narrow\nfamilies: {narrow: {num_filters: 5}}"
    )
    return path


def widths(run: Path) -> set[int]:
    """Returns the numbers of channels that the generator of a run has."""
    import tensorflow as tf

    newest = tf.train.latest_checkpoint(str(run / "checkpoints"))
    if newest is None:  # The folder holds no index of checkpoints.
        newest = str(next((run / "checkpoints").glob("*.index")).with_suffix(""))
    shapes = tf.train.load_checkpoint(newest).get_variable_to_shape_map()
    return {
        shape[-1]
        for name, shape in shapes.items()
        if name.startswith("generator/") and len(shape) == 4
    }


@pytest.mark.slow
def test_it_is_prepared_trained_generated_and_exported(
    command, preset, tmp_path, write_video
):
    write_video(tmp_path / "clip.mp4", 8)
    records, run = tmp_path / "records", tmp_path / "run"
    again = tmp_path / "again"
    train = ("train", "--config", preset, "--data", records, "--run")
    steps = (
        ("prepare", "--config", preset, "--source", tmp_path / "clip.mp4")
        + ("--output", records),
        (*train, run),
        (*train, again, "--warm-start", run),
        ("generate", "--model", run, "--data", records, "--output", tmp_path / "out"),
        ("export", "--run", run, "--output", tmp_path / "model", "--data", records),
        ("report", "--run", run, "--data", records, "--clips", "1"),
    )
    said = {}
    for step in steps:
        done = command(*step)
        assert done.returncode == 0, done.stderr
        said[step[0]] = done.stdout + done.stderr
    saved = yaml.safe_load((run / "config.yaml").read_text())
    assert (saved["model"], saved["families"]) == (
        "narrow",
        {"narrow": {"num_filters": 5}},
    )
    # The preset's generator would have widths 4, 8 and 16.
    assert {5, 10, 20} <= widths(run) and not {4, 8, 16} & widths(run)
    assert "loaded  generator scale 0" in said["train"]
    assert list((tmp_path / "out").rglob("video.mp4"))
    assert (tmp_path / "model/1/saved_model.pb").is_file()
    card = (tmp_path / "model/1/assets.extra/model_card.md").read_text()
    assert "# narrow: edges" in card and "A narrow model of edges." in card
    assert "After nobody" in card and "Video-to-Video" not in card
    page = (run / "report.html").read_text()
    assert "as narrow as can be" in page and "A narrow model of edges." in page


def test_its_options_are_checked_like_any_other(command, preset, tmp_path):
    arguments = ("train", "--config", preset, "--data", tmp_path, "--run", "x")
    for change, message in (
        (
            "families.narrow.num_filter=3",
            "unknown key 'families.narrow.num_filter'; did you mean 'num_filters'?",
        ),
        (
            "families.narow.num_filters=3",
            "unknown key 'families.narow'; did you mean 'narrow'?",
        ),
        (
            "families.narrow.num_filters=few",
            "'families.narrow.num_filters' expected int, got 'few'",
        ),
        ("families.narrow.num_filters=4", "families.narrow.num_filters must be odd"),
    ):
        done = command(*arguments, "--set", change)
        assert done.returncode == 2 and message in done.stderr
    preset.write_text(preset.read_text().replace("num_filters", "num_filter"))
    done = command(*arguments)
    assert done.returncode == 2
    assert "did you mean 'num_filters'?" in done.stderr


def test_its_stages_are_checked_by_it(package, preset):
    program = (
        "import sys, dataclasses; from v2v_tf.config import load_config, checks\n"
        "config = load_config(sys.argv[1])\n"
        "stage = dataclasses.replace(config.curriculum[0], kind='flow')\n"
        "checks.check_stage(stage, config)"
    )
    done = python(program, preset, package)
    assert "InputError: stage 'tiny': a narrow model trains no flow" in done.stderr


def test_its_configuration_loads_without_tensorflow(package, preset):
    program = (
        "import sys; from v2v_tf.config import load_config\n"
        "config = load_config(sys.argv[1])\n"
        "print(config.history, config.size_multiple, 'tensorflow' in sys.modules)"
    )
    assert python(program, preset, package).stdout == "2 4 False\n"


def test_without_the_package_its_name_is_unknown(preset):
    program = (
        "import sys; from v2v_tf.config import load_config; load_config(sys.argv[1])"
    )
    assert (
        "'model' expected one of vid2vid, first_frame, forecaster, got 'narrow'"
        in python(program, preset).stderr
    )


def python(program: str, preset: Path, *folders: Path) -> subprocess.CompletedProcess:
    """Runs a program on a preset, with packages of folders installed."""
    path = os.pathsep.join(map(str, [*folders, Path(__file__).parents[1]]))
    return subprocess.run(
        [sys.executable, "-c", program, preset],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
