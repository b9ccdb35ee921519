"""What a video begins with: real frames, generated ones, a photograph, or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from v2v_tf.apps.generation.stepper import Stepper
from v2v_tf.errors import InputError


@dataclass(frozen=True)
class Beginning:
    """What a video begins with.

    Attributes:
        kind: `given`, `generated`, `zeros` or `image`.
        image: photograph that stands for all past frames, of kind `image`.
    """

    kind: Literal["given", "generated", "zeros", "image"]
    image: Path | None = None

    def __str__(self) -> str:
        """Returns a line for users."""
        return {
            "given": "the source's own first frames",
            "generated": "frames of the model's own network for first frames",
            "zeros": "nothing: the model makes them itself",
            "image": f"the photograph {self.image}",
        }[self.kind]


def parse_beginning(text: str | None) -> Beginning | None:
    """Returns what a text such as `image:PATH` means; None for None.

    Raises:
        InputError: none of the forms, or no such image.
    """
    if text is None:
        return None
    kind, _, path = text.partition(":")
    if text in ("given", "generated", "zeros"):
        return Beginning(text)  # type: ignore[arg-type]
    if kind == "image" and path:
        if not Path(path).is_file():
            raise InputError(f"--first-frames {text}: there is no file {path}")
        return Beginning("image", Path(path))
    raise InputError(
        f"--first-frames {text}: expected given, generated, zeros or image:PATH"
    )


def choose_beginning(
    stepper: Stepper, has_frames: bool, wanted: Beginning | None
) -> Beginning:
    """Returns what a video begins with: what is wanted, or the default.

    A model that was trained to begin with frames takes the source's real ones, else
    those of the network that it brings; without either, and if it was trained to, a
    model begins with zeros.

    Args:
        stepper: the model.
        has_frames: whether the source has the real frames that the model needs.
        wanted: what the user wants; None for the default.

    Raises:
        InputError: what is wanted is not there, or the model never began so.
    """
    if not stepper.history:
        if wanted is not None:
            raise InputError(
                "this model makes every frame from its own condition: leave "
                "--first-frames out"
            )
        return Beginning("zeros")
    if stepper.begins_with_zeros:
        if wanted not in (None, Beginning("zeros")):
            raise InputError(
                "this model was trained with past frames of zeros and always begins "
                "with them: leave --first-frames out"
            )
        return Beginning("zeros")
    n = stepper.history
    alone = stepper.may_begin_with_zeros
    if wanted is None and not (has_frames or stepper.makes_first_frames or alone):
        raise InputError(
            f"this model begins with {n} frames, and neither has the source real ones "
            f"of the numbers of its first {n} conditions nor the model a network for "
            "them: give --first-frames image:PATH (a photograph), put the first frames "
            "into the source, or train the model with --first-frame-model"
        )
    if wanted is None and has_frames:
        return Beginning("given")
    if wanted is None:
        return Beginning("zeros" if alone else "generated")
    if wanted.kind == "zeros" and not alone:
        raise InputError(
            "this model was trained with given first frames: it has never seen past "
            "frames of zeros and would warp black pixels: use given, generated or "
            "image:PATH, or train with generator.first_frames=either or zeros"
        )
    if wanted.kind == "given" and not has_frames:
        raise InputError(
            f"--first-frames given: the source has no real frames for its first {n} "
            "conditions: add them, or use image:PATH or generated"
        )
    if wanted.kind == "generated" and not stepper.makes_first_frames:
        raise InputError(
            "--first-frames generated: this model brings no network for first frames: "
            "train it, or export it, with --first-frame-model"
        )
    return wanted
