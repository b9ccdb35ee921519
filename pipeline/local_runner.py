"""Runs the pipeline on this machine: metadata in SQLite, Beam's DirectRunner."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tfx import v1 as tfx

from pipeline import progress
from pipeline.configs import MODEL_NAME, BeamConfig, PipelineConfig
from pipeline.history import Run, read_runs
from pipeline.pipeline import create_pipeline
from v2v_tf.config import Config
from v2v_tf.errors import InputError


@dataclass(frozen=True)
class Root:
    """The folder of a pipeline, and what is where in it.

    Attributes:
        folder: the folder.
    """

    folder: Path

    @property
    def artifacts(self) -> Path:
        """What components write."""
        return self.folder / "artifacts"

    @property
    def metadata(self) -> Path:
        """ML Metadata, SQLite."""
        return self.folder / "metadata.sqlite"

    @property
    def serving_model(self) -> Path:
        """Pushed versions, for a server's `--model-base-path`."""
        return self.folder / "serving_model" / MODEL_NAME

    @property
    def training(self) -> Path:
        """Trainings under way."""
        return self.folder / "training"

    def log_file(self) -> Path:
        """Returns a new one, named by the time."""
        name = time.strftime("%Y%m%d-%H%M%S")
        return self.folder / "logs" / f"{name}-{os.getpid()}.log"


@dataclass(frozen=True)
class LocalRun:
    """What a local run did.

    Attributes:
        executed: components that ran.
        cached: components whose results were there already.
        verdict: of the run, see `history.Run`.
    """

    executed: tuple[str, ...]
    cached: tuple[str, ...]
    verdict: Run


def run(pipeline: PipelineConfig, config: Config, source: Path, root: Path) -> LocalRun:
    """Runs the pipeline once; what is unchanged since an earlier run is not repeated.

    Args:
        pipeline: its configuration.
        config: the experiment.
        source: folder of clips, for `v2v-tf prepare` or of its records.
        root: folder of the pipeline; made, or that of earlier runs.

    Raises:
        InputError: no such source, another run in the same folder, clips that are
            refused, or as of training.
    """
    source, where = source.resolve(), Root(root.resolve())
    if not source.is_dir():
        raise InputError(f"{source} is no folder: name the folder that holds the clips")
    if where.folder.is_relative_to(source):
        raise InputError(
            f"{where.folder} lies in the source, which would change with every run: "
            "name another --root"
        )
    with _alone(where.folder):
        dag = create_pipeline(
            str(where.artifacts),
            str(source),
            str(where.serving_model),
            str(where.training),
            pipeline,
            config,
            metadata_connection_config=(
                tfx.orchestration.metadata.sqlite_metadata_connection_config(
                    str(where.metadata)
                )
            ),
            beam_pipeline_args=beam_args(pipeline.beam),
            ingest_args=ingest_args(pipeline.beam),
        )
        names = [node.id for node in dag.components]
        log_file = where.log_file()
        try:
            with progress.show(names, log_file) as shown:
                tfx.orchestration.LocalDagRunner().run(dag)
        except Exception:
            print(f"the whole log: {log_file}", flush=True)
            raise
        (verdict,) = read_runs(where.metadata, newest=1)
    return LocalRun(tuple(shown.executed), tuple(shown.cached), verdict)


def describe(done: LocalRun) -> list[str]:
    """Returns what a run did, in lines for people."""
    verdict = done.verdict
    lines = [f"{name:14} {value:.4f}" for name, value in verdict.metrics.items()]
    if not done.executed:
        lines.append("nothing was executed: all is as it was")
    else:
        lines.append(f"unchanged: {', '.join(done.cached) or 'nothing'}")
    lines.append(f"verdict: {verdict.verdict}")
    if verdict.pushed_version:
        lines.append(f"served version: {verdict.pushed_to}")
    return lines


def beam_args(config: BeamConfig) -> list[str]:
    """Returns the options of every Beam component."""
    return list(config.args) or ["--direct_running_mode=in_memory"]


def ingest_args(config: BeamConfig) -> list[str]:
    """Returns further options where clips are drawn: a process for each core.

    The other components look at scalars, or hold a model; starting processes would take
    them longer.
    """
    workers = config.workers or os.cpu_count() or 1
    if config.args or workers == 1:
        return []
    return ["--direct_running_mode=multi_processing", f"--direct_num_workers={workers}"]


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Holds the lock of a pipeline's folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise InputError(
                f"another run is under way in {folder}: wait for it, or name another "
                "--root"
            ) from error
        yield
