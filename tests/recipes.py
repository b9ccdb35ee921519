"""The recipes of method.md 4.7 as a table, and a training loop that walks them."""

from __future__ import annotations

from typing import NamedTuple

# What a row leaves out has the default of its option (method.md 8.7). `clip` is
# n_frames_total / niter_step, `fix` niter_fix_global, `load` loadSize, `fine` fineSize
# where frames are cropped, `gpus` those that generate, `per` max_frames_per_gpu.
TABLE = """
preset                            size load fine S D epochs rate clip fix batch gpus per
cityscapes_512                 512x256  512    - 1 2  10+10 2e-4  6/5   0     1    6   2
cityscapes_512_batch           512x256  512    - 1 2  10+10 2e-4  6/5   0    15    8   1
cityscapes_512_no_foreground   512x256  512    - 1 2  10+10 2e-4  6/5   0     1    6   2
cityscapes_1024               1024x512 1024    - 2 3  10+10 1e-4  4/2  10     1    4   1
cityscapes_2048              2048x1024 2048    - 3 4    5+5 5e-5  4/1   5     1    4   1
cityscapes_2048_crop         1024x1024 2048 1024 3 4    5+5 5e-5  4/1   5     1    4   1
cityscapes_256_single_gpu      256x128  256    - 1 1  10+10 2e-4  6/5   0     1    1   6
cityscapes_512_single_gpu      512x256  512    - 2 2   10+5 2e-4  4/2   8     1    1   2
cityscapes_1024_single_gpu     896x448  896    - 3 3   10+5 1e-4  4/2   8     1    1   1
face_512                       512x512  512    - 1 3  20+20 2e-4 12/5   0     1    6   1
face_512_batch                 512x512  512    - 1 3  20+20 2e-4 12/5   0     7    8   1
face_256_single_gpu            256x256  256    - 1 2  20+20 2e-4 12/5   0     1    1   6
face_512_single_gpu            512x512  512    - 2 3  10+10 2e-4  6/2   5     1    1   1
pose_256                       192x256  384  256 1 2    5+5 2e-4 12/5   0     8    8   3
pose_512                       448x512  768  512 2 3    5+5 1e-4 12/5   3     8    8   1
pose_1024                     896x1024 1536 1024 3 4    5+5 5e-5 12/5   3     1    4   1
pose_256_single_gpu            192x256  384  256 1 2    5+5 2e-4 12/5   0     1    1   4
pose_512_single_gpu            448x512  768  512 2 3    5+5 1e-4 12/5   3     1    1   2
pose_1024_single_gpu          896x1024 1536 1024 3 4    5+5 5e-5 12/5   3     1    1   1
"""
STARTS = {
    "cityscapes_1024": "cityscapes_512",
    "cityscapes_2048": "cityscapes_1024",
    "cityscapes_2048_crop": "cityscapes_1024",
    "cityscapes_512_single_gpu": "cityscapes_256_single_gpu",
    "cityscapes_1024_single_gpu": "cityscapes_512_single_gpu",
    "face_512_single_gpu": "face_256_single_gpu",
    "pose_512": "pose_256",
    "pose_1024": "pose_512",
    "pose_512_single_gpu": "pose_256_single_gpu",
    "pose_1024_single_gpu": "pose_512_single_gpu",
}
# Frames of the longest video: Cityscapes snippets; the others are minutes long.
LONGEST = {"cityscapes": 30, "face": 1234, "pose": 5678}


class Recipe(NamedTuple):
    """A row of the table."""

    name: str
    size: tuple[int, int]  # width, height
    load: int
    fine: int | None
    scales: int
    num_d: int
    constant: int
    decay: int
    rate: float
    frames: int
    step: int
    fixed: int
    batch: int
    gpus: int
    per_gpu: int


class Epoch(NamedTuple):
    """What is trained in an epoch."""

    frames: int
    chunk: int
    batch: int
    train_scales: str
    scales: int
    rate: float


def _read(row: str) -> Recipe:
    name, size, load, fine, scales, num_d, epochs, rate, clip, *last = row.split()
    width, height = map(int, size.split("x"))
    return Recipe(
        name,
        (width, height),
        int(load),
        None if fine == "-" else int(fine),
        int(scales),
        int(num_d),
        *map(int, epochs.split("+")),
        float(rate),
        *map(int, clip.split("/")),
        *map(int, last),
    )


RECIPES = {row.split()[0]: _read(row) for row in TABLE.strip().splitlines()[1:]}


def simulate(recipe: Recipe) -> list[Epoch]:
    """Walks the original's loop: what changes does so at the end of an epoch."""
    longest = LONGEST[recipe.name.partition("_")[0]]
    gpus = recipe.gpus if recipe.batch == 1 else 1
    length, rate = recipe.frames, recipe.rate
    per_gpu = min(recipe.per_gpu, length // gpus)
    walked = []
    for epoch in range(1, recipe.constant + recipe.decay + 1):
        chunk = min(length, per_gpu * gpus)
        frames = chunk * (length // chunk)
        trained = "finest" if epoch <= recipe.fixed else "all"
        walked.append(Epoch(frames, chunk, recipe.batch, trained, recipe.scales, rate))
        if epoch > recipe.constant:
            rate = recipe.rate * (1 - (epoch - recipe.constant) / recipe.decay)
        if epoch % recipe.step == 0:
            doubled = recipe.frames * 2 ** (epoch // recipe.step)
            length = min(min(128, longest) - 2, doubled)
            per_gpu = min(2 * per_gpu, recipe.per_gpu)
    return walked
