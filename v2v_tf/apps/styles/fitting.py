"""Fits a mixture of styles to each class of the training clips (`styles fit`)."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import tensorflow as tf

from v2v_tf.data.clips import Clip
from v2v_tf.errors import InputError
from v2v_tf.extras import needed
from v2v_tf.inference.condition_reader import StylePainter
from v2v_tf.inference.job import ClipSelection
from v2v_tf.inference.style_mixture import STYLES_FILE, StyleMixture
from v2v_tf.inference.synthesizer import Synthesizer
from v2v_tf.storage import packs, runs

with needed("styles"):
    from sklearn.mixture import GaussianMixture

MIN_PIXELS = 16
_FRAMES_A_CLIP = 8
_PER_COMPONENT = 5  # samples: fewer say nothing of a covariance
# Of covariances: features are in [-1, 1].
_LEAST_VARIANCE = 1e-4


def fit_styles(
    run_dir: str | Path,
    data_dir: str | Path,
    *,
    split: str = "train",
    num_components: int = 10,
    seed: int = 0,
) -> StyleMixture:
    """Fits the mixtures of a run and writes them into its folder.

    A sample is the mean style of one region over a clip, so a clip counts once however
    long it is.

    Args:
        run_dir: run folder of `v2v-tf train`, of a model with styles.
        data_dir: clip records.
        split: split of the records, `train` or `eval`.
        num_components: largest number of components of each class; fewer where it has
            few regions.
        seed: seed of the fit.

    Returns:
        What was written.

    Raises:
        InputError: no run with styles, no checkpoint, no records, no region.
    """
    run_dir = Path(run_dir)
    if num_components < 1:
        raise InputError(f"components must be 1 or more, got {num_components}")
    packs.require_run(run_dir)
    synthesizer = Synthesizer.load(run_dir)
    if synthesizer.painter is None:
        raise InputError(
            f"{run_dir} is the run of a model without styles: train one with "
            "style.num_features above 0"
        )
    clips = ClipSelection(data_dir, split).read(synthesizer.config)
    samples = _gather(synthesizer.painter, clips)
    mixture = fit_mixture(samples, num_components, seed, runs.newest_step(run_dir))
    mixture.save(run_dir / STYLES_FILE)
    return mixture


def fit_mixture(
    samples: list[np.ndarray], num_components: int, seed: int, step: int
) -> StyleMixture:
    """Fits one mixture to each class.

    Args:
        samples: float [N, F] of each class; N may be 0.
        num_components: largest number of components of each class.
        seed: seed of the fit.
        step: step of the checkpoint that gave the samples.

    Raises:
        InputError: no class has a sample.
    """
    everything = np.concatenate(samples)
    if not len(everything):
        raise InputError(
            f"no region of {MIN_PIXELS} pixels or more: give clips that show some"
        )
    num_classes, num_features = len(samples), everything.shape[1]
    weights = np.zeros((num_classes, num_components))
    means = np.zeros((num_classes, num_components, num_features))
    factors = np.zeros((num_classes, num_components, num_features, num_features))
    for label, found in enumerate(samples):
        if len(found) < 2:
            # Nothing to say of how they vary.
            weights[label, 0] = 1.0
            means[label, 0] = (found if len(found) else everything).mean(axis=0)
            continue
        used = int(np.clip(len(found) // _PER_COMPONENT, 1, num_components))
        fitted = GaussianMixture(
            used, reg_covar=_LEAST_VARIANCE, random_state=seed
        ).fit(found)
        order = np.argsort(-fitted.weights_, kind="stable")
        weights[label, :used] = fitted.weights_[order]
        means[label, :used] = fitted.means_[order]
        factors[label, :used] = np.linalg.cholesky(fitted.covariances_[order])
    counts = np.array([len(found) for found in samples])
    return StyleMixture(weights, means, factors, counts, step)


def _gather(painter: StylePainter, clips: Iterable[Clip]) -> list[np.ndarray]:
    """Returns the samples of each class, float64 [N, F]."""
    num_classes, _, num_features = painter.shape
    found: list[list[np.ndarray]] = [[] for _ in range(num_classes)]
    for clip in clips:
        stride = -(-len(clip) // _FRAMES_A_CLIP)
        ids = clip.instances
        features, classes, instances = painter.features(
            clip.conditions[::stride],
            None if ids is None else ids[::stride],
            clip.require("frames")[::stride],
        )
        for label, style in _regions_of(features, classes, instances):
            found[label].append(style)
    return [np.array(of, np.float64).reshape(-1, num_features) for of in found]


def _regions_of(
    features: tf.Tensor, classes: tf.Tensor, instances: tf.Tensor
) -> Iterable[tuple[int, np.ndarray]]:
    """Yields class and mean style of every region that is large enough."""
    values = tf.reshape(features, [-1, features.shape[-1]]).numpy().astype(np.float64)
    pairs = np.stack([classes.numpy().ravel(), instances.numpy().ravel()], axis=-1)
    regions, index, counts = np.unique(
        pairs, axis=0, return_inverse=True, return_counts=True
    )
    sums = np.zeros((len(regions), values.shape[1]))
    np.add.at(sums, index.ravel(), values)
    for (label, _), total, count in zip(regions, sums, counts, strict=True):
        if count >= MIN_PIXELS:
            yield int(label), total / count
