"""What is compiled for clusters: parsed again, and looked at field by field."""

import json

import kubernetes_validate
import pytest
import yaml
from google.protobuf import json_format
from kfp.pipeline_spec import pipeline_spec_pb2
from tfx import v1 as tfx

from pipeline import configs, kubeflow_runner, kubeflow_v2_runner, kubernetes, tfjob
from v2v_tf.cli.main import main
from v2v_tf.errors import InputError

SETTINGS = (
    "pipeline.kubernetes.image=registry.example/v2v-tf:7",
    "pipeline.kubernetes.gpu_count=2",
    "pipeline.kubernetes.cpu=6",
    "pipeline.kubernetes.memory=48Gi",
    "pipeline.kubernetes.node_selector={pool: gpu}",
    "pipeline.kubernetes.tolerations=[{key: nvidia.com/gpu}]",
    "pipeline.kubernetes.retries=4",
    "pipeline.kubernetes.volume_claim=clips",
    "pipeline.kubernetes.workers=3",
    "pipeline.beam.args=['--runner=FlinkRunner', '--flink_master=flink:8081']",
    "pipeline.train_steps=5",
)
KUBERNETES_VERSION = "1.29"
HAS_ARGO = hasattr(tfx.orchestration.experimental, "KubeflowDagRunner")


@pytest.fixture(scope="module")
def settings(tiny_config):
    return configs.load(tiny_config, SETTINGS)


@pytest.fixture(scope="module")
def compiled():
    """Compiles a workflow of Kubeflow v1, where TFX does, with roots of its own."""
    if not HAS_ARGO:
        pytest.skip("this TFX compiles no Argo workflows (docs/stacks.md)")

    def compile_settings(settings, path, root="/r", source="/s"):
        kubeflow_runner.write(*settings, root, source, path)
        return yaml.safe_load(path.read_text())

    return compile_settings


@pytest.fixture(scope="module")
def workflow(compiled, settings, tmp_path_factory):
    path = tmp_path_factory.mktemp("v1") / "pipeline.yaml"
    return compiled(settings, path, "/data/nightly", "/data/clips")


@pytest.fixture(scope="module")
def documents(settings, tmp_path_factory):
    path = tmp_path_factory.mktemp("v2") / "pipeline.yaml"
    kubeflow_v2_runner.write(*settings, "/data/nightly", "/data/clips", path)
    return list(yaml.safe_load_all(path.read_text()))


@pytest.fixture(scope="module")
def job(settings, tmp_path_factory):
    path = tmp_path_factory.mktemp("tfjob") / "job.yaml"
    tfjob.write(*settings, "/data/nightly", "/data/records", path)
    return list(yaml.safe_load_all(path.read_text()))


def _templates(workflow):
    return {t["name"]: t for t in workflow["spec"]["templates"] if "container" in t}


def test_a_workflow_has_every_component_in_order(workflow):
    assert (workflow["apiVersion"], workflow["kind"]) == (
        "argoproj.io/v1alpha1",
        "Workflow",
    )
    (dag,) = (t["dag"] for t in workflow["spec"]["templates"] if "dag" in t)
    needs = {task["name"]: set(task.get("dependencies", ())) for task in dag["tasks"]}
    assert needs["transform"] >= {"datagate", "clipexamplegen"}
    assert needs["trainer"] >= {"transform", "clipexamplegen"}
    assert needs["modelpusher"] == {"trainer", "evaluator", "servingvalidator"}
    assert needs["clipexamplegen"] == set() and len(needs) == 12


def test_the_trainer_alone_has_a_gpu(workflow):
    templates = _templates(workflow)
    limits = {n: t["container"].get("resources", {}) for n, t in templates.items()}
    assert limits.pop("trainer") == {
        "limits": {"cpu": "6", "memory": "48Gi", "nvidia.com/gpu": "2"}
    }
    assert not any(limits.values())
    trainer = templates["trainer"]
    assert trainer["nodeSelector"] == {"pool": "gpu"}
    assert trainer["retryStrategy"]["limit"] in (4, "4")
    (toleration,) = trainer["tolerations"]
    assert toleration["key"] == "nvidia.com/gpu" and toleration["operator"] == "Exists"


def test_every_step_mounts_the_volume_and_runs_the_image(workflow):
    for template in _templates(workflow).values():
        container = template["container"]
        (claim,) = template["volumes"]
        assert claim["persistentVolumeClaim"]["claimName"] == "clips"
        assert container["image"] == "{{inputs.parameters.image}}"
        (mount,) = container["volumeMounts"]
        assert mount["mountPath"] == "/data" and mount["name"] == claim["name"]


def test_a_workflow_has_parameters(workflow):
    found = {p["name"]: p["value"] for p in workflow["spec"]["arguments"]["parameters"]}
    assert found["pipeline-root"] == "/data/nightly/artifacts"
    assert found["source"] == "/data/clips"
    assert found["image"] == "registry.example/v2v-tf:7"
    assert json.loads(found["train-args"]) == {"num_steps": 5}


def test_beam_options_reach_every_beam_component(workflow):
    beam = {"clipexamplegen", "statisticsgen", "transform", "evaluator"}
    for name, template in _templates(workflow).items():
        text = json.dumps(template["container"])
        assert ("--flink_master=flink:8081" in text) == (name in beam), name


def test_beam_options_reach_every_beam_component_of_v2(documents):
    executors = documents[0]["deploymentSpec"]["executors"]
    for name in ("ClipExampleGen", "StatisticsGen", "Transform", "Evaluator"):
        args = executors[f"{name}_executor"]["container"]["args"]
        assert "--flink_master=flink:8081" in args


def test_the_pods_of_a_workflow_are_valid(workflow):
    for name, template in _templates(workflow).items():
        pod = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": name},
            "spec": {
                "containers": [{**template["container"], "name": "main"}],
                "nodeSelector": template.get("nodeSelector", {}),
                "tolerations": template.get("tolerations", []),
                "volumes": template["volumes"],
            },
        }
        kubernetes_validate.validate(pod, KUBERNETES_VERSION, strict=True)


def test_v2_parses_as_kubeflow_reads_it(documents):
    spec = pipeline_spec_pb2.PipelineSpec()
    json_format.ParseDict(documents[0], spec)
    assert spec.schema_version == "2.1.0" and spec.pipeline_info.name == "tiny"
    tasks = spec.root.dag.tasks
    assert "DataGate" in tasks["Transform"].dependent_tasks
    assert tasks["Trainer"].retry_policy.max_retry_count == 4
    assert spec.default_pipeline_root == "/data/nightly/artifacts"
    found = spec.root.input_definitions.parameters
    assert found["source"].default_value.string_value == "/data/clips"
    steps = json.loads(found["train_args"].default_value.string_value)
    assert steps == {"num_steps": 5} and len(found) == 2
    deployment = pipeline_spec_pb2.PipelineDeploymentConfig()
    json_format.ParseDict(documents[0]["deploymentSpec"], deployment)
    executors = deployment.executors
    container = executors["Trainer_executor"].container
    assert container.image == "registry.example/v2v-tf:7"
    assert container.resources.accelerator.type == "nvidia.com/gpu"
    assert container.resources.accelerator.count == 2
    assert container.resources.cpu_limit == 6
    assert container.resources.memory_limit == pytest.approx(48 * 2**30 / 1e9)
    others = [e for n, e in executors.items() if n != "Trainer_executor"]
    assert not any(e.container.resources.accelerator.count for e in others)


def test_v2_says_to_kubernetes_what_the_pipeline_cannot(documents):
    platform = documents[1]["platforms"]["kubernetes"]["deploymentSpec"]["executors"]
    trainer = platform["Trainer_executor"]
    assert trainer["nodeSelector"] == {"labels": {"pool": "gpu"}}
    assert trainer["tolerations"][0]["key"] == "nvidia.com/gpu"
    assert set(platform) == set(documents[0]["deploymentSpec"]["executors"])
    for executor in platform.values():
        assert executor["pvcMount"] == [{"constant": "clips", "mountPath": "/data"}]


def test_the_evaluator_gets_a_gpu_by_option(compiled, tiny_config, tmp_path):
    wanted = ("pipeline.kubernetes.evaluator_on_gpu=true",)
    settings = configs.load(tiny_config, wanted)
    workflow = compiled(settings, tmp_path / "pipeline.yaml")
    limits = _templates(workflow)["evaluator"]["container"]
    assert limits["resources"]["limits"]["nvidia.com/gpu"] == "1"


BY_DOCKER = ("pipeline.infra_validation.server=docker",)


def test_v1_takes_an_infra_validator_of_docker(compiled, tiny_config, tmp_path):
    workflow = compiled(configs.load(tiny_config, BY_DOCKER), tmp_path / "p.yaml")
    assert "infravalidator" in _templates(workflow)


@pytest.mark.skipif(HAS_ARGO, reason="this TFX compiles Argo workflows")
def test_a_tfx_without_argo_says_what_to_take(settings, tmp_path):
    with pytest.raises(InputError, match="no Argo workflows: take --engine"):
        kubeflow_runner.write(*settings, "/r", "/s", tmp_path / "p.yaml")
    assert not list(tmp_path.iterdir())


def test_v2_takes_no_infra_validator_of_docker(tiny_config, tmp_path):
    settings = configs.load(tiny_config, BY_DOCKER)
    with pytest.raises(InputError, match="is not for kubeflow-v2"):
        kubeflow_v2_runner.write(*settings, "/r", "/s", tmp_path / "p.yaml")


def test_the_parts_of_a_tfjob(job, settings):
    config_map, training = job
    kubernetes_validate.validate(config_map, KUBERNETES_VERSION, strict=True)
    with pytest.raises(kubernetes_validate.utils.SchemaNotFoundError):
        kubernetes_validate.validate(training, KUBERNETES_VERSION, strict=True)
    assert (training["apiVersion"], training["kind"]) == ("kubeflow.org/v1", "TFJob")
    assert training["spec"]["runPolicy"]["backoffLimit"] == 4
    ((kind, replica),) = training["spec"]["tfReplicaSpecs"].items()
    assert (kind, replica["replicas"]) == ("Worker", 3)
    assert replica["restartPolicy"] == "OnFailure"
    pod = replica["template"]["spec"]
    (container,) = pod["containers"]
    assert container["name"] == "tensorflow"
    assert container["resources"]["limits"]["nvidia.com/gpu"] == "2"
    # TF_CONFIG is the operator's to set.
    assert "env" not in container
    checked = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}}
    kubernetes_validate.validate(
        {**checked, "spec": pod}, KUBERNETES_VERSION, strict=True
    )


def test_a_tfjob_trains_the_experiment(job, settings):
    text = job[0]["data"]["experiment.yaml"]
    assert configs.parse_config(text) == settings[1]
    (container,) = job[1]["spec"]["tfReplicaSpecs"]["Worker"]["template"]["spec"][
        "containers"
    ]
    assert container["command"] + container["args"][:1] == ["v2v-tf", "train"]
    assert "--data=/data/records" in container["args"]


@pytest.mark.parametrize(
    ("memory", "expected"),
    [("32Gi", 34.359738368), ("1Ti", 1099.511627776), ("5", 5e-9)],
)
def test_memory_in_gigabytes(memory, expected):
    assert kubernetes.gigabytes(memory) == pytest.approx(expected)


def test_compile_writes_a_file_and_replaces_none_unasked(tiny_config, tmp_path, capsys):
    command = ["pipeline", "compile", "--engine=kubeflow-v2", f"--config={tiny_config}"]
    output = tmp_path / "pipeline.json"
    assert main([*command, f"--output={output}"]) == 0
    assert json.loads(output.read_text())["pipelineSpec"]["schemaVersion"] == "2.1.0"
    assert main([*command, f"--output={output}"]) == 2
    assert "exists" in capsys.readouterr().err
