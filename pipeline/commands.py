"""`v2v-tf pipeline`: run it here, compile it for Kubeflow, see what it did."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path

from v2v_tf import extras
from v2v_tf.cli.main import add_config_arguments

ENGINES = ("kubeflow", "kubeflow-v2", "tfjob")


def add_parser(subparsers) -> None:
    """Adds the sub-command and its own ones."""
    extras.require("pipeline")  # importing TFX to see would take seconds
    parser = subparsers.add_parser(
        "pipeline",
        help="the nightly pipeline: ingest, validate, train, evaluate, push",
        description="The production pipeline on TFX, locally or on Kubeflow.",
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    _add_run(actions)
    _add_compile(actions)
    _add_history(actions)


def _add_run(actions) -> None:
    parser = actions.add_parser(
        "run",
        help="run it on this machine",
        description="Runs the pipeline once. What is unchanged since an earlier run in "
        "the same root is not repeated, and a training that was killed goes on.",
    )
    add_config_arguments(parser, default="toy_street")
    parser.add_argument(
        "--source",
        required=True,
        type=Path,
        metavar="DIR",
        help="folder of clips, as of `v2v-tf prepare`, or clip records it wrote",
    )
    parser.add_argument(
        "--root",
        required=True,
        type=Path,
        metavar="DIR",
        help="folder of the pipeline: artifacts, metadata, pushed models",
    )
    parser.set_defaults(run_command=run)


def _add_compile(actions) -> None:
    parser = actions.add_parser(
        "compile",
        help="write what a cluster runs",
        description="kubeflow: a workflow of Kubeflow Pipelines v1 (Argo); "
        "kubeflow-v2: a pipeline of v2 (IR 2.1); tfjob: distributed training alone, "
        "for the Training Operator.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add_config_arguments(parser, default="toy_street")
    parser.add_argument("--engine", required=True, choices=ENGINES, help="for what")
    parser.add_argument(
        "--output",
        required=True,
        type=Path,
        metavar="FILE",
        help=".yaml; for kubeflow-v2 also .json",
    )
    parser.add_argument(
        "--root",
        default="/data/pipeline",
        metavar="URI",
        help="default, on the cluster",
    )
    parser.add_argument(
        "--source", default="/data/clips", metavar="URI", help="default, on the cluster"
    )
    parser.add_argument(
        "--overwrite", action="store_true", help="replace a file that is there"
    )
    parser.set_defaults(run_command=compile_for)


def _add_history(actions) -> None:
    parser = actions.add_parser(
        "history",
        help="list runs, verdicts, and what is served",
        description="Lists the runs of a local pipeline: verdict, metrics, pushed "
        "version, and the data and configuration that it came from.",
    )
    parser.add_argument(
        "--root", required=True, type=Path, metavar="DIR", help="of `pipeline run`"
    )
    parser.add_argument(
        "--json", action="store_true", help="for programs, one object a run"
    )
    parser.set_defaults(run_command=show_history)


def run(args: argparse.Namespace) -> int:
    """Runs; returns 0 when a model is served that passed, 3 when it was not blessed."""
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
    """Compiles; returns 0."""
    from pipeline import configs, kubeflow_runner, kubeflow_v2_runner, tfjob
    from v2v_tf.files import replacing

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
    """Lists; returns 0."""
    from pipeline import history
    from pipeline.local_runner import Root

    runs = history.read_runs(Root(args.root).metadata)
    text = history.as_json(runs) if args.json else history.as_table(runs)
    print(text)
    return 0
