"""Configuration of the networks: both generators, styles, and the discriminators.

Names of the original's options are given in brackets (method.md 8.7).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class GeneratorConfig:
    """The sequential generator (method.md 1).

    Attributes:
        num_filters: width of the first convolution at the coarsest scale [ngf].
        num_downsamples: stride-2 stages at the coarsest scale [n_downsample_G].
        num_blocks: residual blocks at the coarsest scale, split between
            encoders (the larger half) and trunks [n_blocks].
        num_local_blocks: residual blocks of each local enhancer [n_blocks_local].
        num_scales: spatial scales [n_scales_spatial].
        num_frames: condition frames a step sees, the current one included
            [n_frames_G]; one less generated frames are its history.
        use_flow: warp the last frame, or only hallucinate [not no_flow].
        use_foreground: the foreground branch; needs labels [fg].
        first_frames: `given` (real or generated outside) or `zeros`
            [no_first_img].
        affine_norms: norms learn a scale and a shift [norm: batch], or not
            [norm: instance].
    """

    num_filters: int = 128
    num_downsamples: int = 3
    num_blocks: int = 9
    num_local_blocks: int = 3
    num_scales: int = 1
    num_frames: int = 3
    use_flow: bool = True
    use_foreground: bool = False
    first_frames: Literal["given", "zeros"] = "given"
    affine_norms: bool = True


@dataclass(frozen=True)
class FirstFrameConfig:
    """The generator of single images (method.md 1.8), with `model: first_frame`.

    Attributes:
        num_filters: width of the first convolution, at full resolution.
        num_downsamples: stride-2 stages, at the coarsest resolution.
        num_blocks: residual blocks there.
        num_enhancers: how often the resolution is doubled by a local enhancer after
            that; each doubles the widths of what is coarser.
        num_local_blocks: residual blocks of each local enhancer.
        affine_norms: norms learn a scale and a shift.
    """

    num_filters: int = 64
    num_downsamples: int = 3
    num_blocks: int = 9
    num_enhancers: int = 0
    num_local_blocks: int = 3
    affine_norms: bool = False


@dataclass(frozen=True)
class StyleConfig:
    """Styles: a few numbers for the look of every region (method.md 1.13).

    An encoder, trained with the generator, finds them in real frames.

    Attributes:
        num_features: numbers of a style; 0 for a model without styles [feat_num].
        num_filters: width of the encoder at full resolution [nef].
        num_downsamples: its stride-2 stages [n_downsample_E].
        num_variants: K, styles of a class that one video may show at once: its instance
            i has number i mod K for the whole video.
    """

    num_features: int = 0
    num_filters: int = 16
    num_downsamples: int = 4
    num_variants: int = 16


@dataclass(frozen=True)
class DiscriminatorConfig:
    """The image and temporal discriminators (method.md 1.9).

    Attributes:
        num_filters: width of the first convolution [ndf].
        num_layers: stride-2 stages [n_layers_D].
        num_scales: spatial copies [num_D].
        num_frames: frames a temporal discriminator sees [n_frames_D].
        num_temporal_scales: temporal discriminators, 0 for none
            [n_scales_temporal].
        use_face: the face discriminator of pose [add_face_disc].
    """

    num_filters: int = 64
    num_layers: int = 3
    num_scales: int = 2
    num_frames: int = 3
    num_temporal_scales: int = 3
    use_face: bool = False
