"""Configures training: losses, stages, optimizers, and the machine.

Names of NVIDIA/vid2vid's options are given in brackets (method.md 8.7).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class LossConfig:
    """Holds the weights of the losses (method.md 3); 0 leaves a loss out.

    Attributes:
        gan_mode: loss of all discriminators: least squares (`lsgan`), `hinge`, or the
            cross entropy of real and fake (`non_saturating`) [gan_mode, which had no
            effect: always `lsgan`].
        gan: weight of the adversarial loss of the image discriminator.
        gan_temporal: weight of the adversarial losses of the temporal discriminators.
        face: factor on the losses of the face discriminator, besides `gan` and
            `feature_matching`.
        gradient_penalty: weight of the squared gradient of the scores of every
            discriminator at real frames (R1, arXiv 1801.04406), estimated from what a
            little noise changes of them; 0 for none.
        feature_matching: weight of the distance between discriminator features of real
            and fake frames [lambda_feat].
        perceptual: weight of the distance between features of real and fake frames
            [lambda_feat].
        perceptual_weights: network of those features: `imagenet` (VGG-19, fetched by
            Keras), `none`, a weight file of Keras' VGG19 or VGG16 without its top, or
            torchvision's `vgg19-*.pth`, with which NVIDIA/vid2vid trained; or a folder
            of `v2v-tf train-segmenter`. They give losses of other magnitudes.
        perceptual_normalization: input of VGG-19: `none` takes frames in [-1, 1] for
            normalised ones, as NVIDIA/vid2vid does; `imagenet` normalises them as
            VGG-19 was trained.
        l1: weight of the mean absolute error of the frames; not in the paper, stands in
            for the perceptual loss where no VGG weights are.
        flow: weight of the error of the predicted flow against the teacher's
            [lambda_F].
        flow_warp: weight of the error of the previous real frame, warped by the
            predicted flow, against the real frame [lambda_T].
        warp: weight of the error of the generated frame against the previous generated
            one, warped by the teacher's flow [lambda_T].
        mask: weight of a term that keeps the mask at 0 where the teacher's flow is
            trusted.
        cross_entropy: weight of the cross entropy between forecast and true labels, of
            the forecaster.

    Example:
        ```python
        >>> from v2v_tf import load_config
        >>> losses = load_config(None, ("losses.perceptual_weights=none",)).losses
        >>> losses.perceptual_weights, losses.feature_matching
        ('none', 10.0)
        ```
    """

    gan_mode: Literal["lsgan", "hinge", "non_saturating"] = "lsgan"
    gan: float = 1.0
    gan_temporal: float = 1.0
    face: float = 2.0
    gradient_penalty: float = 0.0
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
    """Describes one stage of the curriculum.

    Attributes:
        name: name of the stage in progress and logs.
        kind: losses to train with: `gan` for all, or `flow` for the flow losses alone,
            on single steps from real past frames.
        epochs: number of epochs.
        extra_epochs: epochs after those, at the learning rate of the last one;
            `v2v-tf train --extend` adds them to a finished run.
        steps_per_epoch: optimizer steps of an epoch; 0 for one pass, see `data.epoch`.
        num_frames: number of generated frames of a clip.
        chunk_frames: number of generated frames of one optimizer step.
        batch_size: number of clips of a step, over all devices.
        learning_rate: learning rate of the stage's first epoch.
        end_learning_rate: learning rate of the last of its `epochs`, linear in
            between; 0 for a constant rate.
        train_scales: scales to train: `all`, or `finest`, which holds the coarser ones
            fixed [niter_fix_global].
        num_scales: number of scales to train, from the coarsest on, with frames of
            their size; 0 for all [a run of its own in NVIDIA/vid2vid].
        bptt_frames: length in frames of the parts of a chunk within which gradients
            flow from frame to frame; 1 for no such gradients
            [max_frames_backpropagate].
        history_noise: standard deviation of the noise that past frames have where the
            generator reads them in training, levels of 255, so that it learns to mend
            its own mistakes; 0 for none.

    Example:
        ```python
        >>> from v2v_tf import load_config
        >>> stages = load_config("test/toy_street").curriculum
        >>> [(stage.name, stage.kind, stage.num_frames) for stage in stages]
        [('flow', 'flow', 2), ('gan', 'gan', 4)]
        ```
    """

    name: str = "gan"
    kind: Literal["gan", "flow"] = "gan"
    epochs: int = 1
    extra_epochs: int = 0
    steps_per_epoch: int = 0
    num_frames: int = 6
    chunk_frames: int = 6
    batch_size: int = 1
    learning_rate: float = 2e-4
    end_learning_rate: float = 0.0
    train_scales: Literal["all", "finest"] = "all"
    num_scales: int = 0
    bptt_frames: int = 1
    history_noise: float = 0.0

    @property
    def num_epochs(self) -> int:
        """Returns the number of all its epochs."""
        return self.epochs + self.extra_epochs


@dataclass(frozen=True)
class OptimizerConfig:
    """Sets Adam, the optimizer of every network (method.md 4.3).

    Attributes:
        beta_1: decay of the mean of gradients.
        beta_2: decay of the mean of squared gradients.
        epsilon: number that is added to the root of the mean of squares.
        ttur: whether to train at two time scales: betas 0 and 0.9, the generator at
            half the rate and all discriminators at twice the rate [TTUR].
        clip_norm: largest norm of the gradient of a network, over all its weights; 0
            for no limit.
        ema_decay: decay of a moving average of the generator's weights, 0 .. 1, which
            then makes the previews and is what `generate` loads; 0 for none.

    Example:
        ```python
        >>> from v2v_tf import load_config
        >>> load_config(None, ("optimizer.ema_decay=0.999",)).optimizer.ema_decay
        0.999
        ```
    """

    beta_1: float = 0.5
    beta_2: float = 0.999
    epsilon: float = 1e-8
    ttur: bool = False
    clip_norm: float = 0.0
    ema_decay: float = 0.0


@dataclass(frozen=True)
class PreviewConfig:
    """Says which clips are generated while a model trains, from its own frames.

    Attributes:
        clips: number of clips: the first of the split `eval`, or of `train` where that
            is empty; 0 for no previews.
        frames: largest number of frames of each clip.
        every_epochs: number of epochs between previews, which are also made at the end
            of each stage.
        fps: frames per second of the written videos.

    Example:
        ```python
        >>> from v2v_tf import load_config
        >>> load_config(None, ("previews.clips=0",)).previews.clips
        0
        ```
    """

    clips: int = 2
    frames: int = 30
    every_epochs: int = 1
    fps: float = 12.0


@dataclass(frozen=True)
class RuntimeConfig:
    """Says on what and in which precision to compute, which changes only rounding.

    Attributes:
        precision: Keras policy of the networks' inner layers; heads, warp, flow
            and losses stay float32. `mixed_float16` trains with a dynamic loss scale.
        optimize_graph: whether TensorFlow rewrites the traced step. On two CPU cores
            that takes half a minute and gains a few percent of later steps.
        gradient_checkpointing: whether the inner maps of the generator are computed
            again in the backward pass instead of kept: less memory, more time.
        strategy: distribution over devices: `one_device`, `mirrored` for the GPUs of
            this machine, `multi_worker` for the workers of `TF_CONFIG`; `auto` takes
            `multi_worker` where `TF_CONFIG` names several workers, `mirrored` where
            this machine has several GPUs, else `one_device`.
        devices: devices of `mirrored`, such as `GPU:0`; empty for all GPUs.
        deterministic: whether the same command gives the same bytes. `auto` is `always`
            without a GPU; on GPUs it takes time, and some operations refuse.
        checkpoint_steps: steps between checkpoints, besides those at ends of epochs.

    Example:
        ```python
        >>> from v2v_tf import load_config
        >>> load_config(None, ("runtime.precision=mixed_bfloat16",)).runtime.precision
        'mixed_bfloat16'
        ```
    """

    optimize_graph: bool = True
    precision: Literal["float32", "mixed_bfloat16", "mixed_float16"] = "float32"
    gradient_checkpointing: bool = False
    strategy: Literal["auto", "one_device", "mirrored", "multi_worker"] = "auto"
    devices: tuple[str, ...] = ()
    deterministic: Literal["auto", "always", "never"] = "auto"
    checkpoint_steps: int = 1000
