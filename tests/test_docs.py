"""The pages of the documentation: built whole and strictly, as `make docs` does."""

from __future__ import annotations

import html
import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import v2v_tf
from v2v_tf.config.plugins import MODELS, TASKS

ROOT = Path(__file__).parents[1]
_FETCHED = re.compile(r"<(?:script|img|link|iframe)\b[^>]*(?:src|href)=.?https?:")


def _need_mkdocs() -> None:
    """Skips where the extra [docs] is missing, which the living stack's lock lacks."""
    if importlib.util.find_spec("mkdocs") is None:
        pytest.skip("no mkdocs here (docs/stacks.md)")


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """Builds the pages; a warning, such as of a link that leads nowhere, fails."""
    _need_mkdocs()
    folder = tmp_path_factory.mktemp("docs") / "site"
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--quiet", "--site-dir", folder],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def hooks() -> ModuleType:
    _need_mkdocs()
    spec = importlib.util.spec_from_file_location(
        "mkdocs_hooks", ROOT / "scripts/mkdocs_hooks.py"
    )
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _text(page: Path) -> str:
    """Returns what a page shows, without its tags."""
    return html.unescape(re.sub(r"<[^>]+>", "", page.read_text(encoding="utf-8")))


def test_every_public_name_has_a_page_with_its_documentation(site):
    index = (site / "api/index.html").read_text(encoding="utf-8")
    for name in v2v_tf.__all__:
        documented = getattr(v2v_tf, name).__doc__.partition("\n")[0].strip()
        words = re.sub(r"[`*]", "", documented)
        assert words in _text(site / f"api/{name}.html"), name
        assert f'href="{name}.html"' in index, name


def test_examples_of_the_api_are_code(site):
    shown = (site / "api/generate.html").read_text(encoding="utf-8")
    (block,) = re.findall(
        r"<pre>(?:(?!</pre>).)*&gt;&gt;&gt;.*?</pre>", shown, re.DOTALL
    )
    assert "num_frames" in block
    for page in (site / "api").glob("*.html"):
        assert "<blockquote" not in page.read_text(encoding="utf-8"), page.name


def test_the_page_of_the_configuration_has_every_block(site):
    shown = _text(site / "api/Config.html")
    for block in ("GeneratorConfig", "StageConfig", "StreetConfig", "LossConfig"):
        assert re.search(rf"^class\s+{block}\b|{block}\(", shown, re.MULTILINE), block


def test_the_first_page_is_the_readme_with_its_pictures(site):
    first = (site / "index.html").read_text(encoding="utf-8")
    title = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()[0]
    assert title.removeprefix("# ") in _text(site / "index.html")
    pictures = re.findall(r'<img [^>]*src="([^"]+\.png)"', first)
    assert pictures and all((site / picture).is_file() for picture in pictures)


def test_the_first_page_can_be_read_in_three_minutes():
    words = (ROOT / "README.md").read_text(encoding="utf-8").split()
    assert 300 < len(words) <= 700


def test_the_picture_of_the_architecture_names_every_room_and_plug_in():
    drawn = (ROOT / "docs/architecture.svg").read_text(encoding="utf-8")
    names = set(re.findall(r"<text [^>]*>([^<]*)</text>", drawn))
    package = (ROOT / "v2v_tf").iterdir()
    rooms = {f"{path.name}/" for path in package if (path / "__init__.py").is_file()}
    assert len(rooms) > 14 and rooms - names == set()
    assert {"pipeline/", "serving/", *TASKS.names(), *MODELS.names()} - names == set()
    assert "prefers-color-scheme: dark" in drawn


PAGES = ("README.md", *sorted(f"docs/{path.name}" for path in ROOT.glob("docs/*.md")))


@pytest.mark.parametrize("page", PAGES)
def test_every_heading_of_a_page_is_one_on_the_site(page, site):
    text = (ROOT / page).read_text(encoding="utf-8")
    written = re.findall(r"^#{2,4} (.*)", text, re.MULTILINE)
    name = "index.html" if page == "README.md" else f"{Path(page).stem}.html"
    shown = (site / name).read_text(encoding="utf-8")
    # A code block that does not end swallows the headings after it.
    assert len(re.findall(r"<h[2-4] id=", shown)) == len(written)
    assert "```" not in _text(site / name)
    # Nor may an item of a list become a part of the paragraph before it.
    prose = re.sub(r"<pre.*?</pre>", "", shown, flags=re.DOTALL)
    assert re.findall(r"^ *[-*] \S.*", prose, re.MULTILINE) == []


@pytest.mark.parametrize("page", PAGES)
def test_what_stands_in_a_list_is_indented_by_four(page, hooks):
    """The site reads two spaces as no list at all, and as the end of one."""
    text = (ROOT / page).read_text(encoding="utf-8")
    assert re.findall(r"^ {1,3}```.*", text, re.MULTILINE) == []
    outside = hooks._FENCE.sub("", text)
    assert re.findall(r"^ {1,3}[-*] .*", outside, re.MULTILINE) == []


def test_no_page_fetches_anything(site):
    pages = list(site.rglob("*.html"))
    assert len(pages) > 25
    for page in pages:
        assert not _FETCHED.search(page.read_text(encoding="utf-8")), page.name


def test_links_out_of_the_folder_lead_to_pages_that_show_the_files(hooks):
    class Page:
        class file:  # noqa: N801 - the attribute of a page
            src_uri = "guide/first.md"

    hooks._origins.clear()
    hooks._origins.update(
        {
            "guide/first.md": "docs/guide/first.md",
            "other.md": "docs/other.md",
            "index.md": "README.md",
            "files/examples/a.py.md": "examples/a.py",
            "files/configs/index.md": "configs",
        }
    )
    text = (
        "[a](../../examples/a.py) [b](../other.md#part) [c](../../README.md) "
        "[d](../../configs/) [e](https://example.org/a.py) [f](#here) [g](lost.md)\n"
        "```\n[a](../../examples/a.py)\n```\n"
    )
    assert hooks.on_page_markdown(text, Page, None, None) == (
        "[a](../files/examples/a.py.md) [b](../other.md#part) [c](../index.md) "
        "[d](../files/configs/index.md) [e](https://example.org/a.py) [f](#here) "
        "[g](lost.md)\n```\n[a](../../examples/a.py)\n```\n"
    )


def test_only_links_to_what_exists_outside_of_the_folder_need_a_page(hooks):
    text = (
        "[a](../examples/reuse_saved_model.py) [b](presets.md) [c](../nowhere.py) "
        "[d](../configs) [e](../../outside.py)\n"
        "```\n[f](../setup.py)\n```\n"
    )
    assert list(hooks._targets(text, "docs/first.md")) == [
        *("examples/reuse_saved_model.py", "configs")
    ]


def test_headings_have_the_anchors_of_the_repository(hooks):
    assert hooks.slugify("How to add: a *loss* (2 files)", "-") == (
        "how-to-add-a-loss-2-files"
    )
    assert hooks.slugify("Video - frame_by_frame", "-") == "video---frame_by_frame"


def test_formulas_are_drawn_by_the_browser_alone(hooks):
    made = hooks.on_page_content(
        '<p><span class="arithmatex">\\(a_t &lt; 3\\)</span> costs $5</p>'
        '<div class="arithmatex">\\[\nx^2\n\\]</div>',
        *(None, None, None),
    )
    assert "arithmatex" not in made and made.endswith("</math>")
    assert made.count("<math") == 2 and 'display="block"' in made
    assert "<msub><mi>a</mi><mi>t</mi></msub><mo>&#x0003C;</mo><mn>3</mn>" in made
    assert "costs $5</p>" in made
