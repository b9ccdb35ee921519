"""Every public name has an example, and every example runs and gives what it says."""

from __future__ import annotations

import ast
import doctest
import importlib
import importlib.util
import inspect
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import v2v_tf

ROOT = Path(__file__).parents[1]
# Public, besides the names of `v2v_tf.__all__` and the blocks of configurations.
PUBLIC = (
    "v2v_tf.data.clips.Clip",
    "v2v_tf.export.exported_model.ExportedModel",
    "v2v_tf.export.saved_model.ExportOptions",
    "v2v_tf.export.saved_model.export",
    "v2v_tf.models.family.ModelFamily",
    "v2v_tf.tasks.base.Conditioning",
    "v2v_tf.tasks.task.FileKind",
    "v2v_tf.tasks.task.Task",
    "v2v_tf.toy_street.street.ToyStreet",
    "v2v_tf.toy_street.writer.write_clips",
    "serving.aio_client.AsyncVid2VidClient",
    "serving.client.Vid2VidClient",
    "serving.model_config.ModelConfig",
    "serving.options.ServerOptions",
    "serving.protocol.Retries",
    "serving.protocol.Target",
    "serving.server.Server",
    "serving.streaming.stream_video",
    "pipeline.configs.PipelineConfig",
    "pipeline.configs.load",
    "pipeline.local_runner.run",
    "pipeline.pipeline.create_pipeline",
)
# They train, trace an export or a second client, or import TFX.
SLOW = {
    "pipeline.local_runner.run",
    "pipeline.pipeline.create_pipeline",
    "serving.aio_client.AsyncVid2VidClient",
    "serving.client.Vid2VidClient",
    "serving.server.Server",
    "v2v_tf.export.exported_model.ExportedModel",
    "v2v_tf.apps.generation.from_source.generate_source",
    "v2v_tf.export.saved_model.export",
    "v2v_tf.inference.generation.generate",
    "v2v_tf.models.vid2vid.model.Vid2Vid",
    "v2v_tf.training.trainer.train",
}
# They ask the server of the fixture, whose address they call `server`.
CLIENTS = ("serving.aio_client", "serving.client", "serving.streaming")
_NIGHTLY = """
name: nightly
experiment: test/toy_street
evaluation:
  thresholds: [{metric: psnr, at_least: 5.0}]
  video_clips: 1
beam: {workers: 1}
"""


def _documented() -> Iterator[tuple[str, str]]:
    """Yields the path and the docstring of all that has an example."""
    for package in ("v2v_tf", "serving", "pipeline"):
        for file in sorted((ROOT / package).rglob("*.py")):
            module = ".".join(file.relative_to(ROOT).with_suffix("").parts)
            tree = ast.parse(file.read_text(encoding="utf-8"))
            yield from _below(tree, module.removesuffix(".__init__"))


def _below(node: ast.AST, path: str) -> Iterator[tuple[str, str]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            name = f"{path}.{child.name}"
            text = ast.get_docstring(child) or ""
            if re.search(r"^Examples?:", text, re.MULTILINE) or ">>>" in text:
                yield name, text
            yield from _below(child, name)


EXAMPLES = dict(_documented())


def _resolve(path: str) -> tuple[str, object]:
    """Returns the module of a path, and the object in it."""
    module = path
    while not _is_module(module):
        module = module.rpartition(".")[0]
    found: object = importlib.import_module(module)
    for name in path.removeprefix(module).strip(".").split("."):
        found = getattr(found, name)
    return module, found


def _need_tfx(path: str) -> None:
    if path.startswith("pipeline.") and importlib.util.find_spec("tfx") is None:
        pytest.skip("no tfx here (docs/stacks.md)")


def _is_module(path: str) -> bool:
    file = ROOT.joinpath(*path.split("."))
    return file.is_dir() or file.with_suffix(".py").is_file()


@pytest.fixture(scope="module")
def workplace(tmp_path_factory, toy_data, street_run, street_model) -> Path:
    """A folder as examples find it: clips, records, a run and its export."""
    folder = tmp_path_factory.mktemp("workplace")
    for made, name in (
        (toy_data.parent / "clips", "clips"),
        (toy_data, "data/toy"),
        (street_run, "runs/toy"),
        (street_model.parent, "models/vid2vid"),
    ):
        shutil.copytree(made, folder / name)
    (folder / "nightly.yaml").write_text(_NIGHTLY, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def address(workplace) -> Iterator[str]:
    """Address of a server of that export."""
    from serving.model_config import ModelConfig
    from serving.options import ServerOptions
    from serving.server import Server

    models = (ModelConfig("vid2vid", workplace / "models/vid2vid"),)
    server = Server(ServerOptions(models, "127.0.0.1", port=0, rest_port=0))
    server.start()
    yield f"127.0.0.1:{server.port}"
    server.stop()


@pytest.mark.filterwarnings("ignore")  # of TFX
@pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, marks=[pytest.mark.slow] if path in SLOW else [])
        for path in EXAMPLES
    ],
)
def test_an_example_gives_what_it_says(path, workplace, monkeypatch, request):
    monkeypatch.chdir(workplace)
    _need_tfx(path)
    module, found = _resolve(path)
    # Of its module an example has nothing but the name that it belongs to.
    given = {found.__name__: found, "__name__": "__main__"}
    if module in CLIENTS:
        given["server"] = request.getfixturevalue("address")
    # A fence is no output.
    text = re.sub(r"^ *```.*$", "", inspect.getdoc(found), flags=re.MULTILINE)
    test = doctest.DocTestParser().get_doctest(text, given, path, None, None)
    assert test.examples, "a runnable example begins with >>>"
    runner = doctest.DocTestRunner(
        optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    )
    printed: list[str] = []
    results = runner.run(test, out=printed.append)
    assert results.failed == 0, "".join(printed)


def _public_names() -> list[str]:
    return [f"{v2v_tf._EXPORTS[name]}.{name}" for name in v2v_tf.__all__]


@pytest.mark.parametrize("path", [*_public_names(), *PUBLIC])
def test_every_public_name_has_an_example(path):
    _need_tfx(path)
    _, found = _resolve(path)
    defined = f"{found.__module__}.{found.__qualname__}"
    assert ">>>" in EXAMPLES.get(defined, ""), f"{defined}: add an Example"


@pytest.mark.needs("griffe")
def test_every_block_of_the_configuration_has_an_example():
    spec = importlib.util.spec_from_file_location(
        "mkdocs_hooks", ROOT / "scripts/mkdocs_hooks.py"
    )
    hooks = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(hooks)
    blocks = hooks._blocks(v2v_tf.Config)
    assert len(blocks) > 12
    without = [b.__name__ for b in blocks if ">>>" not in (inspect.getdoc(b) or "")]
    assert without == []
