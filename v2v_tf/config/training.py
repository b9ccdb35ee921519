"""Configuration of training: losses, stages, optimisers, and the machine.

Names of the original's options are given in brackets (method.md 8.7).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class LossConfig:
    """Weights of the losses (method.md 3); 0 leaves a loss out.

    Attributes:
        gan_mode: of all discriminators: least squares, hinge, or the cross entropy
            of real and fake [gan_mode, which had no effect: always `lsgan`].
        gan: image GAN loss.
        gan_temporal: temporal GAN losses.
        face: factor on the losses of the face discriminator, besides `gan` and
            `feature_matching`.
        feature_matching: discriminator features [lambda_feat].
        perceptual: VGG-19 features [lambda_feat].
        perceptual_weights: `imagenet` (fetched by Keras), `none`, a weight file of
            Keras' VGG19 without its top, or torchvision's `vgg19-*.pth`, with
            which the original trained; the two give losses of other magnitudes.
        perceptual_normalization: `none`: frames in [-1, 1] are taken for normalised
            ones, as in the original; `imagenet`: they are normalised as VGG was
            trained.
        l1: mean absolute error of the frames; not in the paper, stands in for
            the perceptual loss where no VGG weights are.
        flow: flow against the teacher's [lambda_F].
        flow_warp: warped real frame against the real frame [lambda_T].
        warp: generated frame against the warped generated one [lambda_T].
        mask: keep the mask at 0 where the teacher's flow is trusted.
        cross_entropy: forecast labels against true ones, of the forecaster.
    """

    gan_mode: Literal["lsgan", "hinge", "non_saturating"] = "lsgan"
    gan: float = 1.0
    gan_temporal: float = 1.0
    face: float = 2.0
    feature_matching: float = 10.0
    perceptual: float = 10.0
    perceptual_weights: str = "imagenet"
    perceptual_normalization: Literal["none", "imagenet"] = "none"
    l1: float = 0.0
    flow: float = 10.0
    flow_warp: float = 10.0
    warp: float = 10.0
    mask: float = 0.0
    cross_entropy: float = 10.0


@dataclass(frozen=True)
class StageConfig:
    """One stage of the curriculum.

    Attributes:
        name: shown in progress and logs.
        kind: `gan`, or `flow`: flow losses only, on single steps with real
            history.
        epochs: passes of `steps_per_epoch`.
        steps_per_epoch: 0 for one pass, see `data.epoch`.
        num_frames: generated frames of a clip.
        chunk_frames: generated frames of one optimiser step.
        batch_size: clips a step, over all devices.
        learning_rate: of the stage's first epoch.
        end_learning_rate: of its last epoch, linear between; 0 for constant.
        train_scales: `finest` holds the coarser scales fixed [niter_fix_global].
        num_scales: train the coarsest so many scales, on frames of their size; 0 for
            all [a run of its own in the original].
        bptt_frames: within a chunk gradients flow back through the history of so
            many frames; 1 for none [max_frames_backpropagate].
    """

    name: str = "gan"
    kind: Literal["gan", "flow"] = "gan"
    epochs: int = 1
    steps_per_epoch: int = 0
    num_frames: int = 6
    chunk_frames: int = 6
    batch_size: int = 1
    learning_rate: float = 2e-4
    end_learning_rate: float = 0.0
    train_scales: Literal["all", "finest"] = "all"
    num_scales: int = 0
    bptt_frames: int = 1


@dataclass(frozen=True)
class OptimizerConfig:
    """Adam for every network (method.md 4.3).

    Attributes:
        beta_1: decay of the mean of gradients.
        beta_2: decay of the mean of their squares.
        epsilon: added to the root of the latter.
        ttur: two time scales: betas 0 and 0.9, the generator at half the rate and all
            discriminators at twice the rate [TTUR].
        clip_norm: largest norm of the gradient of a network, over all its weights; 0
            for no limit.
        ema_decay: of a moving average of the generator's weights, which then makes
            the previews and is what `generate` loads; 0 for none.
    """

    beta_1: float = 0.5
    beta_2: float = 0.999
    epsilon: float = 1e-8
    ttur: bool = False
    clip_norm: float = 0.0
    ema_decay: float = 0.0


@dataclass(frozen=True)
class PreviewConfig:
    """Clips that are generated while a model trains, from its own frames.

    Attributes:
        clips: the first of the split `eval`, or of `train` where that is empty; 0 for
            no previews.
        frames: of each clip at most.
        every_epochs: besides at the end of each stage.
        fps: of the videos.
    """

    clips: int = 2
    frames: int = 30
    every_epochs: int = 1
    fps: float = 12.0


@dataclass(frozen=True)
class RuntimeConfig:
    """How, not what: nothing here changes what is learned, save rounding.

    Attributes:
        precision: Keras policy of the networks' inner layers; heads, warp, flow
            and losses stay float32. `mixed_float16` trains with a dynamic loss scale.
        optimize_graph: let TensorFlow rewrite the traced step. On two CPU cores
            that takes half a minute and gains a few percent of later steps.
        gradient_checkpointing: compute the inner maps of the generator again in the
            backward pass instead of keeping them: less memory, more time.
        strategy: how devices share the work. `auto`: `multi_worker` where `TF_CONFIG`
            names several workers, `mirrored` where this machine has several GPUs,
            else `one_device`.
        devices: those of `mirrored`, as `GPU:0`; none named for all GPUs.
        deterministic: the same command gives the same bytes. `auto`: where there is
            no GPU; on GPUs it takes time, and some operations refuse.
        checkpoint_steps: steps between checkpoints, besides those at ends of epochs.
    """

    optimize_graph: bool = True
    precision: Literal["float32", "mixed_bfloat16", "mixed_float16"] = "float32"
    gradient_checkpointing: bool = False
    strategy: Literal["auto", "one_device", "mirrored", "multi_worker"] = "auto"
    devices: tuple[str, ...] = ()
    deterministic: Literal["auto", "always", "never"] = "auto"
    checkpoint_steps: int = 1000
