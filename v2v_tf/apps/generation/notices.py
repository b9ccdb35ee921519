"""What a user is told of a sequence before its video is made."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from v2v_tf.config import Config
from v2v_tf.data.input.stream import Size, SourcePicture
from v2v_tf.data.records.folder import plan_clips
from v2v_tf.data.sources.base import Contents, count_reasons

# Sides are rounded to multiples, which changes the aspect ratio of small frames.
_ASPECT_TOLERANCE = 0.15
# What rounding does to frames of a common size is less.
_STRETCH_TOLERANCE = 0.05


def say_problems(name: str, contents: Contents, say: Callable[[str], None]) -> None:
    """Says what `prepare` says of a sequence: damage, gaps, frames that never came."""
    reasons = ((one.noticed, one.path) for one in contents.problems)
    for line in count_reasons(reasons):
        say(f"{name}: noticed {line}")


def announced(
    pictures: Iterator[SourcePicture],
    name: str,
    trained: Sequence[Size],
    say: Callable[[str], None],
) -> Iterator[SourcePicture]:
    """Gives pictures on, and says once how large they come and become.

    Args:
        pictures: drawn pictures of a sequence.
        name: name of that sequence.
        trained: (height, width) that the model was trained at; none where unknown.
        say: is given each line.
    """
    said = False
    for picture in pictures:
        if picture.drawn is not None and not said:
            said = True
            height, width = picture.source_size
            drawn_height, drawn_width = picture.drawn.planes.shape[:2]
            sizes = f"{width}x{height} in, {drawn_width}x{drawn_height} out"
            say(f"{name}: {sizes}")
            if abs(picture.stretch - 1) > _STRETCH_TOLERANCE:
                word = "wider" if picture.stretch > 1 else "narrower"
                share = abs(picture.stretch - 1)
                say(
                    f"{name}: things are drawn {share:.0%} {word} than they are in the "
                    "source: data.resize rounds the sides of frames"
                )
            if picture.is_guessed:
                say(
                    f"{name}: {width}x{height} is the smallest common size that holds "
                    "all points, as no pictures say another: if theirs was another, "
                    "name it by --source-size of generate"
                )
            warning = aspect_warning((drawn_height, drawn_width), trained)
            if warning:
                say(f"{name}: {warning}")
        yield picture


def network_sizes(records: Sequence[Size], config: Config) -> list[Size]:
    """Returns the sizes that networks read of records, (height, width), sorted."""
    return sorted({plan_clips([one], config, training=False).size for one in records})


def aspect_warning(size: Size, trained: Sequence[Size]) -> str:
    """Returns a warning of another aspect ratio than in training; empty for none.

    Args:
        size: (height, width) that the network reads.
        trained: those of training; none where unknown.

    Example:
        ```python
        >>> aspect_warning((512, 512), [(512, 1024)])
        'warning: 512x512 is of another shape than the 1024x512 that the model was
        trained at, so frames may look worse: give conditions of that shape, or --size'
        >>> aspect_warning((256, 512), [(512, 1024)])
        ''

        ```
    """
    ratio = size[1] / size[0]
    ratios = [width / height for height, width in trained]
    if not ratios or any(
        max(ratio, one) <= (1 + _ASPECT_TOLERANCE) * min(ratio, one) for one in ratios
    ):
        return ""
    known = " or ".join(f"{width}x{height}" for height, width in trained)
    return (
        f"warning: {size[1]}x{size[0]} is of another shape than the {known} that the "
        "model was trained at, so frames may look worse: give conditions of that "
        "shape, or --size"
    )
