"""Shared fixtures: the reference data, and quiet, deterministic TensorFlow."""

from __future__ import annotations

import os
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--run-slow", action="store_true", help="run the slow tests too")


def pytest_report_header() -> str:
    folder = os.environ.get("V2V_REFERENCE")
    found = (
        folder and Path(folder, "data").is_dir() and Path(folder, "fixtures").is_dir()
    )
    return f"reference data: {'found' if found else 'absent, its tests are skipped'}"


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    if config.getoption("--run-slow"):
        return
    skip = pytest.mark.skip(reason="slow: run with --run-slow (make test-all)")
    for item in items:
        if "slow" in item.keywords:
            item.add_marker(skip)


@pytest.fixture(scope="session")
def reference() -> Path:
    """Folder with the reference `data/` and `fixtures/`; skips where it is absent."""
    folder = Path(os.environ.get("V2V_REFERENCE", ""))
    if not (folder / "data").is_dir() or not (folder / "fixtures").is_dir():
        pytest.skip("reference data absent: V2V_REFERENCE names no folder with it")
    return folder
