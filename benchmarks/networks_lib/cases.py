"""What is measured: networks, modes and precisions. Read by both interpreters."""

from __future__ import annotations

from dataclasses import dataclass

# Names of Keras' policies; PyTorch's counterpart is autocast.
PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")
DEFAULT_PRECISIONS = ("float32", "mixed_bfloat16")
# Training is one frame forward and backward; no optimiser, no discriminator.
MODES = ("forward", "training")


@dataclass(frozen=True)
class Row:
    """A sequential generator of one scale, with flow and foreground branch, batch 1.

    Attributes:
        name: the word of `--rows`.
        num_filters: as in `v2v_tf.config.GeneratorConfig`.
        height: pixels.
        width: pixels.
        num_downsamples: stride-2 stages.
        num_blocks: residual blocks, split between encoders and trunks.
        num_labels: one-hot planes of one condition frame.
        foreground_label: the plane that the foreground branch draws.
        num_frames: condition frames that a step sees; one less are its history.
    """

    name: str
    num_filters: int
    height: int
    width: int
    num_downsamples: int = 3
    num_blocks: int = 9
    num_labels: int = 35
    foreground_label: int = 26
    num_frames: int = 3

    @property
    def plane_channels(self) -> int:
        """Channels of one condition frame: labels and the edges of instances."""
        return self.num_labels + 1

    @property
    def condition_channels(self) -> int:
        """Channels of the window of condition frames."""
        return self.num_frames * self.plane_channels

    @property
    def frame_channels(self) -> int:
        """Channels of the history."""
        return 3 * (self.num_frames - 1)

    @property
    def foreground_filters(self) -> int:
        """Width of the foreground branch (half, with a downsampling factor above 4)."""
        return self.num_filters // 2 if self.num_downsamples > 2 else self.num_filters


ROWS = {
    row.name: row
    for row in (
        Row("ngf128", 128, height=128, width=256),
        Row("ngf64", 64, height=128, width=256),
        Row("ngf32", 32, height=128, width=256),
        Row("ngf16", 16, height=64, width=128, num_downsamples=2),
    )
}
