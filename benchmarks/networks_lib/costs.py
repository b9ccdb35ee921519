"""Weights and floating-point operations of the generator, from its layer table.

Counted are multiply-accumulates of convolutions, two operations each; norms,
activations, padding and the warp are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from networks_lib.cases import Row


class Convolution(NamedTuple):
    """One convolution of the network.

    Attributes:
        kernel_size: side of the kernel.
        in_channels: read.
        out_channels: written.
        positions: at which the kernel is laid: pixels of the output, but of the
            input where the convolution is transposed.
        normalized: a norm with scale and shift follows.
        reads_input: no gradient goes further back.
    """

    kernel_size: int
    in_channels: int
    out_channels: int
    positions: int
    normalized: bool = True
    reads_input: bool = False

    @property
    def kernel(self) -> int:
        """Weights of the kernel."""
        return self.kernel_size**2 * self.in_channels * self.out_channels


def convolutions(row: Row) -> Iterator[Convolution]:
    """Yields all convolutions of a generator."""
    in_trunk = row.num_blocks // 2
    in_encoder = row.num_blocks - in_trunk
    width, narrow = row.num_filters, row.foreground_filters
    yield from _encoder(row, row.condition_channels, width, in_encoder)
    yield from _encoder(row, row.frame_channels, width, in_encoder)
    for heads in ((3,), (2, 1)):  # image; flow and mask
        yield from _decoder(row, width, in_trunk, heads)
    yield from _encoder(row, row.condition_channels, narrow, row.num_blocks)
    yield from _decoder(row, narrow, 0, (3,))


def parameters(row: Row) -> int:
    """Returns the number of weights: kernels, biases, scales and shifts."""
    return sum(
        layer.kernel + layer.out_channels * (3 if layer.normalized else 1)
        for layer in convolutions(row)
    )


def frame_flop(row: Row, mode: str) -> int:
    """Returns the operations of one frame.

    Args:
        row: the network.
        mode: `forward`, or `training`: forward, the gradient of every kernel, and
            of every input but those of the network.
    """
    total = 0
    for layer in convolutions(row):
        passes = 1 if mode == "forward" else 2 if layer.reads_input else 3
        total += 2 * passes * layer.kernel * layer.positions
    return total


def _encoder(row: Row, channels: int, width: int, blocks: int) -> Iterator[Convolution]:
    positions = row.height * row.width
    yield Convolution(7, channels, width, positions, reads_input=True)
    for _ in range(row.num_downsamples):
        positions //= 4
        yield Convolution(3, width, 2 * width, positions)
        width *= 2
    yield from _blocks(width, positions, blocks)


def _decoder(
    row: Row, width: int, blocks: int, heads: tuple[int, ...]
) -> Iterator[Convolution]:
    positions = row.height * row.width // 4**row.num_downsamples
    deep = width * 2**row.num_downsamples
    yield from _blocks(deep, positions, blocks)
    for _ in range(row.num_downsamples):
        yield Convolution(3, deep, deep // 2, positions)
        deep, positions = deep // 2, positions * 4
    for channels in heads:
        yield Convolution(7, width, channels, positions, normalized=False)


def _blocks(width: int, positions: int, blocks: int) -> Iterator[Convolution]:
    for _ in range(2 * blocks):
        yield Convolution(3, width, width, positions)
