"""Gradients of one's own that go away together with the graph they are traced in.

`tf.custom_gradient` enters the gradient of every traced call into a registry of the
process, under a name of its own, and takes none out again. An entry holds the tensors
of its call and so the whole graph: a process that trains several models would keep
the graphs of all of them. Here the graph holds its gradients, and the entries go when
the graph goes.

TensorFlow has no public way to take an entry out. In a version that drops such entries
itself nothing but `tf.custom_gradient` is needed, and `tests/layers/test_gradients.py`
passes with it.
"""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import tensorflow as tf

from v2v_tf.tensorflow_private import gradient_registry

Tensors = TypeVar("Tensors")
# What a function with a gradient of its own returns: its result, and the gradient.
WithGradient = tuple[Any, Callable[..., Any]]

_GRADIENTS = "_v2v_gradients"  # attribute of a graph


def custom_gradient(function: Callable[..., Any]) -> Callable[..., Any]:
    """Gives a function a gradient of its own, as `tf.custom_gradient` does.

    Args:
        function: takes tensors; returns a tensor or several, and a function from their
            gradients to those of its arguments.

    Returns:
        A function of the same arguments, which returns the first of the two.

    Example:
        ```python
        >>> import tensorflow as tf
        >>> from v2v_tf.layers.gradients import custom_gradient
        >>> @custom_gradient
        ... def round_straight_through(x):
        ...     return tf.round(x), lambda upstream: upstream
        >>> x = tf.Variable(1.75)
        >>> with tf.GradientTape() as tape:
        ...     y = 3 * round_straight_through(x)
        >>> float(y), float(tape.gradient(y, x))
        (6.0, 3.0)
        ```
    """
    call = tf.custom_gradient(function)

    @functools.wraps(function)
    def with_gradient(*inputs: tf.Tensor) -> Any:
        return leave_to_graph(call(*inputs))

    return with_gradient


def leave_to_graph(results: Tensors) -> Tensors:
    """Makes the graph of a traced call the owner of the gradient that it registered.

    Args:
        results: results of a function of `tf.custom_gradient`, a tensor or a structure
            of them. What an eager call returned has nothing registered.

    Returns:
        The same.
    """
    if tf.executing_eagerly():
        return results
    op = tf.nest.flatten(results)[0].op
    name = op.get_attr("_gradient_op_type").decode()
    entry = gradient_registry()[name]
    gradient = entry["type"]
    # Not in a table of ours: the gradient would hold the graph that is its key.
    # A branch of `tf.cond` may go before the graph around it, which needs its gradient.
    for graph in _graphs_around(op.graph):
        if not hasattr(graph, _GRADIENTS):
            setattr(graph, _GRADIENTS, [])
        getattr(graph, _GRADIENTS).append(gradient)
    entry["type"] = _weak(gradient)
    weakref.finalize(gradient, gradient_registry().pop, name, None).atexit = False
    return results


def _graphs_around(graph: tf.Graph) -> Iterator[tf.Graph]:
    """Yields a graph and those that it is traced in, but not that of the process."""
    while hasattr(graph, "outer_graph"):
        yield graph
        graph = graph.outer_graph


def registered_gradients() -> set[str]:
    """Returns the names of the gradients that traced calls have registered."""
    return {
        name for name in list(gradient_registry()) if name.startswith("CustomGradient-")
    }


def _weak(gradient: Callable[..., Any]) -> Callable[..., Any]:
    """Returns the same function, without holding it."""
    reference = weakref.ref(gradient)

    def call(*arguments: Any) -> Any:
        held = reference()
        assert held is not None, "the graph of this gradient is gone"
        return held(*arguments)

    return call
