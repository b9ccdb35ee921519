"""Generates fixed validation clips, free-running, while a model trains.

What is shown is what generation will give: each frame follows from the model's own
frames before it, not from real ones as the losses see it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import tensorflow as tf

from v2v_tf.config import Config
from v2v_tf.data.clips import Clip
from v2v_tf.errors import InputError
from v2v_tf.inference.generation import measure, moments_sheet, tiles
from v2v_tf.inference.loading import AnySynthesizer, build_synthesizer
from v2v_tf.metrics.summary import mean_of
from v2v_tf.training.gif_summary import gif_summary, reduced
from v2v_tf.visualization.panels import panel_video
from v2v_tf.visualization.video import write_video

EVENTS_FOLDER = "validation"
SAMPLES_FOLDER = "samples"
# All six tiles at full size would add up to gigabytes over a long run.
_GIF_TILES = ("condition", "real", "fake")


class Previews(tf.keras.callbacks.Callback):
    """Rolls clips out at ends of epochs: pictures, videos and metrics.

    To `<run>/validation/`, at the global step: a sheet of moments `previews/<clip>`,
    a GIF `previews_gif/<clip>`, and `eval/<metric>`, the mean over clips of what
    `evaluate_clip` gives. To `<run>/samples/`: `epoch_<number>_<clip>.mp4`, a panel
    video of each clip.

    One instance serves all stages of a run, so that the roll-out is traced once. The
    model has a `preview_generator`, whose weights may change in place.

    Args:
        clips: whole clips, as `v2v_tf.data.input.dataset.read_clips` yields them.
        config: the experiment.
        run_dir: the run folder; its sub-folders are made.
        first_step: steps of the run before the first `fit` with this callback.
        every_epochs: preview at multiples of so many epochs, counted over the run,
            and at the end of each stage.
        fps: frames per second of the written videos.
        keep: so many epochs' videos are kept, the newest.

    Attributes:
        step: step of the whole run; one more after each batch.
        metrics: metrics of the newest previews, mean over clips; empty before the
            first.
        history: (step, metrics) of all previews, oldest first.

    Raises:
        InputError: no clips, two of one name, one too short to generate a frame, or a
            number that must be above 0 and is not.
    """

    def __init__(
        self,
        clips: Sequence[Clip],
        config: Config,
        run_dir: Path,
        first_step: int,
        *,
        every_epochs: int = 1,
        fps: float = 12.0,
        keep: int = 10,
    ) -> None:
        super().__init__()
        numbers = {"every_epochs": every_epochs, "fps": fps, "keep": keep}
        for name, value in numbers.items():
            if not value > 0:
                raise InputError(f"previews: {name} must be above 0, got {value}")
        self.clips = _by_name(clips, config.history)
        self.config = config
        self.run_dir = run_dir
        self.step = first_step
        self.every_epochs = every_epochs
        self.fps = fps
        self.keep = keep
        self.metrics: dict[str, float] = {}
        self.history: list[tuple[int, dict[str, float]]] = []
        self._synthesizer: AnySynthesizer | None = None
        self._writer: tf.summary.SummaryWriter | None = None

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Counts a step."""
        self.step += 1

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Makes previews, where they are due.

        Raises:
            OSError, tf.errors.OpError: the disk refused.
        """
        ends_stage = epoch + 1 == self.params["epochs"]
        if ends_stage or (epoch + 1) % self.every_epochs == 0:
            self._preview(epoch + 1)

    def on_train_end(self, logs: dict | None = None) -> None:
        """Closes the event file."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def _preview(self, epoch: int) -> None:
        generator = self.model.preview_generator
        if self._synthesizer is None or self._synthesizer.generator is not generator:
            self._synthesizer = build_synthesizer(self.config, generator)
        if self._writer is None:
            events = self.run_dir / EVENTS_FOLDER
            self._writer = tf.summary.create_file_writer(str(events))
        # Leaving the block flushes.
        with self._writer.as_default(self.step):
            measured = [
                self._preview_clip(name, clip, epoch, self._synthesizer)
                for name, clip in self.clips.items()
            ]
            self.metrics = mean_of(measured)
            for name, value in self.metrics.items():
                tf.summary.scalar(f"eval/{name}", value)
        self.history.append((self.step, self.metrics))
        self._remove_old_videos()

    def _preview_clip(
        self,
        name: str,
        clip: Clip,
        epoch: int,
        synthesizer: AnySynthesizer,
    ) -> dict[str, float]:
        """Generates a clip, writes what there is to see, returns its metrics."""
        history = synthesizer.history
        result = synthesizer.rollout(clip)
        pictures = tiles(clip, result, self.config, history)
        tf.summary.image(f"previews/{name}", moments_sheet(pictures, history)[None])
        small = {
            caption: reduced(frames)
            for caption, frames in pictures.items()
            if frames is not None and caption in _GIF_TILES
        }
        gif_summary(f"previews_gif/{name}", panel_video(small), self.fps)
        path = self.run_dir / SAMPLES_FOLDER / f"epoch_{epoch:04d}_{name}.mp4"
        # A resumed run makes the previews of an epoch again.
        write_video(path, panel_video(pictures), self.fps, overwrite=True)
        return measure(clip, result, self.config, history)

    def _remove_old_videos(self) -> None:
        """Removes what this callback wrote, by name, and nothing else."""
        found: dict[int, list[Path]] = {}
        for path in (self.run_dir / SAMPLES_FOLDER).iterdir():
            match = re.fullmatch(r"epoch_(\d{4,})_(.+)\.mp4", path.name)
            if match and match[2] in self.clips:
                found.setdefault(int(match[1]), []).append(path)
        for epoch in sorted(found)[: -self.keep]:
            for path in found[epoch]:
                path.unlink()


def _by_name(clips: Sequence[Clip], history: int) -> dict[str, Clip]:
    """Returns each clip by its name."""
    if not clips:
        raise InputError("previews: expected one clip or more, got none")
    named: dict[str, Clip] = {}
    for clip in clips:
        name, length = clip.clip_id, len(clip)
        if name in named:
            raise InputError(f"previews: two clips have the name '{name}'")
        if length <= history:
            raise InputError(
                f"previews: clip '{name}' needs more than {history} frames to "
                f"generate one, got {length}"
            )
        named[name] = clip
    return named
