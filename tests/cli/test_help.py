"""Help texts are whole phrases, with the defaults that there are."""

from __future__ import annotations

import argparse
import re

import pytest

from v2v_tf.cli import main as entry
from v2v_tf.cli.arguments import HelpFormatter


def _parsers() -> dict[str, argparse.ArgumentParser]:
    """The parsers of this package's commands, those of `styles` among them."""
    found = {}
    waiting = {
        name.replace("_", "-"): parser
        for name, parser in _children(entry.build_parser()).items()
        if name.replace("-", "_") in entry.COMMANDS
    }
    while waiting:
        name, parser = waiting.popitem()
        found[name] = parser
        below = _children(parser)
        waiting |= {f"{name} {action}": child for action, child in below.items()}
    return found


def _children(parser) -> dict[str, argparse.ArgumentParser]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}


PARSERS = _parsers()


def test_every_command_is_looked_at():
    assert len(PARSERS) == len(entry.COMMANDS) + 2 + 4  # of styles, of models
    assert "styles show" in PARSERS


@pytest.mark.parametrize("name", sorted(PARSERS))
def test_options_are_described_by_phrases_that_stand_alone(name):
    for action in PARSERS[name]._actions:
        if isinstance(action, (argparse._HelpAction, argparse._SubParsersAction)):
            continue
        text = action.help or ""
        assert re.fullmatch(r"[A-Z].{11,}\.", text, re.S), (action.dest, text)
        assert not re.match(r"(Of|As|How|Likewise)\b", text), (action.dest, text)


@pytest.mark.parametrize("name", sorted(PARSERS))
def test_only_defaults_that_say_something_are_printed(name):
    shown = PARSERS[name].format_help()
    for nothing in ("(default: None)", "(default: False)", "(default: [])"):
        assert nothing not in " ".join(shown.split())


def test_a_default_is_printed():
    parser = argparse.ArgumentParser(formatter_class=HelpFormatter)
    parser.add_argument("--rate", default=12.5, help="Frames per second.")
    parser.add_argument("--seed", default=0, help="Seed of the draws.")
    parser.add_argument("--name", default="x", help="Name of it (default: as shown).")
    parser.add_argument("--none", help="Something else.")
    shown = parser.format_help()
    assert "Frames per second (default: 12.5)." in shown
    assert "Seed of the draws (default: 0)." in shown
    assert "Name of it (default: as shown)." in shown
    assert re.search(r"Something else\.$", shown, re.M)
    assert re.search(r"this help message and exit$", shown, re.M)
