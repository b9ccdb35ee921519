"""Small pipelines on toy streets."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml

from pipeline import configs
from v2v_tf.toy_street.writer import write_clips


class WithoutTFX(pytest.Module):
    """A module of tests that is left out where there is no TFX."""

    def collect(self) -> list[pytest.Item]:
        raise pytest.skip.Exception("this stack has no TFX here, see docs/stacks.md")


def pytest_pycollect_makemodule(
    module_path: Path, parent: pytest.Collector
) -> pytest.Module | None:
    if find_spec("tfx") is None:
        return WithoutTFX.from_parent(parent, path=module_path)
    return None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # TFX and its dependencies warn of much that is theirs.
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.filterwarnings("ignore"))


@pytest.fixture(scope="session")
def tiny_config(tmp_path_factory) -> str:
    """YAML of a pipeline that trains four steps, and blesses nearly anything."""
    path = tmp_path_factory.mktemp("pipeline") / "tiny.yaml"
    values = {
        "name": "tiny",
        "experiment": "test/toy_street",
        "evaluation": {
            "thresholds": [
                {"metric": "psnr", "at_least": 5.0, "worse_by": 0.5},
                {"metric": "warping_error", "at_most": 0.9, "worse_by": 0.2},
            ],
            "video_clips": 1,
        },
        "beam": {"workers": 1},
    }
    path.write_text(yaml.safe_dump(values), encoding="utf-8")
    return str(path)


@pytest.fixture(scope="session")
def tiny(tiny_config):
    """The same, loaded: the pipeline and its experiment."""
    return configs.load(tiny_config)


@pytest.fixture(scope="session")
def street_clips(tmp_path_factory) -> Path:
    """Six clips of eight frames, 64x32."""
    folder = tmp_path_factory.mktemp("clips") / "clips"
    write_clips(folder, num_clips=6, num_frames=8, size=(32, 64), seed=3)
    return folder
