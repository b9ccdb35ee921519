"""Configures the networks: both generators, styles, and the discriminators.

Names of NVIDIA/vid2vid's options are given in brackets (method.md 8.7).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class GeneratorConfig:
    """Describes the sequential generator (method.md 1).

    Attributes:
        num_filters: number of filters of the first convolution at the coarsest scale
            [ngf].
        num_downsamples: number of stride-2 stages at the coarsest scale
            [n_downsample_G].
        num_blocks: number of residual blocks at the coarsest scale, split between
            encoders (the larger half) and trunks [n_blocks].
        num_local_blocks: number of residual blocks of each local enhancer
            [n_blocks_local].
        num_scales: number of spatial scales [n_scales_spatial].
        num_frames: number of condition frames that a step reads, the current one
            included [n_frames_G]; it also reads one less past frames.
        use_flow: whether the last frame is warped along predicted flow, or frames are
            hallucinated alone [not no_flow].
        use_foreground: whether a branch of its own draws the foreground; needs labels
            [fg].
        first_frames: frames that a video begins with: `given` (real or generated
            outside), `zeros` [no_first_img], or `either`: half of the clips of training
            begin with zeros, so that a video may begin with given frames or none.
        affine_norms: whether norms learn a scale and a shift [norm: batch], or not
            [norm: instance].
        upsampling: how maps double their sides: by a `transposed` convolution, as
            published networks do, which leaves a grid; by repeated pixels and a
            convolution (`resize`); or by a convolution to four pixels for each
            (`subpixel`).
        anchor: a frame that the generator sees besides the past ones for as long as a
            video lasts, so that it need not drift: its `first` one, or `none`.

    Example:
        ```python
        >>> from v2v_tf import load_config
        >>> load_config(None, ("generator.num_scales=2",)).generator.num_scales
        2
        ```
    """

    num_filters: int = 128
    num_downsamples: int = 3
    num_blocks: int = 9
    num_local_blocks: int = 3
    num_scales: int = 1
    num_frames: int = 3
    use_flow: bool = True
    use_foreground: bool = False
    first_frames: Literal["given", "zeros", "either"] = "given"
    affine_norms: bool = True
    upsampling: Literal["transposed", "resize", "subpixel"] = "transposed"
    anchor: Literal["none", "first"] = "none"

    @property
    def takes_frames(self) -> bool:
        """Returns whether a video may begin with frames that are given."""
        return self.first_frames != "zeros"

    @property
    def begins_alone(self) -> bool:
        """Returns whether a video may begin with past frames of zeros."""
        return self.first_frames != "given"

    @property
    def num_anchors(self) -> int:
        """Returns the number of frames that stay in sight, before the past ones."""
        return 0 if self.anchor == "none" else 1


@dataclass(frozen=True)
class FirstFrameConfig:
    """Describes the image generator (method.md 1.8) of `model: first_frame`.

    Attributes:
        num_filters: number of filters of the first convolution, at full resolution.
        num_downsamples: number of stride-2 stages, at the coarsest resolution.
        num_blocks: number of residual blocks at the coarsest resolution.
        num_enhancers: number of local enhancers, each of which doubles the resolution,
            and the widths of what is coarser.
        num_local_blocks: number of residual blocks of each local enhancer.
        affine_norms: whether norms learn a scale and a shift.
        upsampling: how maps double their sides, see `GeneratorConfig`.

    Example:
        ```python
        >>> from v2v_tf import load_config
        >>> changes = ("model=first_frame", "first_frame.num_enhancers=1")
        >>> load_config(None, changes).size_multiple
        16
        ```
    """

    num_filters: int = 64
    num_downsamples: int = 3
    num_blocks: int = 9
    num_enhancers: int = 0
    num_local_blocks: int = 3
    affine_norms: bool = False
    upsampling: Literal["transposed", "resize", "subpixel"] = "transposed"


@dataclass(frozen=True)
class StyleConfig:
    """Describes styles: a few numbers for the look of every region (method.md 1.13).

    An encoder, trained with the generator, finds them in real frames.

    Attributes:
        num_features: number of features of a style; 0 for a model without styles
            [feat_num].
        num_filters: number of filters of the encoder at full resolution [nef].
        num_downsamples: number of stride-2 stages of the encoder [n_downsample_E].
        num_variants: number K of styles of a class that one video may show at once: its
            instance i has style i mod K for the whole video.

    Example:
        ```python
        >>> from v2v_tf import load_config
        >>> load_config("toy_street_styles").style.num_features
        3
        ```
    """

    num_features: int = 0
    num_filters: int = 16
    num_downsamples: int = 4
    num_variants: int = 16


@dataclass(frozen=True)
class DiscriminatorConfig:
    """Describes the image and temporal discriminators (method.md 1.9).

    Attributes:
        num_filters: number of filters of the first convolution [ndf].
        num_layers: number of stride-2 stages [n_layers_D].
        num_scales: number of copies, each at half the resolution of the one before
            [num_D].
        num_frames: number of frames that a temporal discriminator reads [n_frames_D].
        num_temporal_scales: number of temporal discriminators, 0 for none
            [n_scales_temporal].
        use_face: whether a discriminator of faces is added, for the task pose
            [add_face_disc].
        norm: what its norms take the mean and the variance of: each `example` alone,
            or all frames of a `chunk` of one clip, as NVIDIA/vid2vid does (the model
            `first_frame` knows single frames, so both are the same there); with
            `spectral` no maps are normalised, and kernels are.
        augment: whether what they read in training is shifted and coloured at random,
            real and generated frames alike, for small data sets.

    Example:
        ```python
        >>> from v2v_tf import load_config
        >>> load_config(None, ("discriminator.num_temporal_scales=2",)).discriminator
        DiscriminatorConfig(num_filters=64, num_layers=3, num_scales=2, num_frames=3,
        num_temporal_scales=2, use_face=False, norm='example', augment=False)
        ```
    """

    num_filters: int = 64
    num_layers: int = 3
    num_scales: int = 2
    num_frames: int = 3
    num_temporal_scales: int = 3
    use_face: bool = False
    norm: Literal["example", "chunk", "spectral"] = "example"
    augment: bool = False
