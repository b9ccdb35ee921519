"""Runs the pipeline on this machine, with metadata in SQLite and local Beam."""

from __future__ import annotations

import contextlib
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
from v2v_tf.storage.locks import alone


@dataclass(frozen=True)
class Root:
    """Names the folder of a pipeline, and the paths in it.

    Attributes:
        folder: path of the folder.
    """

    folder: Path

    @property
    def artifacts(self) -> Path:
        """Returns the folder of the artifacts that components write."""
        return self.folder / "artifacts"

    @property
    def metadata(self) -> Path:
        """Returns the SQLite file of ML Metadata."""
        return self.folder / "metadata.sqlite"

    @property
    def serving_model(self) -> Path:
        """Returns the folder of the pushed versions, a server's `--model-base-path`."""
        return self.folder / "serving_model" / MODEL_NAME

    @property
    def training(self) -> Path:
        """Returns the folder of the trainings in progress."""
        return self.folder / "training"

    def log_file(self) -> Path:
        """Returns the path of a new log file, named by the time."""
        name = time.strftime("%Y%m%d-%H%M%S")
        return self.folder / "logs" / f"{name}-{os.getpid()}.log"


@dataclass(frozen=True)
class LocalRun:
    """Holds the result of a local run.

    Attributes:
        executed: components that ran.
        cached: components whose results of an earlier run were used again.
        verdict: verdict, metrics and pushed version of the run.
    """

    executed: tuple[str, ...]
    cached: tuple[str, ...]
    verdict: Run


def run(pipeline: PipelineConfig, config: Config, source: Path, root: Path) -> LocalRun:
    """Runs the pipeline once; what is unchanged since an earlier run is not repeated.

    Args:
        pipeline: configuration of the pipeline.
        config: configuration of the experiment.
        source: folder of clips as `v2v-tf prepare` takes it, or of its records.
        root: folder of the pipeline, new or that of earlier runs.

    Returns:
        The components that ran, and the verdict on the model.

    Raises:
        InputError: there is no such source, another run is in progress in the same
            folder, clips are refused, or training refuses its input.

    Example:
        Run a pipeline on clips of a folder, as `v2v-tf pipeline run` does:

        ```python
        >>> from pathlib import Path
        >>> from pipeline import configs
        >>> pipeline, config = configs.load("nightly.yaml")
        >>> done = run(pipeline, config, Path("clips"), Path("nightly"))
        [ 1/12] ClipExampleGen ...
        >>> done.verdict.blessed
        True
        ```
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
    """Returns the result of a run as lines of text."""
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
    """Returns the Beam options that all components have in common."""
    return list(config.args) or ["--direct_running_mode=in_memory"]


def ingest_args(config: BeamConfig) -> list[str]:
    """Returns further Beam options for drawing clips: a process for each core.

    The other components read scalars, or hold a model; starting processes would take
    them longer.
    """
    workers = config.workers or os.cpu_count() or 1
    if config.args or workers == 1:
        return []
    return ["--direct_running_mode=multi_processing", f"--direct_num_workers={workers}"]


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Holds a pipeline's folder."""
    folder.mkdir(parents=True, exist_ok=True)
    taken = f"another run is under way in {folder}: wait for it, or name another --root"
    with alone(folder, taken):
        yield
