"""A PyTorch twin of the sequential generator, to compare speeds with.

Written from the same layer tables as `v2v_tf.models.vid2vid.scales`. It computes the
same outputs from the same weights; the arguments of `Style` change how, not what (save
rounding).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
import torch.nn.functional as F  # noqa: N812 - its usual name
from torch import nn

from networks_lib.cases import Row

_FLOW_SCALE = 20.0
_EPSILON = 1e-5


@dataclass
class Style:
    """Ways to compute the same.

    Attributes:
        norm: `instance` or `batch`: PyTorch's function. The same at batch 1, but
            one keeps channels_last and the other does not.
        float32_heads: heads leave autocast, as ours do; else they follow it.
        dtype: inputs are cast to it: that of the weights where these are no float32.
    """

    norm: str = "batch"
    float32_heads: bool = True
    dtype: torch.dtype = torch.float32


class Output(NamedTuple):
    """One frame, float32 [1, C, H, W]; as `v2v_tf.models.vid2vid.frame.FrameOutput`."""

    fake_frames: torch.Tensor
    raw_frames: torch.Tensor
    flow: torch.Tensor
    mask: torch.Tensor


class Unit(nn.Module):
    """A convolution and its norm. The norm takes any bias away, so none is added."""

    def __init__(self, convolution: nn.Module, style: Style, reflect: int = 0) -> None:
        super().__init__()
        self.convolution = convolution
        self.style = style
        self.reflect = reflect
        self.scale = nn.Parameter(torch.empty(convolution.out_channels))
        self.shift = nn.Parameter(torch.zeros(convolution.out_channels))
        nn.init.normal_(convolution.weight, 0.0, 0.02)
        nn.init.normal_(self.scale, 1.0, 0.02)

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        """Maps [1, C, H, W] to normalised maps."""
        layer = self.convolution
        if self.reflect:
            maps = F.pad(maps, [self.reflect] * 4, mode="reflect")
        if isinstance(layer, nn.ConvTranspose2d):
            maps = F.conv_transpose2d(maps, layer.weight, None, 2, 1, output_padding=1)
        else:
            maps = F.conv2d(maps, layer.weight, None, layer.stride, layer.padding)
        scale, shift = self.scale, self.shift
        if self.style.norm == "instance":
            scale, shift = scale.to(maps.dtype), shift.to(maps.dtype)
            return F.instance_norm(maps, weight=scale, bias=shift, eps=_EPSILON)
        # Statistics of the one example.
        return F.batch_norm(maps, None, None, scale, shift, True, 0.1, _EPSILON)


class Residual(nn.Module):
    """x + two units, an activation between them."""

    def __init__(self, width: int, style: Style) -> None:
        super().__init__()
        self.first, self.second = (
            Unit(nn.Conv2d(width, width, 3), style, reflect=1) for _ in range(2)
        )

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        """Keeps the shape."""
        return maps + self.second(F.relu(self.first(maps), inplace=True))


class Head(nn.Module):
    """A 7x7 convolution to few channels."""

    def __init__(self, width: int, channels: int, style: Style) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(width, channels, 7)
        self.style = style
        nn.init.normal_(self.convolution.weight, 0.0, 0.02)

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        """Maps features to float32 [1, channels, H, W], without activation."""
        if not self.style.float32_heads:
            return self.convolution(F.pad(maps, [3] * 4, mode="reflect")).float()
        with torch.autocast("cpu", enabled=False):
            return self.convolution(F.pad(maps.float(), [3] * 4, mode="reflect"))


class Twin(nn.Module):
    """The generator of one scale, with flow and, if asked, the foreground branch.

    Args:
        row: sizes.
        style: may be changed between calls.
        foreground: with the foreground branch.
    """

    def __init__(self, row: Row, style: Style, foreground: bool = True) -> None:
        super().__init__()
        self.row, self.style, self.foreground = row, style, foreground
        width, narrow = row.num_filters, row.foreground_filters
        in_trunk = row.num_blocks // 2
        in_encoder = row.num_blocks - in_trunk
        self.condition_encoder = self._encoder(
            row.condition_channels, width, in_encoder
        )
        self.frame_encoder = self._encoder(row.frame_channels, width, in_encoder)
        self.image_decoder = self._decoder(width, in_trunk)
        self.image_head = Head(width, 3, style)
        self.flow_decoder = self._decoder(width, in_trunk)
        self.flow_head = Head(width, 2, style)
        self.mask_head = Head(width, 1, style)
        if foreground:
            self.foreground_branch = nn.Sequential(
                self._encoder(row.condition_channels, narrow, row.num_blocks),
                self._decoder(narrow, 0),
            )
            self.foreground_head = Head(narrow, 3, style)
        rows = torch.linspace(-1.0, 1.0, row.height)
        columns = torch.linspace(-1.0, 1.0, row.width)
        y, x = torch.meshgrid(rows, columns, indexing="ij")
        self.register_buffer("grid", torch.stack([x, y], -1)[None], persistent=False)

    def _encoder(self, channels: int, width: int, blocks: int) -> nn.Sequential:
        style = self.style
        layers = [Unit(nn.Conv2d(channels, width, 7), style, reflect=3), nn.ReLU(True)]
        for _ in range(self.row.num_downsamples):
            downsampling = nn.Conv2d(width, 2 * width, 3, stride=2, padding=1)
            layers += [Unit(downsampling, style), nn.ReLU(True)]
            width *= 2
        return nn.Sequential(*layers, *(Residual(width, style) for _ in range(blocks)))

    def _decoder(self, width: int, blocks: int) -> nn.Sequential:
        deep = width * 2**self.row.num_downsamples
        layers: list[nn.Module] = [Residual(deep, self.style) for _ in range(blocks)]
        for _ in range(self.row.num_downsamples):
            doubling = nn.ConvTranspose2d(deep, deep // 2, 3, 2, 1, output_padding=1)
            layers += [Unit(doubling, self.style), nn.ReLU(True)]
            deep //= 2
        return nn.Sequential(*layers)

    def forward(self, conditions: torch.Tensor, prev_frames: torch.Tensor) -> Output:
        """Generates one frame.

        Args:
            conditions: float32 [1, n * C, H, W], oldest first.
            prev_frames: float32 [1, (n - 1) * 3, H, W], oldest first.
        """
        encoded = conditions.to(self.style.dtype)
        past = prev_frames.to(self.style.dtype)
        fused = self.condition_encoder(encoded) + self.frame_encoder(past)
        hallucinated = torch.tanh(self.image_head(self.image_decoder(fused)))
        features = self.flow_decoder(fused)
        flow = _FLOW_SCALE * self.flow_head(features)
        mask = torch.sigmoid(self.mask_head(features))
        warped = self._warp(prev_frames[:, -3:], flow)
        fake = mask * hallucinated + (1.0 - mask) * warped
        raw = hallucinated
        if self.foreground:
            drawn = torch.tanh(self.foreground_head(self.foreground_branch(encoded)))
            # Labels come first in a frame, and the current frame last in the window.
            plane = self.row.foreground_label - self.row.plane_channels
            where = conditions[:, plane : plane + 1].clamp(0.0, 1.0)
            fake = where * drawn + (1.0 - where) * fake
            raw = where * drawn + (1.0 - where) * raw
        return Output(fake, raw, flow, mask)

    def _warp(self, image: torch.Tensor, flow: torch.Tensor) -> torch.Tensor:
        dx = flow[:, 0] * (2.0 / (self.row.width - 1))
        dy = flow[:, 1] * (2.0 / (self.row.height - 1))
        grid = self.grid + torch.stack([dx, dy], -1)
        return F.grid_sample(image, grid, padding_mode="border", align_corners=True)
