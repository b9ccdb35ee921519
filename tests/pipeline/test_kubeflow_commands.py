"""The compiled pipeline of Kubeflow v2, command by command."""

import pytest
import yaml

from pipeline import kubeflow_v2_runner
from tests.tools.kubeflow_backend import Backend, TaskFailed
from v2v_tf.export.versions import version_folders


@pytest.mark.slow
def test_commands_run_until_a_model_is_pushed(tmp_path, tiny, street_clips):
    path = tmp_path / "pipeline.yaml"
    root = tmp_path / "root"
    kubeflow_v2_runner.write(*tiny, str(root), "/nowhere", path)
    spec = next(iter(yaml.safe_load_all(path.read_text())))
    backend = Backend(tmp_path / "backend")
    ran = backend.run(spec, {"source": str(street_clips)})
    assert ran[-1] == "ModelPusher" and len(ran) == 13
    # A command for each component but the two resolvers, and the driver of ingestion.
    assert backend.commands == 12
    assert len(version_folders(root / "serving_model/vid2vid")) == 1
    # The next night: the first model is the baseline, and stays the one served.
    backend.run(spec, {"source": str(street_clips)})
    blessings = [a for a in backend.artifacts if a.name.endswith("Evaluator/blessing")]
    assert [dict(a.metadata)["blessed"] for a in blessings] == [1.0, 1.0]
    assert "baseline_model_id" in dict(blessings[1].metadata)


@pytest.mark.slow
def test_a_poisoned_source_fails_its_task(tmp_path, tiny):
    backend = Backend(tmp_path / "backend")
    path = tmp_path / "pipeline.yaml"
    kubeflow_v2_runner.write(*tiny, str(tmp_path / "root"), "/nowhere", path)
    spec = next(iter(yaml.safe_load_all(path.read_text())))
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(TaskFailed, match="holds no sequences for task street"):
        backend.run(spec, {"source": str(empty)})
