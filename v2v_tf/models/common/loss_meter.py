"""The mean of every loss over an epoch, and which was the first to go bad."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from v2v_tf.config import Config, StageConfig
from v2v_tf.config.plugins import MODELS
from v2v_tf.models.vid2vid.temporal_groups import triplet_schedule


def loss_names(config: Config, stage: StageConfig) -> list[str]:
    """Returns the names of all losses that a stage computes, terms before totals.

    They are `generator/...` and `discriminator/...`, as TensorBoard shows them.

    Args:
        config: the experiment.
        stage: flow or GAN.
    """
    weights = config.losses
    family = MODELS.get(config.model)
    if family.forecasts_labels:
        flow = ["flow_l1"] if weights.flow else []
        return [f"generator/{name}" for name in ("cross_entropy", *flow, "total")]
    is_video = family.makes_video
    generator: list[str] = []
    discriminator: list[str] = []
    if is_video and config.generator.use_flow:
        used = ("flow", "flow_warp", "mask")
        tags = {"flow": "flow_l1"}
        generator += [tags.get(name, name) for name in used if getattr(weights, name)]
    if stage.kind == "gan":
        uses_vgg = weights.perceptual and weights.perceptual_weights != "none"
        warp = is_video and weights.warp
        extra = (("l1", weights.l1), ("perceptual", uses_vgg), ("warp", warp))
        generator += [name for name, weight in extra if weight]
        scales = _temporal_scales(config, stage) if is_video else []
        judges = ["image", *(f"temporal_s{scale}" for scale in scales)]
        if is_video and uses_face(config, stage):
            judges.insert(1, "face")
        for judge in judges:
            suffix = "" if judge == "image" else f"_{judge}"
            factor = weights.face if judge == "face" else 1.0
            generator.append(f"gan{suffix}")
            if factor * weights.feature_matching:
                generator.append(f"feature_matching{suffix}")
            discriminator += [f"{judge}_real", f"{judge}_fake"]
        discriminator.append("total")
    generator.append("total")
    names = [f"generator/{name}" for name in generator]
    return names + [f"discriminator/{name}" for name in discriminator]


def uses_face(config: Config, stage: StageConfig) -> bool:
    """Whether a stage judges faces: at coarser scales they are too small for it."""
    all_scales = stage.num_scales in (0, config.generator.num_scales)
    return config.discriminator.use_face and all_scales


def _temporal_scales(config: Config, stage: StageConfig) -> list[int]:
    """Returns the temporal scales that some chunk of the stage has groups for."""
    parts = config.discriminator
    found = []
    for scale in range(parts.num_temporal_scales):
        sizes = (parts.num_frames, scale, parts.num_temporal_scales)
        for start in range(0, stage.num_frames, stage.chunk_frames):
            num_new = min(stage.chunk_frames, stage.num_frames - start)
            if triplet_schedule(start, num_new, *sizes):
                found.append(scale)
                break
    return found


class LossMeter(tf.keras.metrics.Metric):
    """Means of named losses, each over the updates in which it was there.

    Args:
        names: of all losses, in the order in which they are computed.
    """

    def __init__(self, names: Sequence[str], **kwargs: Any) -> None:
        super().__init__(name="losses", dtype=tf.float32, **kwargs)
        self.names = list(names)
        shape = [len(self.names)]
        self.sums = self.add_weight("sums", shape, initializer="zeros")
        self.counts = self.add_weight("counts", shape, initializer="zeros")
        self.bad = self.add_weight("bad", shape, initializer="zeros")

    def update_state(self, losses: dict[str, tf.Tensor]) -> None:
        """Adds scalars.

        Raises:
            KeyError: a loss that is not among `names`.
        """
        for name in losses:
            if name not in self.names:
                raise KeyError(f"'{name}' is none of {self.names}")
        values = tf.stack([losses.get(name, tf.zeros([])) for name in self.names])
        there = tf.constant([float(name in losses) for name in self.names])
        self.sums.assign_add(values)
        self.counts.assign_add(there)
        self.bad.assign_add(1.0 - tf.cast(tf.math.is_finite(values), tf.float32))

    def result(self) -> dict[str, tf.Tensor]:
        """Returns the mean of every loss; 0 for one that was never there."""
        means = tf.math.divide_no_nan(self.sums, self.counts)
        return dict(zip(self.names, tf.unstack(means), strict=True))

    def reset_state(self) -> None:
        """Forgets all updates."""
        for variable in self.variables:
            variable.assign(tf.zeros_like(variable))

    def first_bad(self) -> str | None:
        """Returns the loss that was first not finite, or None; eager.

        A bad loss makes weights bad, and they all losses of later chunks: the first
        one was bad most often.
        """
        bad = tf.convert_to_tensor(self.bad).numpy()
        return self.names[int(bad.argmax())] if bad.any() else None
