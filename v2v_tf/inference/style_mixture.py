"""Holds the styles of a training set: a Gaussian mixture for each class.

The paper samples one vector of its class's mixture for each instance. A
mixture lies in the run folder as plain arrays, never as a pickled object.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tensorflow as tf
from absl import logging

from v2v_tf.config import Config
from v2v_tf.errors import InputError
from v2v_tf.storage import runs
from v2v_tf.storage.files import replacing

STYLES_FILE = "styles.npz"
UNSEEN_SEED = 0
_ARRAYS = ("weights", "means", "factors", "counts", "step")


@dataclass(frozen=True)
class StyleMixture:
    """Mixtures of L classes, of M components each, of F features.

    Attributes:
        weights: float64 [L, M], each row adds up to 1, largest first.
        means: float64 [L, M, F].
        factors: float64 [L, M, F, F], lower Cholesky factors of the covariances.
        counts: integers [L], regions that each was fitted to; a class with none has
            the mean of all regions.
        step: step of the checkpoint whose encoder described them.
    """

    weights: np.ndarray
    means: np.ndarray
    factors: np.ndarray
    counts: np.ndarray
    step: int

    def sample(self, seeds: tf.Tensor, num_variants: int) -> tf.Tensor:
        """Draws tables of styles, in or outside a graph; the same on every device.

        Args:
            seeds: int64 [B], any; equal seeds give equal tables.
            num_variants: K.

        Returns:
            float32 [B, L, K, F], range [-1, 1].
        """
        num_classes, _, num_features = self.means.shape
        shape = [num_classes, num_variants]
        rising = tf.constant(np.cumsum(self.weights, axis=1)[:, None, :-1], tf.float32)
        means = tf.constant(self.means, tf.float32)
        factors = tf.constant(self.factors, tf.float32)

        def of_seed(seed: tf.Tensor) -> tf.Tensor:
            first, second = (
                tf.stack([seed, tf.constant(n, tf.int64)]) for n in range(2)
            )
            uniform = tf.random.stateless_uniform(shape, first, alg="philox")
            chosen = tf.reduce_sum(tf.cast(uniform[..., None] >= rising, tf.int32), -1)
            noise = tf.random.stateless_normal(
                [*shape, num_features, 1], second, alg="philox"
            )
            mean = tf.gather(means, chosen, batch_dims=1)
            factor = tf.gather(factors, chosen, batch_dims=1)
            return tf.clip_by_value(mean + (factor @ noise)[..., 0], -1.0, 1.0)

        spec = tf.TensorSpec([*shape, num_features], tf.float32)
        return tf.map_fn(of_seed, seeds, fn_output_signature=spec)

    def component(self, index: int, num_variants: int) -> np.ndarray:
        """Returns the table in which every class has the mean of one component.

        Args:
            index: 0 for the most frequent look of each class; classes with fewer
                components begin again.
            num_variants: K.

        Returns:
            float32 [L, K, F].

        Raises:
            InputError: no class has so many components.
        """
        used = (self.weights > 0).sum(axis=1)
        if not 0 <= index < used.max():
            raise InputError(
                f"style index: expected 0 .. {used.max() - 1}, the components of the "
                f"mixture, got {index}"
            )
        table = np.stack(
            [of[index % n] for of, n in zip(self.means, used, strict=True)]
        )
        return np.repeat(table[:, None], num_variants, axis=1).astype(np.float32)

    def save(self, path: Path) -> None:
        """Writes the arrays; a file that is there is replaced whole."""
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **{name: getattr(self, name) for name in _ARRAYS})
        with replacing(path, ".npz", overwrite=True) as partial:
            partial.write_bytes(buffer.getvalue())


def unseen_styles(run_dir: Path, config: Config) -> np.ndarray | None:
    """Returns styles of what the first frames of a video do not show yet.

    Args:
        run_dir: run folder of a model with styles.
        config: configuration of the run.

    Returns:
        float32 [L, K, F], drawn by `UNSEEN_SEED`; None where no mixtures were fitted to
        this state of the model.
    """
    if not (run_dir / STYLES_FILE).is_file():
        return None
    try:
        mixture = load_mixture(run_dir, config)
    except InputError as error:
        # `styles fit` loads the model too, and puts it right.
        logging.warning("what first frames do not show looks alike: %s", error)
        return None
    seeds = tf.constant([UNSEEN_SEED], tf.int64)
    return mixture.sample(seeds, config.style.num_variants)[0].numpy()


def load_mixture(run_dir: Path, config: Config) -> StyleMixture:
    """Reads the mixture of a run.

    Args:
        run_dir: run folder of `v2v-tf train`.
        config: configuration of the run.

    Raises:
        InputError: the model has no styles, they were not fitted, or to another state
            of the model.
    """
    path = run_dir / STYLES_FILE
    if not config.style.num_features:
        raise InputError(
            f"{run_dir} is the run of a model without styles: train one with "
            "style.num_features above 0"
        )
    if not path.is_file():
        raise InputError(f"the styles of {run_dir} are not known yet: {_fit(run_dir)}")
    mixture = _read(run_dir)
    newest = runs.newest_step(run_dir)
    if mixture.step != newest:
        raise InputError(
            f"{path} was fitted at step {mixture.step}, and the model was trained on "
            f"to step {newest}: {_fit(run_dir)} again"
        )
    return mixture


def _read(run_dir: Path) -> StyleMixture:
    path = run_dir / STYLES_FILE
    try:
        with np.load(path, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in _ARRAYS}
    except (KeyError, OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise InputError(
            f"{path} is damaged ({error}): {_fit(run_dir)} again"
        ) from error
    step = int(arrays.pop("step"))
    return StyleMixture(step=step, **arrays)


def _fit(run_dir: Path) -> str:
    return f"run v2v-tf styles fit --model {run_dir} --data DATA"
