"""Files for TensorFlow Serving itself: read by what reads them."""

from __future__ import annotations

from pathlib import Path

import kubernetes_validate
import pytest
import yaml

from serving import text_configs

ROOT = Path(__file__).parents[2] / "serving"
MANIFESTS = list(yaml.safe_load_all((ROOT / "k8s" / "vid2vid.yaml").read_text()))


@pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda one: one["kind"])
def test_manifests_fit_the_schemas_of_kubernetes(manifest):
    kubernetes_validate.validate(manifest, "1.29", strict=True)


def test_a_wrong_manifest_does_not():
    deployment = next(one for one in MANIFESTS if one["kind"] == "Deployment")
    wrong = {**deployment, "spec": {**deployment["spec"], "replica": 2}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, "1.29", strict=True)


def test_parts_find_each_other():
    by_kind = {one["kind"]: one for one in MANIFESTS}
    assert set(by_kind) == {
        *("PersistentVolumeClaim", "ConfigMap", "Deployment", "Service"),
        *("HorizontalPodAutoscaler", "PodDisruptionBudget"),
    }
    pod = by_kind["Deployment"]["spec"]["template"]
    labels = pod["metadata"]["labels"]
    assert by_kind["Service"]["spec"]["selector"] == labels
    budget = by_kind["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"]
    assert budget == by_kind["Deployment"]["spec"]["selector"]["matchLabels"] == labels
    (container,) = pod["spec"]["containers"]
    assert container["resources"]["limits"]["nvidia.com/gpu"] == "1"
    volumes = {volume["name"]: volume for volume in pod["spec"]["volumes"]}
    claim = volumes["models"]["persistentVolumeClaim"]["claimName"]
    assert claim == by_kind["PersistentVolumeClaim"]["metadata"]["name"]
    config = volumes["config"]["configMap"]["name"]
    assert config == by_kind["ConfigMap"]["metadata"]["name"]
    assert {mount["name"] for mount in container["volumeMounts"]} == set(volumes)


def test_configurations_are_texts_of_tensorflow_serving(tmp_path):
    models = text_configs.read_models(ROOT / "config" / "models.config")
    (model,) = models.model_config_list.config
    assert dict(model.version_labels) == {"stable": 1, "canary": 2}
    batching = text_configs.read(
        ROOT / "config" / "batching.config", "BatchingParameters"
    )
    assert list(batching.allowed_batch_sizes) == [1, 2, 4, 8]
    file = ROOT / "config" / "monitoring.config"
    monitoring = text_configs.read(file, "MonitoringConfig")
    assert monitoring.prometheus_config.enable
    data = next(one for one in MANIFESTS if one["kind"] == "ConfigMap")["data"]
    for name, message, expected in (
        ("batching.config", "BatchingParameters", batching),
        ("monitoring.config", "MonitoringConfig", monitoring),
    ):
        path = tmp_path / name
        path.write_text(data[name])
        assert text_configs.read(path, message) == expected


def test_compose_files():
    cpu, gpu = (
        yaml.safe_load((ROOT / "docker" / f"compose.{kind}.yaml").read_text())
        for kind in ("cpu", "gpu")
    )
    service = cpu["services"]["vid2vid"]
    assert "8500:8500" in service["ports"]
    assert gpu["services"]["vid2vid"]["image"] == service["image"] + "-gpu"
    mounted = [volume.split(":")[-2] for volume in service["volumes"]]
    for argument in service["command"]:
        value = argument.split("=", 1)[1]
        if value.startswith("/"):
            assert any(value.startswith(folder) for folder in mounted)
