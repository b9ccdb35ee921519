"""Reads lineage: the runs, verdicts and versions that ML Metadata knows."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ml_metadata import metadata_store
from ml_metadata.proto import metadata_store_pb2

from v2v_tf.errors import InputError

_RUN = "pipeline_run"
_State = metadata_store_pb2.Execution


@dataclass(frozen=True)
class Run:
    """Describes one run of a pipeline.

    Attributes:
        name: id of the run, which tells the time that it began at.
        began: time that it began at, UTC.
        failed: components that failed.
        unfinished: components that still run, or were killed.
        executed: components that ran to their end.
        source: folder that the clips came from.
        num_clips: number of records by split.
        data: folder of the records.
        model: folder of the exported model.
        metrics: metrics of the Evaluator by name, over all clips.
        blessed: whether the Evaluator blessed the model; None where the run did not
            come so far.
        serves: whether infra validation proved that the model serves; None where the
            run did not come so far.
        pushed_version: version that serves this model; empty for none.
        pushed_to: folder of that version.
        pushed_now: whether this run pushed that version.
    """

    name: str
    began: datetime
    failed: tuple[str, ...] = ()
    unfinished: tuple[str, ...] = ()
    executed: tuple[str, ...] = ()
    source: str = ""
    num_clips: dict[str, int] = field(default_factory=dict)
    data: str = ""
    model: str = ""
    metrics: dict[str, float] = field(default_factory=dict)
    blessed: bool | None = None
    serves: bool | None = None
    pushed_version: str = ""
    pushed_to: str = ""
    pushed_now: bool = False

    @property
    def config(self) -> str:
        """Returns the path of the model's effective configuration; empty for none."""
        return str(Path(self.model) / "assets.extra/config.yaml") if self.model else ""

    @property
    def verdict(self) -> str:
        """Returns the outcome in a word or two, such as `pushed 1700000000`."""
        if self.failed:
            return f"failed: {', '.join(self.failed)}"
        if self.unfinished:
            return f"not finished: {', '.join(self.unfinished)}"
        if self.blessed is None:
            return "not evaluated"
        if not self.blessed:
            return "not blessed"
        if not self.serves:
            return "does not serve"
        return f"pushed {self.pushed_version}" if self.pushed_now else "unchanged"


def read_runs(
    database: Path, with_metrics: bool = True, newest: int | None = None
) -> list[Run]:
    """Returns the runs in a database, the first one first.

    Args:
        database: SQLite file of ML Metadata.
        with_metrics: read the Evaluator's results too, which takes seconds.
        newest: number of runs to return, the newest ones; None for all.

    Raises:
        InputError: there is no such file.
    """
    if not database.is_file():
        raise InputError(f"no pipeline has run here: {database} is missing")
    config = metadata_store_pb2.ConnectionConfig()
    config.sqlite.filename_uri = str(database)
    config.sqlite.connection_mode = (
        metadata_store_pb2.SqliteMetadataSourceConfig.READONLY
    )
    store = metadata_store.MetadataStore(config)
    contexts = sorted(store.get_contexts_by_type(_RUN), key=lambda context: context.id)
    chosen = contexts if newest is None else contexts[-newest:]
    return [_read_run(store, context, with_metrics) for context in chosen]


def as_table(runs: list[Run]) -> str:
    """Returns runs as text for people, the first one first."""
    blocks = []
    for run in runs:
        numbers = ", ".join(f"{k} {v:.4g}" for k, v in run.metrics.items())
        clips = ", ".join(f"{n} {split}" for split, n in run.num_clips.items())
        rows = (
            ("metrics", numbers),
            ("served", run.pushed_to),
            ("clips", f"{clips} from {run.source}" if clips else run.source),
            ("records", run.data),
            ("config", run.config),
        )
        lines = [f"{run.began:%Y-%m-%d %H:%M:%S} UTC  {run.verdict}"]
        lines += [f"  {title:8} {text}" for title, text in rows if text]
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks)


def as_json(runs: list[Run]) -> str:
    """Returns runs as JSON, a list of objects."""
    values = [
        {
            **dataclasses.asdict(run),
            "began": run.began.isoformat(),
            "config": run.config,
            "verdict": run.verdict,
        }
        for run in runs
    ]
    return json.dumps(values, indent=1)


def _read_run(
    store: metadata_store.MetadataStore,
    context: metadata_store_pb2.Context,
    with_metrics: bool,
) -> Run:
    executions = sorted(
        store.get_executions_by_context(context.id), key=lambda execution: execution.id
    )
    names = {t.id: t.name.rpartition(".")[2] for t in store.get_execution_types()}
    by_id = {e.id: e for e in executions}
    found: dict[str, Any] = {}
    for artifact, producer in _outputs(store, by_id):
        _add(found, artifact, producer, names[producer.type_id], with_metrics)
    for execution in executions:
        base = execution.custom_properties.get("input_base")
        if base is not None:
            found["source"] = base.string_value

    def in_state(*states: int) -> tuple[str, ...]:
        chosen = (e for e in executions if e.last_known_state in states)
        return tuple(names[execution.type_id] for execution in chosen)

    return Run(
        name=context.name,
        began=datetime.fromtimestamp(
            context.create_time_since_epoch / 1000, timezone.utc
        ),
        failed=in_state(_State.FAILED, _State.CANCELED),
        unfinished=in_state(_State.NEW, _State.RUNNING),
        executed=in_state(_State.COMPLETE),
        **found,
    )


def _outputs(
    store: metadata_store.MetadataStore,
    executions: dict[int, metadata_store_pb2.Execution],
) -> Iterable[tuple[metadata_store_pb2.Artifact, metadata_store_pb2.Execution]]:
    if not executions:
        return
    events = [
        event
        for event in store.get_events_by_execution_ids(list(executions))
        if event.type == metadata_store_pb2.Event.OUTPUT
    ]
    artifacts = store.get_artifacts_by_id(sorted({e.artifact_id for e in events}))
    by_id = {artifact.id: artifact for artifact in artifacts}
    for event in events:
        artifact = by_id[event.artifact_id]
        if artifact.state == metadata_store_pb2.Artifact.LIVE:
            yield artifact, executions[event.execution_id]


def _add(
    found: dict[str, Any],
    artifact: metadata_store_pb2.Artifact,
    producer: metadata_store_pb2.Execution,
    component: str,
    with_metrics: bool,
) -> None:
    """Adds what an artifact says to the fields of a run."""
    custom = artifact.custom_properties

    def number(name: str) -> int:
        return custom[name].int_value if name in custom else 0

    if artifact.type == "Examples":
        found["data"] = artifact.uri
        names = ("train", "eval")
        found["num_clips"] = {name: number(f"num_{name}_clips") for name in names}
    elif artifact.type == "Model" and component == "Trainer":
        found["model"] = str(Path(artifact.uri) / "Format-Serving")
    elif artifact.type == "ModelBlessing":
        found["blessed"] = number("blessed") == 1
    elif artifact.type == "InfraBlessing":
        found["serves"] = number("blessed") == 1
    elif artifact.type == "PushedModel" and number("pushed"):
        found["pushed_version"] = custom["pushed_version"].string_value
        found["pushed_to"] = custom["pushed_destination"].string_value
        fresh = producer.last_known_state == _State.COMPLETE
        found["pushed_now"] = fresh and number("newly_pushed") == 1
    elif artifact.type == "ModelEvaluation" and with_metrics:
        found["metrics"] = _metrics(artifact.uri)


def _metrics(folder: str) -> dict[str, float]:
    """Returns what the Evaluator found over all clips."""
    import tensorflow_model_analysis as tfma

    result = tfma.load_eval_result(folder)
    values: dict[str, float] = {}
    for key, metrics in result.slicing_metrics:
        if key == ():
            for of_outputs in metrics.values():
                for of_classes in of_outputs.values():
                    values |= {
                        name: value["doubleValue"]
                        for name, value in of_classes.items()
                        if "doubleValue" in value
                    }
    return values
