"""How the packs that come with the package are trained, as commands of `v2v-tf`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

Command = list[str]


@dataclass(frozen=True)
class Recipe:
    """Describes the training of one pack of the toy street.

    Attributes:
        name: name of the pack.
        summary: one sentence.
        width: pixels of the frames, twice as wide as high.
        clips: number of clips that are drawn to train on, of 24 frames.
    """

    name: str
    summary: str
    width: int
    clips: int

    @property
    def preset(self) -> str:
        """Returns the name of the preset."""
        return self.name.replace("-", "_")

    def commands(self, work: Path) -> list[Command]:
        """Returns all that makes the run, in order."""
        data, first = work / "data", work / "first"
        train = ["train", "--data", str(data)]
        return [
            *self.data_commands(work / "clips", data, self.clips, 24, 0),
            [*train, *_options(self.first_preset), "--run", str(first)],
            [
                *(*train, *_options(self.preset), "--run", str(work / "run")),
                *("--first-frame-model", str(first)),
            ],
            ["styles", "fit", "--model", str(work / "run"), "--data", str(data)],
        ]

    @property
    def first_preset(self) -> str:
        """Returns the name of the preset of the network for first frames."""
        return f"{self.preset}_first_frame"

    def data_commands(
        self, clips: Path, data: Path, count: int, frames: int, seed: int
    ) -> list[Command]:
        """Returns what makes records: so many clips of so many frames, by a seed."""
        size = f"{self.width}x{self.width // 2}"
        return [
            [
                *("toy-street", "--output", str(clips), "--clips", str(count)),
                *("--frames", str(frames), "--size", size, "--seed", str(seed)),
            ],
            [
                *("prepare", "--config", self.preset),
                *("--source", str(clips), "--output", str(data)),
            ],
        ]


def _options(preset: str) -> Command:
    return ["--config", preset, "--set", "runtime.precision=mixed_bfloat16"]


RECIPES = {
    recipe.name: recipe
    for recipe in (
        Recipe(
            "toy-street-128",
            "Draws the toy street at 128x64 from label maps and instances, in styles, "
            "with or without first frames.",
            *(128, 240),
        ),
        Recipe(
            "toy-street-256",
            "Draws the toy street at 256x128 from label maps and instances, in styles, "
            "with or without first frames.",
            *(256, 200),
        ),
    )
}
