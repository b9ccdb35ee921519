"""Casts networks to the precision of an export, and makes weights constants."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from v2v_tf.config import Config
from v2v_tf.errors import InputError
from v2v_tf.layers.precision import policy_scope
from v2v_tf.models.first_frame import build as first_frame_network
from v2v_tf.models.first_frame.build import ImageNetwork
from v2v_tf.models.registry import family_of
from v2v_tf.models.vid2vid.generator import SequentialGenerator
from v2v_tf.tensorflow_private import with_constant_variables

PRECISIONS = ("float32", "bfloat16")
_MAX_GRAPH_BYTES = 2**31 - (1 << 26)  # a graph is one protocol buffer; room for nodes


def generator_in(
    precision: str, config: Config, restored: SequentialGenerator
) -> SequentialGenerator:
    """Returns a generator whose convolutions are stored and computed in `precision`.

    Norms, heads, warp and flow stay float32.

    Args:
        precision: `float32` or `bfloat16`.
        config: configuration of the generator.
        restored: built generator with the weights, in float32.
    """
    with policy_scope(precision):
        generator = family_of(config).build_generator(config)
    generator.build_weights()
    _copy(restored, generator)
    return generator


def image_network_in(
    precision: str, config: Config, num_channels: int, restored: ImageNetwork
) -> ImageNetwork:
    """Returns an image generator stored and computed in `precision`.

    Args:
        precision: `float32` or `bfloat16`.
        config: configuration of the image generator.
        num_channels: channels of an encoded condition, C.
        restored: built image generator with the weights, in float32.
    """
    with policy_scope(precision):
        network = family_of(config).build_generator(config)
    first_frame_network.build_weights(network, num_channels)
    _copy(restored, network)
    return network


def freeze(function: Any) -> Any:
    """Returns a concrete function with its weights as constants in the graph.

    Args:
        function: a concrete function of tensors by name, to tensors by name.

    Raises:
        InputError: the weights do not fit into a graph, which may have 2 GB.
    """
    size = sum(tf.size(v).numpy() * v.dtype.size for v in function.variables)
    if size > _MAX_GRAPH_BYTES:
        raise InputError(
            f"--freeze puts the weights into the graph, which may have 2 GB, and these "
            f"take {size / 2**30:.1f} GB: leave it out, or use --precision bfloat16"
        )
    constant = with_constant_variables(function)
    order = [placeholder.op.name for placeholder in constant.inputs]
    specs = {
        spec.name: spec for spec in function.structured_input_signature[1].values()
    }

    def call(**inputs: tf.Tensor) -> Any:
        outputs = constant(*(inputs[name] for name in order))
        return tf.nest.pack_sequence_as(function.structured_outputs, outputs)

    return tf.function(call, autograph=False).get_concrete_function(**specs)


def _copy(source: tf.keras.Model, target: tf.keras.Model) -> None:
    for old, new in zip(source.variables, target.variables, strict=True):
        new.assign(tf.cast(old, new.dtype))
