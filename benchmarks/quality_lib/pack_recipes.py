"""How the packs that come with the package are trained, as commands of `v2v-tf`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from quality_lib.study import curriculum, stage

Command = list[str]
_FALLING = ", end_learning_rate: 3.0e-5"


@dataclass(frozen=True)
class Recipe:
    """Describes the training of one pack of the toy street.

    Attributes:
        name: name of the pack; that of its preset, with underscores.
        width: pixels of the frames, twice as wide as high.
        clips: number of clips that are drawn to train on, of 24 frames.
        parts: `--set` options of the trainings, each of which begins with the weights
            of the one before.
        start: recipe whose first part the first begins with; None for random weights.
        but: how the training of the pack that ships differed, for its card.
    """

    name: str
    width: int
    clips: int
    parts: tuple[tuple[str, ...], ...]
    start: Recipe | None = None
    but: str = ""

    @property
    def summary(self) -> str:
        """Returns what it does, in one sentence."""
        return (
            f"Draws the toy street at {self.width}x{self.width // 2} from label maps "
            "and instances, in styles, with first frames or without."
        )

    def run(self, work: Path, part: int = -1) -> Path:
        """Returns the run folder of a part."""
        return work / self.name / f"run_{range(len(self.parts))[part]}"

    def commands(self, work: Path) -> list[Command]:
        """Returns all that makes the run, in order."""
        folder = work / self.name
        data = folder / "data"
        found = self.data_commands(folder / "clips", data, self.clips, 24, 0)
        found[-1] += ["--set", "data.eval_fraction=0.03"]  # for previews
        if self.start is not None:
            # Data, and the first training.
            found = [*self.start.commands(work)[:3], *found]
        before = None if self.start is None else self.start.run(work, 0)
        for part, options in enumerate(self.parts):
            run = self.run(work, part)
            train = ["train", "--config", self._preset, "--data", str(data)]
            for option in ("runtime.precision=mixed_bfloat16", *options):
                train += ["--set", option]
            if before is not None:
                train += ["--warm-start", str(before)]
            found.append([*train, "--run", str(run)])
            before = run
        found.append(["styles", "fit", "--model", str(before), "--data", str(data)])
        return found

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
                *("prepare", "--config", self._preset, "--source", str(clips)),
                *("--output", str(data)),
            ],
        ]

    @property
    def _preset(self) -> str:
        return self.name.replace("-", "_")


_GIVEN = "generator.first_frames=given"
_SMALL = Recipe(
    *("toy-street-128", 128, 240),
    (
        ("seed=1", _GIVEN, "losses.mask=1.0"),
        ("seed=2", curriculum(stage("long", 14, 24, 12, 2, _FALLING))),
    ),
)
_LARGE = Recipe(
    *("toy-street-256", 256, 200),
    (
        # As it was done but for two steps: of twenty planned epochs the first three.
        (
            *("seed=3", _GIVEN),
            curriculum(
                stage("flow", 1, 40, 2, 4, ", kind: flow"),
                stage("long", 3, 24, 12, 2, ", end_learning_rate: 3.62e-4"),
            ),
        ),
        ("seed=4", curriculum(stage("long", 19, 24, 12, 2, _FALLING))),
    ),
    _SMALL,
    ", and the first of its own ended two steps early",
)
RECIPES = {recipe.name: recipe for recipe in (_SMALL, _LARGE)}
