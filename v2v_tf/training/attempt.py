"""Marks a run while it trains, so that the next start knows of a kill.

A system that runs out of memory kills without a word. Whatever ends in another way,
with an error or by a signal that asks, takes the mark away.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import socket
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from absl import logging

from v2v_tf.errors import InputError
from v2v_tf.storage import runs
from v2v_tf.storage.files import write_text
from v2v_tf.storage.locks import alone, is_held

MARK = "training.json"


@dataclass(frozen=True)
class Attempt:
    """A training that has begun and did not say that it ended.

    Attributes:
        process: its number.
        host: name of its machine.
        began: date and time, as people read them.
    """

    process: int
    host: str
    began: str

    @classmethod
    def of_this_process(cls) -> Attempt:
        """Returns that of the process that asks."""
        now = datetime.datetime.now().astimezone().isoformat(" ", "seconds")
        return cls(os.getpid(), socket.gethostname(), now)


def check_last(run_dir: Path, what_needs_less: str) -> None:
    """Warns where the last training of a run was killed, and names the likely cause.

    Args:
        run_dir: the run.
        what_needs_less: what would need less memory, a clause.

    Raises:
        InputError: that training is still going on.
    """
    last = _read(run_dir / MARK)
    if is_held(run_dir):
        raise InputError(_taken(run_dir, last))
    if last is None:
        return
    found = runs.checkpoints(run_dir)
    saved = "no checkpoint was saved"
    if found:
        saved = f"the last checkpoint is that of step {found[0][0]}"
    logging.warning(
        "%s: the last training (process %d on %s, begun %s) was killed and could not "
        "say why, most likely by the system because memory ran out; %s; %s",
        *(run_dir, last.process, last.host, last.began, saved, what_needs_less),
    )


@contextlib.contextmanager
def marked(run_dir: Path, writes: bool = True) -> Iterator[None]:
    """Holds and marks a run during the block, however the block ends but by a kill.

    Args:
        run_dir: folder of the run, which is there.
        writes: whether this process writes the run folder.

    Raises:
        InputError: another process trains it.
    """
    if not writes:
        yield
        return
    path = run_dir / MARK
    with held(run_dir):
        attempt = Attempt.of_this_process()
        write_text(path, json.dumps(asdict(attempt), indent=1))
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def held(run_dir: Path) -> contextlib.AbstractContextManager[None]:
    """Returns a block during which nobody else trains a run, which is there.

    Raises:
        InputError: another process trains it, as the block begins.
    """
    return alone(run_dir, _taken(run_dir, _read(run_dir / MARK)))


def _taken(run_dir: Path, by: Attempt | None) -> str:
    who = "another process"
    if by is not None:
        who = f"process {by.process} on {by.host} since {by.began}"
    return f"{run_dir} is being trained by {who}: wait until it is done, or stop it"


def _read(path: Path) -> Attempt | None:
    try:
        return Attempt(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
