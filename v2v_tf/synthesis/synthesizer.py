"""Rolls a trained generator out over conditions.

`Synthesizer.stream` makes one frame at a time from explicit states, and everything
else (clips, previews, the command line) is a loop over it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from v2v_tf import config_loading, runs
from v2v_tf.conditioning import registry
from v2v_tf.config import Config
from v2v_tf.data.records import check_network_size
from v2v_tf.errors import InputError
from v2v_tf.layers.precision import precision_scope
from v2v_tf.models.sequential import States, generate_frame
from v2v_tf.models.sequential_generator import SequentialGenerator, build_generator


class Synthesized(NamedTuple):
    """Generated frames, one ([H, W, C]) or many ([F, H, W, C]).

    Attributes:
        fake_frames: uint8 [..., 3].
        raw_frames: uint8 [..., 3], without the warp.
        warped_frames: uint8 [..., 3], the last frame warped; None without flow.
        flow: float32 [..., 2], pixels, (dx, dy), backward; None without flow.
        mask: float32 [..., 1], 1 = hallucinated; None without flow.
    """

    fake_frames: np.ndarray
    raw_frames: np.ndarray
    warped_frames: np.ndarray | None
    flow: np.ndarray | None
    mask: np.ndarray | None


class Synthesizer:
    """A generator and the conditioning it was trained with.

    Args:
        config: the experiment.
        generator: a network of that configuration.
    """

    def __init__(self, config: Config, generator: SequentialGenerator) -> None:
        self.config = config
        self.generator = generator
        self.conditioning = registry.create(config)
        # One trace a size: relaxed shapes round otherwise, so that a clip of another
        # size, seen in between, would change this one's frames.
        self._step = tf.function(self._one_frame)

    @classmethod
    def load(cls, run_dir: str | Path, precision: str | None = None) -> Synthesizer:
        """Loads the newest checkpoint of a run folder.

        Args:
            run_dir: of `v2v-tf train` or `import-nvidia`.
            precision: policy to compute in, as `runtime.precision`; None for the
                run's own.

        Raises:
            InputError: the folder is no run, or holds no checkpoint.
        """
        run_dir = Path(run_dir)
        config = runs.load_config(run_dir)
        if precision is not None:
            config = config_loading.override(config, f"runtime.precision={precision}")
        with precision_scope(config.runtime):
            generator = build_generator(config)
        generator.build_weights()
        runs.restore_generator(generator, run_dir)
        return cls(config, generator)

    @property
    def history(self) -> int:
        """Frames that come before the first generated one."""
        return self.config.generator.num_frames - 1

    def init_states(
        self,
        conditions: np.ndarray,
        instances: np.ndarray | None,
        frames: np.ndarray | None,
    ) -> States:
        """Returns the states before the first generated frame.

        Args:
            conditions: uint8 [history, H, W, P].
            instances: integers [history, H, W], where the task uses them.
            frames: uint8 [history, H, W, 3]; None only for a model whose first
                frames are `zeros`.

        Raises:
            InputError: first frames or instances are missing, a wrong shape or type,
                a size that the generator cannot halve.
        """
        size = np.shape(conditions)[1:3]
        planes = self.conditioning.num_planes
        _check("conditions", conditions, (self.history, *size, planes))
        check_network_size(size, self.config)
        channels = self._encode(conditions, instances)
        if self.config.generator.first_frames == "zeros":
            start = tf.zeros([*channels.shape[:-1], 3])
        elif frames is None:
            raise InputError(
                f"this model needs {self.history} first frames, got none: give real "
                "frames, or train with generator.first_frames=zeros"
            )
        else:
            _check("frames", frames, (self.history, *size, 3))
            start = tf.constant(frames, tf.float32) / 127.5 - 1.0
        return self.generator.init_states(channels[None], start[None])

    def stream(
        self,
        conditions: Iterable[np.ndarray],
        instances: Iterable[np.ndarray] | None,
        states: States,
    ) -> Iterator[Synthesized]:
        """Generates a frame for each condition frame.

        Args:
            conditions: uint8 [H, W, P], one after the other.
            instances: integers [H, W], likewise, where the task uses them.
            states: from `init_states`.

        Yields:
            The tensors of each frame.

        Raises:
            InputError: a condition of another shape or type than the states', or
                one without its instances.
        """
        shape = (*states.conditions.shape[2:4], self.conditioning.num_planes)
        # A history of zeros has nothing to warp (spec 1.8).
        raw_only = self.config.generator.first_frames == "zeros"
        ids = iter(instances) if instances is not None else None
        for planes in conditions:
            _check("conditions", planes, shape)
            instance = None if ids is None else next(ids, None)
            channels = self._encode(
                planes[None], None if instance is None else instance[None]
            )
            output, states = self._step(channels, states, raw_only)
            raw_only = False
            yield Synthesized._make(None if x is None else x.numpy()[0] for x in output)

    def rollout(self, clip: dict[str, np.ndarray]) -> Synthesized:
        """Generates a whole clip from its first frames.

        Args:
            clip: `conditions` uint8 [T, H, W, P], `frames` uint8 [T, H, W, 3] and,
                where the task uses them, `instances` integers [T, H, W].

        Returns:
            T - history frames; the first belongs to frame `history` of the clip.

        Raises:
            InputError: the clip is not longer than the history, or as of
                `init_states` and `stream`.
        """
        n = self.history
        conditions, instances = clip["conditions"], clip.get("instances")
        frames = clip.get("frames")
        if len(conditions) <= n:
            raise InputError(
                f"a clip needs more than {n} frames to generate one, got "
                f"{len(conditions)}"
            )
        states = self.init_states(
            conditions[:n],
            None if instances is None else instances[:n],
            None if frames is None else frames[:n],
        )
        rest = None if instances is None else instances[n:]
        results = list(self.stream(conditions[n:], rest, states))
        return Synthesized._make(
            None if parts[0] is None else np.stack(parts)
            for parts in zip(*results, strict=True)
        )

    def _encode(self, planes: np.ndarray, instances: np.ndarray | None) -> tf.Tensor:
        self.conditioning.check_planes(planes, instances)
        ids = None if instances is None else tf.constant(instances, tf.int32)
        return self.conditioning.encode(tf.constant(planes), ids)

    def _one_frame(
        self, channels: tf.Tensor, states: States, raw_only: bool
    ) -> tuple[Synthesized, States]:
        output, states = generate_frame(self.generator, channels, states, raw_only)
        images = (output.fake_frames, output.raw_frames, output.warped_frames)
        levels = [None if image is None else to_uint8(image) for image in images]
        return Synthesized._make([*levels, output.flow, output.mask]), states


def to_uint8(images: tf.Tensor) -> tf.Tensor:
    """Returns images of range [-1, 1] as uint8, rounded and clipped."""
    levels = tf.round((tf.clip_by_value(images, -1.0, 1.0) + 1.0) * 127.5)
    return tf.cast(levels, tf.uint8)


def _check(name: str, array: np.ndarray, shape: tuple[int, ...]) -> None:
    kind = getattr(array, "dtype", type(array).__name__)
    if kind != np.uint8 or np.shape(array) != shape:
        raise InputError(
            f"{name}: expected uint8 {list(shape)}, got {kind} {list(np.shape(array))}"
        )
