"""Pages of the documentation that no file of docs/ holds, and links out of docs/.

- `index.md` is README.md.
- `api/` has a page for each public name of v2v_tf; that of `Config` has all its blocks.
- A file or folder outside docs/ that a page links to becomes a page that shows it, so
  that the same link works in the repository and on the site.
- Formulas become MathML, which browsers draw without a script.
"""

from __future__ import annotations

import dataclasses
import html
import os
import posixpath
import re
import sys
import typing
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import griffe
from latex2mathml.converter import convert as to_mathml
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[1]
API_TITLE, API_INDEX = "Python API", "api/index.md"
_LANGUAGES = {".py": "python", ".yaml": "yaml", ".yml": "yaml", ".sh": "bash"}
_LANGUAGES |= {".toml": "toml", ".html": "html", ".json": "json"}
_LINK = re.compile(r'(\]\(|(?:href|src)=")([^)\s#">]+)(?=[#)\s"])')
_FENCE = re.compile(r"^( *)(```+|~~~+).*?^\1\2 *$", re.MULTILINE | re.DOTALL)
_FORMULA = re.compile(
    r'<(span|div) class="arithmatex">(?:\\\(|\\\[)(.*?)(?:\\\)|\\\])</\1>', re.DOTALL
)
# Path in the repository of each page whose own path says nothing of it, and back.
_origins: dict[str, str] = {}


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Names headings as GitHub does, and lists the pages of the API."""
    config.mdx_configs["toc"]["slugify"] = slugify
    public = sorted(_public_names(), key=str.lower)
    names = [{name: f"api/{name}.md"} for name in public]
    config.nav = [
        {API_TITLE: [API_INDEX, *names]} if item == {API_TITLE: API_INDEX} else item
        for item in config.nav or []
    ]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the pages that are made."""
    _origins.clear()
    for file in files:
        _origins[file.src_uri] = f"docs/{file.src_uri}"
    if "index.md" not in _origins:
        _add(files, config, "index.md", "README.md")
    for name, text in _api_pages().items():
        files.append(File.generated(config, name, content=text))
    _add_linked(files, config)
    return files


def on_page_markdown(
    markdown: str, page: Page, config: MkDocsConfig, files: Files
) -> str:
    """Turns links of the repository into links of the site."""
    origin = _origins.get(page.file.src_uri)
    if origin is None:
        return markdown
    pages = {path: src_uri for src_uri, path in _origins.items()}
    here = posixpath.dirname(page.file.src_uri)

    def rewrite(match: re.Match) -> str:
        target = pages.get(_resolve(origin, match[2]) or "")
        if target is None:
            return match[0]
        return match[1] + posixpath.relpath(target, here or ".")

    return _outside_of_fences(markdown, lambda text: _LINK.sub(rewrite, text))


def on_page_content(
    content: str, page: Page, config: MkDocsConfig, files: Files
) -> str:
    """Turns formulas into MathML."""

    def convert(match: re.Match) -> str:
        display = "block" if match[1] == "div" else "inline"
        return to_mathml(html.unescape(match[2]).strip(), display=display)

    return _FORMULA.sub(convert, content)


def slugify(text: str, separator: str) -> str:
    """Returns the anchor of a heading, as GitHub makes it."""
    kept = re.sub(r"[^\w\- ]", "", text.strip().lower())
    return kept.replace(" ", separator)


def _add(files: Files, config: MkDocsConfig, src_uri: str, origin: str) -> None:
    """Adds a page that shows a file or a folder of the repository."""
    path = ROOT / origin
    _origins[src_uri] = origin
    if path.is_dir():
        shown = "\n".join(f"- [{item.name}]({item.name})" for item in _shown(path))
        text = f"# {origin}/\n\n{shown}\n"
    elif path.suffix == ".md":
        text = path.read_text(encoding="utf-8")
    elif path.suffix in _LANGUAGES or not path.suffix:
        code = path.read_text(encoding="utf-8").rstrip()
        language = _LANGUAGES.get(path.suffix, "text")
        text = f"# {origin}\n\n`````{language}\n{code}\n`````\n"
    else:
        files.append(File.generated(config, src_uri, abs_src_path=str(path)))
        return
    file = File.generated(config, src_uri, content=text)
    if src_uri not in str(config.nav):
        file.inclusion = InclusionLevel.NOT_IN_NAV
    files.append(file)


def _add_linked(files: Files, config: MkDocsConfig) -> None:
    """Adds what pages link to outside of docs/, and what those link to in turn."""
    for name in ("CONTRIBUTING.md", "CHANGELOG.md"):
        _add(files, config, name, name)
    waiting = list(files.documentation_pages())
    while waiting:
        file = waiting.pop()
        origin = _origins.get(file.src_uri)
        if origin is None:
            continue
        for target in _targets(file.content_string, origin):
            src_uri = _page_of(target)
            if target in _origins.values() or src_uri in _origins:
                continue
            _add(files, config, src_uri, target)
            if src_uri.endswith(".md"):
                waiting.append(files.src_uris[src_uri])


def _targets(markdown: str, origin: str) -> Iterator[str]:
    """Yields what exists in the repository, outside of docs/, that a text links to."""
    for match in _LINK.finditer(_FENCE.sub("", markdown)):
        target = _resolve(origin, match[2])
        if target and not target.startswith("docs/") and (ROOT / target).exists():
            yield target


def _resolve(origin: str, link: str) -> str | None:
    """Returns the path in the repository that a link means; None for others."""
    if re.match(r"[a-z]+:|/", link):
        return None
    base = origin if (ROOT / origin).is_dir() else posixpath.dirname(origin)
    target = posixpath.normpath(posixpath.join(base, link))
    return None if target.startswith("..") else target


def _page_of(target: str) -> str:
    """Returns the path of the page that shows a file or folder."""
    path = PurePosixPath(target)
    if (ROOT / target).is_dir():
        return f"files/{target}/index.md"
    if path.suffix == ".md":
        return target
    shown = path.suffix in _LANGUAGES or not path.suffix
    return f"files/{target}.md" if shown else f"files/{target}"


def _shown(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix in _LANGUAGES)


def _outside_of_fences(markdown: str, change: Callable[[str], str]) -> str:
    """Returns a text in which all but its code blocks is changed."""
    parts, end = [], 0
    for fence in _FENCE.finditer(markdown):
        parts += [change(markdown[end : fence.start()]), fence[0]]
        end = fence.end()
    return "".join([*parts, change(markdown[end:])])


def _public_names() -> dict[str, str]:
    """Returns the module of each public name."""
    sys.path.insert(0, os.fspath(ROOT))
    import v2v_tf

    return {name: v2v_tf._EXPORTS[name] for name in v2v_tf.__all__}


def _api_pages() -> dict[str, str]:
    """Returns the text of each page of the API."""
    names = _public_names()
    package = griffe.load("v2v_tf", search_paths=[ROOT])
    pages, rows = {}, []
    for name, module in sorted(names.items(), key=lambda item: item[0].lower()):
        path = f"{module}.{name}"
        docstring = package[path.removeprefix("v2v_tf.")].docstring
        first = docstring.value.partition("\n")[0] if docstring else ""
        rows.append(f"| [`{name}`]({name}.md) | {first} |")
        text = f"::: {path}\n    options:\n      heading_level: 1\n"
        pages[f"api/{name}.md"] = _configuration() if name == "Config" else text
    listed = "\n".join(rows)
    pages[API_INDEX] = (
        f"# {API_TITLE}\n\nThe public names, as in `v2v_tf.NAME`. They are imported on "
        "first use; everything else is reached by its module and may change.\n\n"
        f"| name | what it is |\n|---|---|\n{listed}\n"
    )
    return pages


def _configuration() -> str:
    """Returns the page of `Config` and of every block in it, outer ones first."""
    from v2v_tf import Config

    text = (
        "# Configuration\n\nA file of `configs/` holds some of these keys, and the "
        "others keep their defaults. `Config`, the first, holds the other blocks.\n\n"
    )
    paths = [f"{block.__module__}.{block.__qualname__}" for block in _blocks(Config)]
    return text + "".join(f"::: {path}\n\n" for path in paths)


def _blocks(cls: type) -> list[type]:
    """Returns a dataclass and all that its fields hold, each once, outer ones first."""
    from v2v_tf.config.plugins import Registry

    found: list[type] = []

    def visit(annotation: Any) -> None:
        if dataclasses.is_dataclass(annotation) and annotation not in found:
            found.append(typing.cast(type, annotation))
            hints = typing.get_type_hints(annotation, include_extras=True)
            for hint in hints.values():
                visit(hint)
        for inner in typing.get_args(annotation):
            if isinstance(inner, Registry):  # a block of each plug-in
                for name in inner.names():
                    visit(inner.get(name).config_class)
            visit(inner)

    visit(cls)
    return [block for block in found if dataclasses.fields(block)]
