"""Help texts of the commands around serving: phrases that stand alone."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from importlib.util import find_spec

import pytest

from pipeline import commands, demo
from serving import serve_command, stream_command
from v2v_tf.cli import export

HAS_TFX = find_spec("tfx") is not None  # without it two commands have no parsers
# Added by functions that other commands share.
SHARED = {"help", "config", "overrides"}


def parsers(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """A parser's sub-commands, and theirs."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for inner in action.choices.values():
                yield inner
                yield from parsers(inner)


@pytest.fixture(scope="module")
def all_commands() -> list[argparse.ArgumentParser]:
    parser = argparse.ArgumentParser()
    subparsers = parser.add_subparsers()
    modules = [serve_command, stream_command, export]
    if HAS_TFX:
        modules += [commands, demo]
    for module in modules:
        module.add_parser(subparsers)
    return list(parsers(parser))


def test_every_option_is_a_phrase_with_an_end(all_commands):
    texts = {
        f"{parser.prog} {action.dest}": action.help or ""
        for parser in all_commands
        for action in parser._actions
        if action.dest not in SHARED and action.option_strings
    }
    assert len(texts) > (40 if HAS_TFX else 35)
    short = [
        name
        for name, text in texts.items()
        if not text[:1].isupper() or not text.endswith(".") or len(text.split()) < 4
    ]
    assert short == []


def test_help_shows_defaults_that_mean_something(all_commands):
    for parser in all_commands:
        shown = " ".join(parser.format_help().split())
        assert "None" not in shown and "%(" not in shown
        assert "False)" not in shown
    stream = next(p for p in all_commands if p.prog.endswith(" stream"))
    shown = " ".join(stream.format_help().split())
    assert "Seconds that each request may take (default: 60)." in shown
