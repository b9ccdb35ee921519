"""Rolls a trained generator out over conditions.

`Synthesizer.stream` makes one frame at a time from explicit states, and everything
else (clips, previews, the command line) is a loop over it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np
import tensorflow as tf

from v2v_tf.config import Config
from v2v_tf.data.clips import Clip
from v2v_tf.data.records.folder import check_network_size
from v2v_tf.errors import InputError
from v2v_tf.inference.condition_reader import CheckedReader, StylePainter
from v2v_tf.inference.frame_by_frame import FrameByFrame
from v2v_tf.inference.frames import (
    Synthesized,
    check_planes,
    check_uint8,
    from_uint8,
    to_uint8,
)
from v2v_tf.inference.rollout import (
    Condition,
    conditions_of,
    roll_out,
    stack_synthesized,
)
from v2v_tf.inference.style_mixture import unseen_styles
from v2v_tf.layers.precision import precision_scope
from v2v_tf.models.registry import family_of
from v2v_tf.models.vid2vid.generator import SequentialGenerator
from v2v_tf.models.vid2vid.states import States, generate_frame
from v2v_tf.storage import runs


class Synthesizer:
    """Generates videos with a trained vid2vid generator.

    Args:
        config: configuration of a video model.
        generator: a network of that configuration.
        first_frames: first-frame generator, which makes the frames before the first
            generated one; None for a model that is given them, or that begins with
            zeros.
        styles: float32 [L, K, F] (classes, variants, features), the appearance of every
            video, of a model with styles; None for that of each clip's first frames.

    Attributes:
        config: configuration of the experiment.
        generator: sequential generator.
        first_frames: image generator of the first frames; None where there is none.
        styles: styles of the next video; may be changed between videos.
        ignores_frames: whether `rollout` begins with zeros, whatever a clip brings; may
            be set for a model that may begin so.
        conditioning: conditioning of the task, between planes and channels.

    Raises:
        InputError: a first-frame generator that the model has no use for, or one of
            another task, conditioning or size; styles of another shape.

    Example:
        ```python
        >>> import numpy as np
        >>> from v2v_tf import load_config
        >>> from v2v_tf.data.clips import Clip
        >>> from v2v_tf.models.vid2vid.generator import build_generator
        >>> config = load_config("test/toy_street")
        >>> synthesizer = Synthesizer(config, build_generator(config))
        >>> clip = Clip(
        ...     conditions=np.zeros([5, 32, 64, 1], np.uint8),
        ...     frames=np.zeros([5, 32, 64, 3], np.uint8),
        ...     instances=np.zeros([5, 32, 64], np.int32),
        ... )
        >>> synthesizer.rollout(clip).fake_frames.shape
        (3, 32, 64, 3)
        ```
    """

    def __init__(
        self,
        config: Config,
        generator: SequentialGenerator,
        first_frames: FrameByFrame | None = None,
        styles: np.ndarray | None = None,
    ) -> None:
        if first_frames is not None:
            if config.generator.begins_alone:
                raise InputError(
                    "this model begins with past frames of zeros and makes its first "
                    "frames itself: leave the network for them out"
                )
            first_frames.check_serves(config)
        self.config = config
        self.conditions = CheckedReader(config, generator)
        if styles is not None:
            self.conditions.table(styles)
        self.styles = styles
        self.first_frames = first_frames
        self.ignores_frames = not config.generator.takes_frames
        self.generator = generator
        self.conditioning = self.conditions.conditioning
        # One trace a size: relaxed shapes round otherwise, so that a clip of another
        # size, read in between, would change this one's frames.
        self._step = tf.function(self._one_frame, autograph=False)

    @classmethod
    def load(
        cls,
        run_dir: str | Path,
        precision: str | None = None,
        first_frames: FrameByFrame | None = None,
        styles: np.ndarray | None = None,
    ) -> Synthesizer:
        """Loads the newest checkpoint of a run folder.

        Args:
            run_dir: run folder of `v2v-tf train` or `v2v-tf import-nvidia`.
            precision: policy to compute in, as `runtime.precision` (`float32` or
                `mixed_bfloat16`); None for that of the run.
            first_frames: first-frame generator, see the class.
            styles: float32 [L, K, F], see the class.

        Returns:
            The synthesizer, ready to generate.

        Raises:
            InputError: the folder is no run of a video model, or holds no checkpoint;
                or as of the class.
        """
        run_dir = Path(run_dir)
        config = runs.load_config(run_dir, precision, needs="makes_video")
        with precision_scope(config.runtime):
            generator = family_of(config).build_generator(config)
        generator.build_weights()
        runs.restore_generator(generator, run_dir)
        synthesizer = cls(config, generator, first_frames, styles)
        if synthesizer.painter is not None:
            synthesizer.painter.unseen = unseen_styles(run_dir, config)
        return synthesizer

    @property
    def history(self) -> int:
        """Returns the number of past frames that a frame is generated from."""
        return self.config.history

    @property
    def painter(self) -> StylePainter | None:
        """Describes and paints styles; None for a model without."""
        return self.conditions.painter

    def init_states(
        self,
        conditions: np.ndarray,
        instances: np.ndarray | None,
        frames: np.ndarray | None = None,
        styles: np.ndarray | None = None,
    ) -> States:
        """Returns the states before the first generated frame.

        Args:
            conditions: [history, H, W, P], of `Conditioning.plane_dtype`.
            instances: integers [history, H, W], where the task uses them; else None.
            frames: uint8 [history, H, W, 3], RGB; None for those of `first_frames`,
                which enter unrounded, and for zeros, of a model that may begin so.
            styles: float32 [L, K, F], of this video; None for those of the class.

        Returns:
            The states, for `stream`.

        Raises:
            InputError: first frames, instances or styles are missing, a wrong shape
                or type, a size that the generator cannot halve.
        """
        size = np.shape(conditions)[1:3]
        check_planes(conditions, (self.history, *size), self.conditioning)
        check_network_size(size, self.config)
        table = self.conditions.table(self.styles if styles is None else styles)
        channels = self.conditions.read(conditions, instances, table)
        if frames is not None and self.config.generator.takes_frames:
            check_uint8("frames", frames, (self.history, *size, 3))
            start = from_uint8(frames)
        elif self.first_frames is not None:
            start = tf.stack(list(self.first_frames.frames(conditions, instances)))
        elif self.config.generator.begins_alone:
            start = tf.zeros([*channels.shape[:-1], 3])
        else:
            raise InputError(
                f"this model needs {self.history} first frames, got none: give real "
                "frames or a network that makes them, or train with "
                "generator.first_frames=either or zeros"
            )
        states = self.generator.init_states(channels[None], start[None])
        return states._replace(styles=table)

    def stream(
        self,
        conditions: Iterable[np.ndarray],
        instances: Iterable[np.ndarray] | None,
        states: States,
    ) -> Iterator[Synthesized]:
        """Generates a frame for each condition frame.

        Args:
            conditions: [H, W, P], of `Conditioning.plane_dtype`, one after the other.
            instances: integers [H, W], one for each condition, where the task uses
                them; else None.
            states: states from `init_states`.

        Yields:
            Each frame, when its condition has been read: arrays [H, W, ...].

        Raises:
            InputError: a condition of another shape or type than the states', or
                one without its instances.
        """
        # Past frames of zeros show nothing to warp.
        blank = self.config.generator.begins_alone
        raw_only = blank and not states.frames[-1].numpy().any()

        def step(
            condition: Condition, before: tuple[States, bool]
        ) -> tuple[Synthesized, tuple[States, bool]]:
            output, states = self.step(*condition, *before)
            return output, (states, False)

        return roll_out(step, (states, raw_only), conditions_of(conditions, instances))

    def step(
        self,
        planes: np.ndarray,
        instances: np.ndarray | None,
        states: States,
        raw_only: bool = False,
    ) -> tuple[Synthesized, States]:
        """Generates one frame.

        Args:
            planes: [H, W, P], of `Conditioning.plane_dtype`.
            instances: integers [H, W], where the task uses them; else None.
            states: from `init_states`, or after the frame before.
            raw_only: leave the warp out, as after past frames of zeros.

        Returns:
            The frame, arrays [H, W, ...], and the states after it.

        Raises:
            InputError: as of `stream`.
        """
        check_planes(planes, tuple(states.conditions.shape[2:4]), self.conditioning)
        channels = self.conditions.read(
            planes[None], None if instances is None else instances[None], states.styles
        )
        output, states = self._step(channels, states, raw_only)
        parts = (None if x is None else x.numpy()[0] for x in output)
        return Synthesized._make(parts), states

    def rollout(self, clip: Clip | Mapping[str, np.ndarray]) -> Synthesized:
        """Generates a whole clip from its first frames.

        Args:
            clip: `conditions`, `frames` (of these the first `history`; not read where
                `first_frames` makes them and `styles` are known) and, where the task
                uses them, `instances`; a mapping of arrays by these names will do.

        Returns:
            T - `history` frames; the first belongs to frame `history` of the clip.

        Raises:
            InputError: the clip has no more than `history` frames, or as of
                `init_states` and `stream`.
        """
        clip = Clip.of(clip)
        past, rest = clip.part(self.history)
        states = self.init_states(
            past.conditions,
            past.instances,
            past.frames if self._takes_frames else None,
            self._own_styles(past),
        )
        return stack_synthesized(self.stream(rest.conditions, rest.instances, states))

    @property
    def _takes_frames(self) -> bool:
        return self.first_frames is None and not self.ignores_frames

    def _own_styles(self, past: Clip) -> np.ndarray | None:
        """Returns the styles that past frames show, where no others are asked for."""
        painter = self.conditions.painter
        if painter is None or self.styles is not None or past.frames is None:
            return None
        return painter.table_of(past.conditions, past.instances, past.frames)

    def _one_frame(
        self, channels: tf.Tensor, states: States, raw_only: bool
    ) -> tuple[Synthesized, States]:
        output, states = generate_frame(self.generator, channels, states, raw_only)
        images = (output.fake_frames, output.raw_frames, output.warped_frames)
        levels = [None if image is None else to_uint8(image) for image in images]
        return Synthesized._make([*levels, output.flow, output.mask]), states
