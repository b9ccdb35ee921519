"""`v2v-tf pipeline` runs the pipeline, compiles it for clusters, lists its runs."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path

from v2v_tf import extras
from v2v_tf.cli.main import add_config_arguments

ENGINES = ("kubeflow", "kubeflow-v2", "tfjob")


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Adds the sub-command `pipeline` and its actions."""
    extras.require("pipeline")  # importing TFX to see would take seconds
    parser = subparsers.add_parser(
        "pipeline",
        help="run the production pipeline: ingest, validate, train, evaluate, push",
        description="Runs the production pipeline on TFX on this machine, compiles it "
        "for Kubeflow, or lists what earlier runs did.",
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    _add_run(actions)
    _add_compile(actions)
    _add_history(actions)


def _add_run(actions: argparse._SubParsersAction) -> None:
    parser = actions.add_parser(
        "run",
        help="run the pipeline once on this machine",
        description="Runs the pipeline once on this machine. Components whose inputs "
        "are as in an earlier run in the same root are not repeated, and a training "
        "that was interrupted resumes.",
    )
    add_config_arguments(parser, default="toy_street")
    parser.add_argument(
        "--source",
        required=True,
        type=Path,
        metavar="DIR",
        help="Folder of clips as `v2v-tf prepare` takes it, or of the clip records "
        "that it wrote.",
    )
    parser.add_argument(
        "--root",
        required=True,
        type=Path,
        metavar="DIR",
        help="Folder of the pipeline, which holds artifacts, metadata, logs and pushed "
        "models.",
    )
    parser.set_defaults(run_command=run)


def _add_compile(actions: argparse._SubParsersAction) -> None:
    parser = actions.add_parser(
        "compile",
        help="compile the pipeline to a file that a cluster runs",
        description="Compiles the pipeline to a file that a cluster runs. Engines: "
        "kubeflow, a workflow of Kubeflow Pipelines v1 (Argo); kubeflow-v2, a pipeline "
        "of v2 (IR 2.1); tfjob, distributed training alone, for the Training Operator.",
    )
    add_config_arguments(parser, default="toy_street")
    parser.add_argument(
        "--engine",
        required=True,
        choices=ENGINES,
        help="System that will run the file.",
    )
    parser.add_argument(
        "--output",
        required=True,
        type=Path,
        metavar="FILE",
        help="File to write, ending in .yaml, or in .json for kubeflow-v2.",
    )
    parser.add_argument(
        "--root",
        default="/data/pipeline",
        metavar="URI",
        help="Folder of the pipeline as the cluster sees it (default: %(default)s).",
    )
    parser.add_argument(
        "--source",
        default="/data/clips",
        metavar="URI",
        help="Folder of clips or clip records as the cluster sees it, which a run may "
        "replace by another (default: %(default)s).",
    )
    parser.add_argument(
        "--overwrite", action="store_true", help="Replace the output file if it exists."
    )
    parser.set_defaults(run_command=compile_for)


def _add_history(actions: argparse._SubParsersAction) -> None:
    parser = actions.add_parser(
        "history",
        help="list the runs of a pipeline and their verdicts",
        description="Lists the runs of a local pipeline with their verdict, metrics "
        "and pushed version, and the data and configuration that each came from.",
    )
    parser.add_argument(
        "--root",
        required=True,
        type=Path,
        metavar="DIR",
        help="Folder of the pipeline, as given to `v2v-tf pipeline run`.",
    )
    parser.add_argument(
        "--json",
        action="store_true",
        help="Print JSON for programs, a list with one object for each run.",
    )
    parser.set_defaults(run_command=show_history)


def run(args: argparse.Namespace) -> int:
    """Runs the pipeline; returns 0 when its model is served, 3 when it did not pass."""
    print("starting, which takes some seconds", flush=True)
    from pipeline import configs, local_runner
    from v2v_tf.training.interruption import Interrupted

    pipeline, config = configs.load(args.config, tuple(args.overrides))
    try:
        done = local_runner.run(pipeline, config, args.source, args.root)
    except Interrupted as stopped:
        print(f"v2v-tf pipeline: {stopped}", file=sys.stderr)
        return 0 if stopped.signum == signal.SIGTERM else 128 + stopped.signum
    for line in local_runner.describe(done):
        print(line)
    return 0 if done.verdict.blessed and done.verdict.serves else 3


def compile_for(args: argparse.Namespace) -> int:
    """Compiles the pipeline to a file; returns 0."""
    from pipeline import configs, kubeflow_runner, kubeflow_v2_runner, tfjob
    from v2v_tf.storage.files import replacing

    pipeline, config = configs.load(args.config, tuple(args.overrides))
    write = {
        "kubeflow": kubeflow_runner.write,
        "kubeflow-v2": kubeflow_v2_runner.write,
        "tfjob": tfjob.write,
    }[args.engine]
    takes_json = args.engine == "kubeflow-v2" and args.output.suffix == ".json"
    suffix = ".json" if takes_json else ".yaml"
    with replacing(args.output, suffix, args.overwrite) as partial:
        write(pipeline, config, args.root, args.source, partial)
    print(f"written: {args.output}")
    return 0


def show_history(args: argparse.Namespace) -> int:
    """Prints the runs of a pipeline; returns 0."""
    from pipeline import history
    from pipeline.local_runner import Root

    runs = history.read_runs(Root(args.root).metadata)
    text = history.as_json(runs) if args.json else history.as_table(runs)
    print(text)
    return 0
