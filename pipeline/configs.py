"""Configures a pipeline: an experiment, and what is done with it at each run.

A pipeline's YAML names its experiment; the YAML of an experiment is taken as a pipeline
with the defaults of these classes.
"""

from __future__ import annotations

import dataclasses
import math
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import yaml

from v2v_tf import config as configuration
from v2v_tf.apps.packs.finding import model_folder
from v2v_tf.apps.packs.tuning import finetuning_config
from v2v_tf.config import Config, DataConfig
from v2v_tf.config import checks as config_checks
from v2v_tf.config import loading as config_loading
from v2v_tf.config.networks import DiscriminatorConfig, GeneratorConfig
from v2v_tf.config.plugins import MODELS
from v2v_tf.data.prepare.prepare import SAMPLING_ONLY
from v2v_tf.errors import InputError
from v2v_tf.storage import runs

PREPROCESSING_FN = "pipeline.preprocessing.preprocessing_fn"
RUN_FN = "pipeline.trainer.run_fn"
MODEL_NAME = "vid2vid"
PRESET_FOLDERS = tuple(folder / "pipelines" for folder in configuration.PRESET_FOLDERS)
_OWN = "pipeline."  # Begins overrides of the pipeline; others are of the experiment.
_EVAL_FRACTION = 0.2


@dataclass(frozen=True)
class ThresholdConfig:
    """Bounds of one metric that a model must meet to be blessed.

    Attributes:
        metric: output of the signature `evaluate` that is bounded, as its mean over
            clips.
        at_least: lower bound.
        at_most: upper bound.
        worse_by: largest change for the worse since the last blessed model: downwards
            for `psnr` (dB) and `ssim`, upwards for `warping_error`.
    """

    metric: Literal["psnr", "ssim", "warping_error"] = "psnr"
    at_least: float = -math.inf
    at_most: float = math.inf
    worse_by: float = math.inf


@dataclass(frozen=True)
class EvaluationConfig:
    """Says when a model is blessed, and how many of its videos are shown.

    Attributes:
        thresholds: bounds that must all hold, over all clips together.
        video_clips: number of held-out clips that are generated, measured as a set and
            shown.
    """

    thresholds: tuple[ThresholdConfig, ...] = (
        ThresholdConfig("psnr", at_least=10.0, worse_by=0.3),
        ThresholdConfig("ssim", at_least=0.1, worse_by=0.02),
        ThresholdConfig("warping_error", at_most=0.2, worse_by=0.01),
    )
    video_clips: int = 4


@dataclass(frozen=True)
class InfraValidationConfig:
    """Says how a model is served on trial before it is pushed.

    Attributes:
        server: `process` starts the embedded server; `docker` and `kubernetes` start
            TensorFlow Serving, as TFX does.
        image_tag: tag of the image `tensorflow/serving`, for `docker` and `kubernetes`.
        num_examples: number of clips that the server must answer.
        seconds: seconds that the server may take to load the model.
    """

    server: Literal["process", "docker", "kubernetes"] = "process"
    image_tag: str = "2.15.1"
    num_examples: int = 1
    seconds: int = 300


@dataclass(frozen=True)
class ExportConfig:
    """Holds the options of the pushed model, as of `v2v-tf export`.

    Attributes:
        precision: precision of weights and computation; `run` keeps that of training.
        state_dtype: type of the past frames that travel in states.
        freeze: write the weights as constants of the graph.
    """

    precision: Literal["run", "float32", "bfloat16"] = "run"
    state_dtype: Literal["float32", "float16", "uint8"] = "float32"
    freeze: bool = False


@dataclass(frozen=True)
class BeamConfig:
    """Holds options of Apache Beam.

    Attributes:
        args: pipeline options of every Beam component, such as `--runner=FlinkRunner`;
            empty for the DirectRunner.
        workers: number of processes of the DirectRunner that draw clips; 0 for one on
            each core.
    """

    args: tuple[str, ...] = ()
    workers: int = 0


@dataclass(frozen=True)
class TolerationConfig:
    """Names a taint of a node that a pod tolerates; Kubernetes defines the fields."""

    key: str = ""
    operator: Literal["Exists", "Equal"] = "Exists"
    value: str = ""
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] = "NoSchedule"


@dataclass(frozen=True)
class KubernetesConfig:
    """Sets image, resources and volume of the components on Kubernetes.

    Attributes:
        image: image of all components; `docker/Dockerfile` makes it.
        gpu_count: number of GPUs of the Trainer.
        gpu_type: name of the GPU resource, such as `nvidia.com/gpu`.
        cpu: number of cores of the Trainer.
        memory: memory of the Trainer, as Kubernetes writes it, such as `32Gi`.
        node_selector: labels of the nodes that the Trainer may run on.
        tolerations: taints of nodes that the Trainer tolerates.
        retries: number of times that the Trainer is started again; it resumes from its
            last checkpoint.
        evaluator_on_gpu: give the Evaluator the resources of the Trainer.
        volume_claim: name of a PersistentVolumeClaim that every component mounts;
            empty for none.
        mount_path: path at which the claim is mounted.
        workers: number of workers of a TFJob, each with the Trainer's resources.
    """

    image: str = "v2v-tf:latest"
    gpu_count: int = 1
    gpu_type: str = "nvidia.com/gpu"
    cpu: int = 8
    memory: str = "32Gi"
    node_selector: dict[str, str] = field(default_factory=dict)
    tolerations: tuple[TolerationConfig, ...] = ()
    retries: int = 2
    evaluator_on_gpu: bool = False
    volume_claim: str = ""
    mount_path: str = "/data"
    workers: int = 2


@dataclass(frozen=True)
class PipelineConfig:
    """Holds the configuration of a pipeline.

    Attributes:
        name: name in metadata and on Kubeflow, of a-z, 0-9 and hyphens.
        experiment: preset or YAML file of the experiment that is trained; a YAML that
            names `from_pretrained` alone trains the last stage of that model again.
        set: overrides of the experiment, `key.sub=value`.
        train_steps: steps of an epoch in every stage; 0 as the experiment says.
        warm_start: begin with the weights of the last blessed model.
        from_pretrained: name or folder of a pack, or a run, whose weights training
            begins with where `warm_start` has none; empty for random ones.
        evaluation: when a model is blessed.
        infra_validation: check that a model can be served before it is pushed.
        export: options of the pushed model.
        beam: options of the Beam components.
        kubernetes: image and resources on Kubeflow and for TFJob.

    Example:
        ```python
        >>> from pipeline import configs
        >>> options = ("pipeline.train_steps=20",)
        >>> pipeline, _ = configs.load("toy_street", options)
        >>> pipeline.train_steps
        20
        ```
    """

    name: str = "v2v-tf"
    experiment: str = "toy_street"
    set: tuple[str, ...] = ()
    train_steps: int = 0
    warm_start: bool = False
    from_pretrained: str = ""
    evaluation: EvaluationConfig = field(default_factory=EvaluationConfig)
    infra_validation: InfraValidationConfig = field(
        default_factory=InfraValidationConfig
    )
    export: ExportConfig = field(default_factory=ExportConfig)
    beam: BeamConfig = field(default_factory=BeamConfig)
    kubernetes: KubernetesConfig = field(default_factory=KubernetesConfig)


def load(
    path: str | Path, overrides: tuple[str, ...] = ()
) -> tuple[PipelineConfig, Config]:
    """Loads a pipeline and its experiment.

    Args:
        path: YAML file of a pipeline or of an experiment, or the name of a preset of
            either.
        overrides: changes of keys, `key.sub=value`; of the pipeline where they begin
            with `pipeline.`, else of the experiment.

    Returns:
        The pipeline and the experiment. Where the experiment sets no sequences aside,
        a fifth of them is set aside to evaluate models on.

    Raises:
        InputError: there is no such file or preset, a key is unknown, a value has a
            wrong type, or a pipeline cannot train the model.

    Example:
        ```python
        >>> pipeline, config = load("toy_street", ("pipeline.train_steps=20", "seed=5"))
        >>> pipeline.train_steps, config.seed
        (20, 5)
        ```
    """
    values = _read(path)
    if values is None:
        values = {"experiment": str(path)}
    pipeline = config_loading.build(PipelineConfig, values, str(path))
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,127}", pipeline.name):
        raise InputError(
            f"{path}: a pipeline's name may have a-z, 0-9 and hyphens, got "
            f"'{pipeline.name}'"
        )
    mine = [o.removeprefix(_OWN) for o in overrides if o.startswith(_OWN)]
    others = [o for o in overrides if not o.startswith(_OWN)]
    for override in mine:
        pipeline = config_loading.override(pipeline, override)
    options = (*pipeline.set, *others)
    start = None
    if pipeline.from_pretrained:
        start = model_folder(pipeline.from_pretrained)
        # Folders may be of the machine that trains, names are known here.
        if start.parent == Path():
            runs.load_config(start)
    if start is not None and "experiment" not in values:
        config = finetuning_config(start, options)
    else:
        config = configuration.load_config(pipeline.experiment, options)
    if not MODELS.get(config.model).can_be_exported:
        names = " or ".join(MODELS.names_with("can_be_exported"))
        raise InputError(
            f"{path}: a pipeline exports what it trains, so it trains model: {names}, "
            f"this is {config.model}: train that with v2v-tf train"
        )
    if config.data.eval_fraction == 0:
        data = dataclasses.replace(config.data, eval_fraction=_EVAL_FRACTION)
        config = dataclasses.replace(config, data=data)
    return pipeline, config


def records_yaml(config: Config) -> str:
    """Returns the part of an experiment that its clip records depend on.

    What else changes does not make ingestion run again.
    """
    defaults = DataConfig()
    sampling = {name: getattr(defaults, name) for name in SAMPLING_ONLY}
    kept = Config(
        task=config.task,
        conditioning=config.conditioning,
        data=dataclasses.replace(config.data, **sampling),
        generator=GeneratorConfig(use_foreground=False),
        discriminator=DiscriminatorConfig(use_face=False),
    )
    return configuration.to_yaml(kept)


def parse_config(text: str) -> Config:
    """Returns the configuration of `records_yaml` or `to_yaml`."""
    values = yaml.safe_load(text)
    config = config_loading.build(Config, values, "the pipeline's configuration")
    config_checks.check(config, "the pipeline's configuration")
    return config


def _read(path: str | Path) -> dict | None:
    """Returns the YAML of a pipeline, or None for that of an experiment."""
    candidates = [Path(path), *(f / f"{path}.yaml" for f in PRESET_FOLDERS)]
    found = next((file for file in candidates if file.is_file()), None)
    if found is None:
        return None  # A preset of an experiment, or nothing: `load` says so.
    try:
        values = yaml.safe_load(found.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{found}: not valid YAML: {error}") from error
    if isinstance(values, dict) and values.keys() & {"experiment", "from_pretrained"}:
        return values
    return None
