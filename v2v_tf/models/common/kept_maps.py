"""Counts the maps of networks that the backward pass needs, from their layers.

A convolution keeps the padded maps that it read, its norm what it normalised, and the
activation its result. Only layers are asked, so nothing is computed or allocated.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import tensorflow as tf

from v2v_tf.layers.convolution import (
    NormalizedBlock,
    PaddedConv2D,
    ResidualBlock,
)
from v2v_tf.layers.upsampling import Doubling
from v2v_tf.models.common.discriminators import MultiScaleDiscriminator

Convolution = PaddedConv2D | Doubling
_WITH_NORM = 2  # maps of a convolution: as the norm reads them, as the next layer does


def kept_by(network: tf.Module) -> float:
    """Returns the numbers that a network keeps of each pixel of its finest maps.

    Args:
        network: network of chains, each of which reads or makes maps of full size, such
            as encoders and decoders.
    """
    chains = {
        id(x): x for x in network.submodules if isinstance(x, tf.keras.Sequential)
    }
    if isinstance(network, tf.keras.Sequential):
        chains[id(network)] = network
    return sum(map(_kept_by_chain, chains.values()))


def kept_by_scales(networks: Sequence[tf.Module]) -> float:
    """Returns the numbers that networks of several scales keep of a pixel of the last.

    Args:
        networks: coarsest first, each of twice the height and width of the one before.
    """
    finest_first = enumerate(reversed(networks))
    return sum(kept_by(network) * 0.25**halvings for halvings, network in finest_first)


def kept_by_discriminator(network: MultiScaleDiscriminator, skip: int = 0) -> float:
    """Returns the numbers that a discriminator keeps of each pixel that it reads.

    Args:
        network: discriminator of several scales.
        skip: number of finest copies that are left out.
    """
    kept = 0.0
    for scale, copy in enumerate(network.copies[skip:]):
        kept += 0.25**scale * _kept([*copy.convolutions, copy.score], 1.0)
    return kept


def num_convolutions(network: tf.Module) -> int:
    """Returns the number of convolutions, which the size of a traced graph follows."""
    return sum(isinstance(x, Convolution) for x in network.submodules)


def _kept_by_chain(chain: tf.keras.Sequential) -> float:
    convolutions = list(_convolutions(chain))
    ups = sum(isinstance(x, Doubling) for x in convolutions)
    downs = sum(x.strides == 2 for x in convolutions if isinstance(x, PaddedConv2D))
    # A decoder begins with small maps, and ends with those of full size.
    area = 0.25 ** max(ups - downs, 0)
    kept = _kept(convolutions, area)
    # Whatever reads the result pads it again.
    return kept + (convolutions[-1].filters if convolutions and ups else 0)


def _kept(convolutions: list[Convolution], area: float) -> float:
    """Returns the numbers kept for each pixel, from maps of `area` pixels on."""
    kept, channels = 0.0, 0
    for convolution in convolutions:
        if isinstance(convolution, Doubling):
            area *= 4
        else:
            kept += (convolution.in_channels or channels) * area
            if convolution.strides == 2:
                area /= 4
        channels = convolution.filters
        kept += _WITH_NORM * channels * area
    return kept


def _convolutions(chain: tf.keras.Sequential) -> Iterator[Convolution]:
    for layer in chain.layers:
        if isinstance(layer, NormalizedBlock):
            yield layer.convolution
        elif isinstance(layer, ResidualBlock):
            yield from (layer.first.convolution, layer.second)
