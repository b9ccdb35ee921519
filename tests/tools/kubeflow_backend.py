"""Plays the back end of Kubeflow Pipelines v2: runs a compiled pipeline's commands.

Every container command is a process of its own, in the order of the DAG, with the
inputs that Kubeflow would give it. Resolvers are answered from what earlier runs made.
"""

from __future__ import annotations

import collections
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from google.protobuf import json_format
from kfp.pipeline_spec import pipeline_spec_pb2

ARTIFACT_LIST = pipeline_spec_pb2.ArtifactList
_QUERY = re.compile(r'schema_title="(?P<title>[^"]+)"')
_NUMBER = re.compile(r"metadata\.(?P<key>\w+)\.number_value=(?P<value>\d+)")
_NAME = re.compile(r"name=\"\{\{\$\.inputs\.artifacts\['(\w+)'\]\.metadata\['(\w+)'\]")


class TaskFailed(Exception):
    """A command ended with another status than 0; the end of its output."""


@dataclass
class Backend:
    """Runs pipelines, and remembers their artifacts.

    Attributes:
        folder: where artifacts go.
        artifacts: all that were made, newest last.
        commands: how many were run.
    """

    folder: Path
    artifacts: list[Any] = field(default_factory=list)
    commands: int = 0

    def run(self, spec: dict[str, Any], parameters: dict[str, Any]) -> list[str]:
        """Runs a pipeline.

        Args:
            spec: as compiled.
            parameters: of the run; others have their defaults.

        Returns:
            The tasks in the order in which they ran.

        Raises:
            TaskFailed: a command fails.
        """
        pipeline = pipeline_spec_pb2.PipelineSpec()
        json_format.ParseDict(spec, pipeline)
        deployment = pipeline_spec_pb2.PipelineDeploymentConfig()
        json_format.ParseDict(spec["deploymentSpec"], deployment)
        given = {
            name: json_format.MessageToDict(p.default_value)
            for name, p in pipeline.root.input_definitions.parameters.items()
            if p.HasField("default_value")
        } | parameters
        number = len(list(self.folder.glob("run-*")))
        run = _Run(self, pipeline, deployment, given, self.folder / f"run-{number}")
        for name in _order(pipeline.root.dag.tasks):
            run.task(name)
        return list(run.outputs)


class _Run:
    def __init__(self, backend, pipeline, deployment, parameters, folder):
        self.backend = backend
        self.pipeline = pipeline
        self.deployment = deployment
        self.parameters = parameters
        self.folder = folder
        self.outputs: dict[str, dict[str, Any]] = {}

    def task(self, name: str) -> None:
        task = self.pipeline.root.dag.tasks[name]
        component = self.pipeline.components[task.component_ref.name]
        executor = self.deployment.executors[component.executor_label]
        inputs = {
            key: self.outputs[i.task_output_artifact.producer_task][
                i.task_output_artifact.output_artifact_key
            ]
            for key, i in task.inputs.artifacts.items()
        }
        if executor.HasField("resolver"):
            queries = executor.resolver.output_artifact_queries
            self.outputs[name] = {
                key: self._resolve(query.filter, inputs)
                for key, query in queries.items()
            }
            return
        self.outputs[name] = self._container(name, task, component, executor, inputs)

    def _resolve(self, query: str, inputs: dict[str, Any]) -> Any:
        """Answers with the newest artifact that a query asks for, or none."""
        title = _QUERY.search(query)["title"]
        found = [a for a in self.backend.artifacts if title in _title(a)]
        if number := _NUMBER.search(query):
            key, value = number["key"], float(number["value"])
            found = [a for a in found if _metadata(a).get(key) == value]
        if name := _NAME.search(query):
            wanted = {_metadata(a).get(name[2]) for a in inputs[name[1]].artifacts}
            found = [a for a in found if a.name in wanted]
        return ARTIFACT_LIST(artifacts=found[-1:])

    def _container(self, name, task, component, executor, inputs):
        folder = self.folder / name
        given = pipeline_spec_pb2.ExecutorInput()
        for key, artifacts in inputs.items():
            given.inputs.artifacts[key].CopyFrom(artifacts)
        for key, parameter in task.inputs.parameters.items():
            value = given.inputs.parameter_values[key]
            if parameter.HasField("component_input_parameter"):
                # A run that neither names a value nor has a default has none.
                chosen = self.parameters[parameter.component_input_parameter]
                json_format.ParseDict(chosen, value)
            else:
                value.CopyFrom(parameter.runtime_value.constant)
        for key, definition in component.output_definitions.artifacts.items():
            made = given.outputs.artifacts[key].artifacts.add(
                name=f"{self.folder.name}/{name}/{key}", uri=str(folder / key)
            )
            made.type.CopyFrom(definition.artifact_type)
            made.metadata.CopyFrom(definition.metadata)
            (folder / key).mkdir(parents=True)
        given.outputs.output_file = str(folder / "executor_output.json")
        container = executor.container
        hook = container.lifecycle.pre_cache_check
        if hook.command:
            self._execute([*hook.command, *hook.args], given, name)
        self._execute([*container.command, *container.args], given, name)
        return self._published(given)

    def _execute(self, command: list[str], given: Any, name: str) -> None:
        text = json_format.MessageToJson(given)
        filled = [text if part == "{{$}}" else part for part in command]
        here = Path(sys.executable).parent
        environment = {
            **os.environ,
            "PATH": f"{here}{os.pathsep}{os.environ['PATH']}",
            "TF_CPP_MIN_LOG_LEVEL": "3",
        }
        self.backend.commands += 1
        done = subprocess.run(
            filled,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if done.returncode:
            raise TaskFailed(f"{name}: status {done.returncode}: {done.stdout[-3000:]}")

    def _published(self, given: Any) -> dict[str, Any]:
        """Returns the outputs of a task, as it says they are."""
        said = pipeline_spec_pb2.ExecutorOutput()
        text = Path(given.outputs.output_file).read_text(encoding="utf-8")
        json_format.Parse(text, said)
        outputs = {}
        for key, declared in given.outputs.artifacts.items():
            # The type is the declared one; the task says the rest.
            artifact = declared.artifacts[0]
            if key in said.artifacts:
                told = said.artifacts[key].artifacts[0]
                artifact.uri = told.uri or artifact.uri
                artifact.metadata.MergeFrom(told.metadata)
            outputs[key] = ARTIFACT_LIST(artifacts=[artifact])
            self.backend.artifacts.append(artifact)
        return outputs


def _order(tasks: Any) -> list[str]:
    """Returns tasks so that each comes after those that it depends on."""
    needs = {
        name: {
            *task.dependent_tasks,
            *(
                i.task_output_artifact.producer_task
                for i in task.inputs.artifacts.values()
            ),
        }
        for name, task in tasks.items()
    }
    ordered: list[str] = []
    waiting = collections.deque(sorted(needs))
    while waiting:
        name = waiting.popleft()
        if needs[name] <= set(ordered):
            ordered.append(name)
        else:
            waiting.append(name)
    return ordered


def _title(artifact: Any) -> str:
    return artifact.type.schema_title or artifact.type.instance_schema


def _metadata(artifact: Any) -> dict[str, Any]:
    return json.loads(json_format.MessageToJson(artifact.metadata))
