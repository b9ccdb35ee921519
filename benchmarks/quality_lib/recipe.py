"""What the recipe of the packs is made of: part by part, left out or changed.

The first row is the training of `toy-street-128` at three sevenths of its frames; every
other changes one thing of it, at the same number of frames.
"""

from __future__ import annotations

import functools

from quality_lib import data
from quality_lib.looks import BASE, CLIPS, DECAY
from quality_lib.study import Model, Study, curriculum, stage

_SEGMENTER = "benchmarks/segmenter"  # from the folder of the project
_RECIPE = (
    *BASE,
    "generator.upsampling=resize",
    "style.num_features=6",
    "style.num_downsamples=3",
    "runtime.precision=mixed_bfloat16",
)
_GAN = ("losses.gan=4.0", "losses.gan_temporal=4.0")
_GAN_STAGES = (1, 2)
_ONE_CLIP = curriculum(  # as many frames, in twice as many steps
    stage("flow", 4, 50, frames=2, batch=4, more=", kind: flow"),
    stage("short", 2, 100, frames=4, batch=1),
    stage("long", 4, 80, frames=12, batch=1, more=DECAY),
)


def _row(
    name: str, title: str, *overrides: str, seeds: tuple[int, ...] = (0,)
) -> Model:
    return Model(name, title, "toy_street", (*_RECIPE, *overrides), seeds)


def _all_gan_stages(option: str) -> tuple[str, ...]:
    return tuple(f"curriculum.{stage}.{option}" for stage in _GAN_STAGES)


RECIPE = Study(
    name="recipe",
    title="The recipe of the packs, part by part: toy street, 128x64",
    models=(
        _row("recipe", "the recipe", seeds=(0, 1, 2)),
        _row("light_l1", "L1 of 2 in place of 8", "losses.l1=2.0"),
        _row("strong_gan", "GAN losses of 4 in place of 1", *_GAN),
        _row("mask_free", "no mask regulariser", "losses.mask=0"),
        _row(
            "features",
            "features of a segmenter, weight 10",
            f"losses.perceptual_weights={_SEGMENTER}",
        ),
        _row("spectral", "spectral discriminators", "discriminator.norm=spectral"),
        _row(
            "chunk_norm", "discriminators' norms of chunks", "discriminator.norm=chunk"
        ),
        _row(
            "noise",
            "noise of 8 levels on past frames",
            *_all_gan_stages("history_noise=8"),
        ),
        _row("anchor", "the first frame in sight", "generator.anchor=first"),
        _row("hinge", "hinge loss", "losses.gan_mode=hinge"),
        _row("penalty", "gradient penalty of 0.1", "losses.gradient_penalty=0.1"),
        _row("ttur", "two time scales", "optimizer.ttur=true"),
        _row("augment", "augmented discriminators", "discriminator.augment=true"),
        _row("one_clip", "one clip a step in place of two, twice the steps", _ONE_CLIP),
        _row("no_styles", "no styles", "style.num_features=0"),
        _row(
            "transposed", "transposed convolutions", "generator.upsampling=transposed"
        ),
        _row("no_average", "no moving average", "optimizer.ema_decay=0"),
        _row("float32", "float32", "runtime.precision=float32"),
    ),
    make_data=functools.partial(data.toy_street, clips=CLIPS),
    slice_row=0.72,
)
