"""Generates frames with an image generator (pix2pixHD), each from its own condition.

It makes the first frames of a video model, and whole clips: the baseline that a video
model is to beat, sharp perhaps, but without any tie between frames.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import tensorflow as tf

from v2v_tf.config import Config
from v2v_tf.data.clips import Clip
from v2v_tf.data.records.folder import check_network_size
from v2v_tf.errors import InputError
from v2v_tf.inference.condition_reader import CheckedReader
from v2v_tf.inference.frames import Synthesized, check_planes, to_uint8
from v2v_tf.inference.rollout import Condition, conditions_of, roll_out
from v2v_tf.layers.precision import precision_scope
from v2v_tf.models.first_frame.build import ImageNetwork, build_weights
from v2v_tf.models.registry import family_of
from v2v_tf.storage import runs
from v2v_tf.tasks import registry


class FrameByFrame:
    """Generates frames with a trained image generator, each from its own condition.

    Args:
        config: configuration of a model that makes first frames.
        generator: a network of that configuration.

    Attributes:
        config: configuration of the experiment.
        generator: image generator.
        conditioning: conditioning of the task, between planes and channels.
        history: 0, the number of past frames that a frame is generated from.

    Example:
        ```python
        >>> import numpy as np
        >>> from v2v_tf import load_config
        >>> from v2v_tf.data.clips import Clip
        >>> from v2v_tf.models.first_frame.build import build_image_network
        >>> config = load_config("test/toy_street_first_frame")
        >>> frame_by_frame = FrameByFrame(config, build_image_network(config))
        >>> clip = Clip(
        ...     conditions=np.zeros([3, 32, 64, 1], np.uint8),
        ...     instances=np.zeros([3, 32, 64], np.int32),
        ... )
        >>> frame_by_frame.rollout(clip).fake_frames.shape
        (3, 32, 64, 3)
        ```
    """

    history = 0

    def __init__(self, config: Config, generator: ImageNetwork) -> None:
        self.config = config
        self.generator = generator
        self.conditions = CheckedReader(config)
        self.conditioning = self.conditions.conditioning
        # One trace a size, as in `Synthesizer`.
        self._draw = tf.function(lambda channels: generator(channels), autograph=False)

    @classmethod
    def load(cls, run_dir: str | Path, precision: str | None = None) -> FrameByFrame:
        """Loads the newest checkpoint of a run folder.

        Args:
            run_dir: run folder of `v2v-tf train` with `model: first_frame`.
            precision: policy to compute in, as `runtime.precision` (`float32` or
                `mixed_bfloat16`); None for that of the run.

        Returns:
            The generator, ready to make frames.

        Raises:
            InputError: the folder is no run of such a model, or holds no checkpoint.
        """
        run_dir = Path(run_dir)
        config = runs.load_config(run_dir, precision, needs="makes_first_frames")
        with precision_scope(config.runtime):
            generator = family_of(config).build_generator(config)
        build_weights(generator, registry.create(config).num_channels)
        runs.restore_generator(generator, run_dir)
        return cls(config, generator)

    def frames(
        self, conditions: np.ndarray, instances: np.ndarray | None = None
    ) -> Iterator[tf.Tensor]:
        """Makes a frame for each condition frame.

        Args:
            conditions: [T, H, W, P], of `Conditioning.plane_dtype`.
            instances: integers [T, H, W], where the task uses them; else None.

        Returns:
            An iterator over frames, float32 [H, W, 3] in [-1, 1], RGB.

        Raises:
            InputError: a wrong shape or type, missing instances, a size that the
                network cannot halve.
        """
        size = np.shape(conditions)[1:3]
        check_planes(conditions, (len(conditions), *size), self.conditioning)
        check_network_size(size, self.config)
        if instances is not None and len(instances) != len(conditions):
            raise InputError(
                f"instances: expected {len(conditions)} frames as the conditions, got "
                f"{len(instances)}"
            )

        def step(condition: Condition, states: None) -> tuple[tf.Tensor, None]:
            planes, ids = condition
            ids = None if ids is None else ids[None]
            return self._draw(self.conditions.read(planes[None], ids))[0], states

        return roll_out(step, None, conditions_of(conditions, instances))

    def rollout(self, clip: Clip | Mapping[str, np.ndarray]) -> Synthesized:
        """Generates every frame of a clip.

        Args:
            clip: `conditions` and, where the task uses them, `instances`; a mapping of
                arrays by these names will do.

        Returns:
            T frames, which are the raw ones too; nothing is warped, so that
            `warped_frames`, `flow` and `mask` are None.

        Raises:
            InputError: an empty clip, or as of `frames`.
        """
        clip = Clip.of(clip)
        if not len(clip):
            raise InputError("a clip needs a frame or more, got none")
        generated = self.frames(clip.conditions, clip.instances)
        levels = [to_uint8(frame).numpy() for frame in generated]
        frames = np.stack(levels)
        return Synthesized(frames, frames, None, None, None)

    def check_serves(self, config: Config) -> None:
        """Raises InputError unless it can make the first frames of another model.

        Args:
            config: configuration of the video model.
        """
        mine, theirs = self.conditioning, registry.create(config)
        resizes = [
            dataclasses.replace(one.data.resize, flip=False)
            for one in (self.config, config)
        ]
        pairs = (
            ("the task", self.config.task, config.task),
            ("planes of a condition", mine.num_planes, theirs.num_planes),
            ("channels of a condition", mine.num_channels, theirs.num_channels),
            ("use of instances", mine.uses_instances, theirs.uses_instances),
            ("the numbers that channels are scaled by", mine.scale, theirs.scale),
            ("data.resize", *resizes),
        )
        for what, here, there in pairs:
            if here != there:
                raise InputError(
                    f"the first-frame model does not fit the video model: {what} is "
                    f"{here} there and {there} here: train both on the same records, "
                    "with the same task, conditioning and data.resize"
                )
