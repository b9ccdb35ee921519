"""Private interfaces of TensorFlow and TFX stand behind one module each."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
import tensorflow as tf

from v2v_tf import tensorflow_private

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("v2v_tf", "serving", "pipeline", "benchmarks", "tests", "examples")


def is_private(module: str) -> bool:
    """Whether a module is outside what TensorFlow, Keras and TFX promise."""
    first, *others = module.split(".")
    if first == "tfx":
        return others[:1] != ["v1"]
    return first == "keras" or (first == "tensorflow" and others[:1] == ["python"])


def private_imports(path: Path) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            short = node.module in ("tfx", "tensorflow")
            names = [f"{node.module}.{a.name}" for a in node.names if short]
            found += names or [node.module]
    return [name for name in found if is_private(name)]


def test_nobody_else_imports_private_modules():
    users = {
        str(path.relative_to(ROOT)): found
        for folder in FOLDERS
        for path in sorted((ROOT / folder).rglob("*.py"))
        if (found := private_imports(path))
    }
    assert set(users) == {"v2v_tf/tensorflow_private.py", "pipeline/tfx_private.py"}


def test_variables_become_constants():
    factor = tf.Variable([2.0, 5.0])
    function = tf.function(lambda x: {"product": x * factor})
    concrete = function.get_concrete_function(tf.TensorSpec([2], tf.float32))
    constant = tensorflow_private.with_constant_variables(concrete)
    assert concrete.variables and not constant.variables
    factor.assign([0.0, 0.0])
    (product,) = constant(tf.constant([3.0, 7.0]))
    assert product.numpy().tolist() == [6.0, 35.0]


def test_one_process_is_not_several_workers():
    assert not tensorflow_private.has_several_workers(tf.distribute.get_strategy())
    mirrored = tf.distribute.MirroredStrategy(["CPU:0"])
    assert not tensorflow_private.has_several_workers(mirrored)


def test_slots_of_an_older_optimizer_are_there_before_a_step():
    optimizer = tf.keras.optimizers.legacy.Adam()
    weights = tf.Variable([[1.0, 2.0, 3.0]])
    tensorflow_private.create_slots(optimizer, [weights])
    # The count of steps, and two moments for the variable.
    assert [v.shape.as_list() for v in optimizer.weights] == [[], [1, 3], [1, 3]]


def test_the_registry_of_gradients_has_those_of_operations():
    entry = tensorflow_private.gradient_registry()["Square"]

    @tf.function
    def differentiate(x: tf.Tensor) -> tf.Tensor:
        return entry["type"](tf.square(x).op, tf.constant([1.0, 10.0]))

    assert differentiate(tf.constant([3.0, -5.0])).numpy().tolist() == [6.0, -100.0]


def test_determinism_ends():
    def draw() -> tf.Tensor:
        return tf.random.normal([2])

    tf.random.set_seed(None)
    tf.config.experimental.enable_op_determinism()
    try:
        with pytest.raises(RuntimeError, match="seed"):
            draw()
    finally:
        tensorflow_private.disable_op_determinism()
    assert draw().shape == [2]
