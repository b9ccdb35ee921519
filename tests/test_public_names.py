"""The names that `import v2v_tf` offers, and that README links lead somewhere."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import v2v_tf

ROOT = Path(__file__).parents[1]


def test_every_public_name_is_there() -> None:
    for name in v2v_tf.__all__:
        assert callable(getattr(v2v_tf, name)), name


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Vid2vid'"):
        _ = v2v_tf.Vid2vid


def test_importing_the_package_imports_no_tensorflow() -> None:
    code = "import sys, v2v_tf; sys.exit('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(("given", "kept"), [(None, "0"), ("1", "1")])
def test_children_are_not_disturbed_by_grpc(given, kept) -> None:
    name = "GRPC_ENABLE_FORK_SUPPORT"
    environment = {k: v for k, v in os.environ.items() if k != name}
    environment |= {} if given is None else {name: given}
    code = f"import os, v2v_tf; print(os.environ[{name!r}])"
    command = [sys.executable, "-c", code]
    found = subprocess.check_output(command, env=environment, text=True)
    assert found.strip() == kept


@pytest.mark.parametrize(
    "page",
    ["README.md", "docs/ARCHITECTURE.md", "docs/guide.md", "docs/presets.md"],
)
def test_links_lead_somewhere(page: str) -> None:
    path = ROOT / page
    links = re.findall(r"\]\(([^)#]+)\)", path.read_text(encoding="utf-8"))
    missing = [
        link
        for link in links
        if not link.startswith("http") and not (path.parent / link).exists()
    ]
    assert missing == []
