"""Names the weights of each network as the published checkpoints do.

Their networks are chains of numbered modules: a stem is padding, convolution, norm
and activation (four numbers), other blocks have no padding module (three), residual
blocks hold a chain of their own. The rules below walk our layers in that order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import tensorflow as tf

from v2v_tf.layers.convolution import (
    NormalizedBlock,
    PaddedConv2D,
    ResidualBlock,
)
from v2v_tf.layers.heads import OutputHead
from v2v_tf.layers.normalization import InstanceNormalization
from v2v_tf.models.common.discriminators import MultiScaleDiscriminator
from v2v_tf.models.first_frame.networks import (
    FeatureGenerator,
    GlobalGenerator,
    LocalEnhancerGenerator,
)
from v2v_tf.models.vid2vid.frame import FrameGenerator
from v2v_tf.models.vid2vid.scales import CoarseGenerator
from v2v_tf.models.vid2vid.style_encoder import FeatureEncoder

# A module of the checkpoint, and the layer that holds its weights.
Pair = tuple[str, tf.keras.layers.Layer]


def modules(network: tf.keras.Model) -> Iterator[Pair]:
    """Yields the name in a checkpoint of every convolution and norm of a network.

    Args:
        network: a scale of the sequential generator, a first-frame network, the
            feature encoder, or a discriminator; built.

    Raises:
        TypeError: another network.
    """
    if isinstance(network, FrameGenerator):
        yield from _frame_generator(network)
    elif isinstance(network, GlobalGenerator | FeatureEncoder):
        yield from _walk("model", [*network.body.layers, network.head])
    elif isinstance(network, FeatureGenerator):
        yield from _walk("model_downsample", network.encoder.layers)
        yield from _walk("model_resnet", network.blocks.layers)
        yield from _walk("model_upsample", network.decoder.layers)
        yield from _walk("model_upsample_conv", [network.head])
    elif isinstance(network, LocalEnhancerGenerator):
        yield from _local_enhancer(network)
    elif isinstance(network, MultiScaleDiscriminator):
        yield from _discriminator(network)
    else:
        raise TypeError(f"no published checkpoint holds a {type(network).__name__}")


def _frame_generator(network: FrameGenerator) -> Iterator[Pair]:
    is_coarse = isinstance(network, CoarseGenerator)
    branches = [("image", "img")]
    if network.config.use_flow:
        branches.append(("flow", "flow"))
    yield from _walk("model_down_seg", network.condition_encoder.layers)
    yield from _walk("model_down_img", network.frame_encoder.layers)
    for ours, theirs in branches:
        decoder = getattr(network, f"{ours}_decoder").layers
        blocks = [layer for layer in decoder if isinstance(layer, ResidualBlock)]
        if is_coarse:
            yield from _walk(f"model_res_{theirs}", blocks)
            yield from _walk(f"model_up_{theirs}", decoder[len(blocks) :])
        else:
            yield from _walk(f"model_up_{theirs}", decoder)
        yield from _walk(f"model_final_{theirs}", [getattr(network, f"{ours}_head")])
    if network.config.use_flow:
        yield from _walk("model_final_w", [network.mask_head])
    if network.config.use_foreground:
        encoder = network.foreground_encoder.layers
        downsamplings = [x for x in encoder if not isinstance(x, ResidualBlock)]
        yield from _walk("indv_down", downsamplings)
        yield from _walk("indv_res", encoder[len(downsamplings) :])
        yield from _walk("indv_up", network.foreground_decoder.layers)
        yield from _walk("indv_final", [network.foreground_head])


def _local_enhancer(network: LocalEnhancerGenerator) -> Iterator[Pair]:
    yield from _walk("model", network.coarse.layers)
    last = len(network.enhancers)
    for number, enhancer in enumerate(network.enhancers, start=1):
        yield from _walk(f"model{number}_1", enhancer.encoder.layers)
        head = [network.head] if number == last else []
        yield from _walk(f"model{number}_2", [*enhancer.decoder.layers, *head])


def _discriminator(network: MultiScaleDiscriminator) -> Iterator[Pair]:
    # Copies are numbered from the coarsest there, from the finest here (method.md 1.9).
    for number, copy in enumerate(reversed(network.copies)):
        stages = [*copy.convolutions, copy.score]
        for layer, convolution in enumerate(stages):
            yield f"scale{number}_layer{layer}.0", convolution
            if 0 < layer < len(copy.convolutions):
                yield f"scale{number}_layer{layer}.1", copy.normalizations[layer - 1]


def _walk(prefix: str, layers: Iterable[tf.keras.layers.Layer]) -> Iterator[Pair]:
    number = 0
    for layer in layers:
        if isinstance(layer, ResidualBlock):
            block = f"{prefix}.{number}.conv_block"
            yield f"{block}.1", layer.first.convolution
            yield f"{block}.2", layer.first.normalization
            yield f"{block}.5", layer.second
            yield f"{block}.6", layer.normalization
            number += 1
        elif isinstance(layer, NormalizedBlock):
            if _is_reflecting(layer.convolution):
                number += 1
            yield f"{prefix}.{number}", layer.convolution
            yield f"{prefix}.{number + 1}", layer.normalization
            number += 3
        elif isinstance(layer, OutputHead):
            yield f"{prefix}.{number + 1}", layer.convolution
            number += 3
        else:
            raise TypeError(f"{prefix}.{number}: unknown layer {layer.name}")


def _is_reflecting(convolution: tf.keras.layers.Layer) -> bool:
    return isinstance(convolution, PaddedConv2D) and convolution.reflect


def weights(module: str, layer: tf.keras.layers.Layer) -> dict[str, tf.Variable]:
    """Returns the variables of a module by their names in a checkpoint."""
    if isinstance(layer, InstanceNormalization):
        if not layer.affine:
            return {}
        return {f"{module}.weight": layer.gamma, f"{module}.bias": layer.beta}
    return {f"{module}.weight": layer.kernel, f"{module}.bias": layer.bias}


def ignored(module: str, layer: tf.keras.layers.Layer) -> set[str]:
    """Returns what checkpoints hold of a norm and no network reads (method.md 1.2)."""
    if not isinstance(layer, InstanceNormalization):
        return set()
    names = ("running_mean", "running_var", "num_batches_tracked")
    return {f"{module}.{name}" for name in names}
